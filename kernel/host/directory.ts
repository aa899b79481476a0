/**
 * `file.readDir` outside the kernel: getdents64 into a buffer of its own, then the metadata of each name, written as the records
 * that the module writes (DirectoryEntry of kernel/abi/structs.ts). What does not fit is left for the next call.
 */
import { SEEK } from "../abi/constants.ts";
import { E } from "../abi/errno.ts";
import { STRUCTS } from "../abi/structs.ts";
import type { Ffi, Word } from "../ffi.ts";

/** The system calls that it takes. */
export interface DirectoryCalls {
  /** linux_dirent64 records, getdents64(2); bytes or -errno. */
  list(fd: number, room: number): number;
  /** The records that `list` filled. */
  readonly listed: Uint8Array;
  seek(fd: number, offset: bigint, whence: number): Word;
  /** Metadata of the terminated name at `offset` of `listed`, into a Stat; 0 or -errno. */
  stat(offset: number, fd: number, out: Uint8Array): number;
}

const NR = { lseek: 8, getdents64: 217 } as const;
/** Most bytes of native records at a time; a directory's largest record is much less. */
const ROOM = 32768;
/** Bytes before the name of struct linux_dirent64, and where its fields are. */
const DIRENT = { ino: 0, next: 8, length: 16, type: 18, name: 19 } as const;
/** A record of any name that Linux's own file systems have fits. */
const ENOUGH = 4096;
const HEAD = STRUCTS.DirectoryEntry.size;
const FIELD = Object.fromEntries(STRUCTS.DirectoryEntry.fields.map(({ name, offset }) => [name, offset])) as Readonly<Record<"length" | "error" | "type" | "bytes" | "stat", number>>;
const STAT = Object.fromEntries(STRUCTS.Stat.fields.map(({ name, offset }) => [name, offset])) as Readonly<Record<"ino" | "mode", number>>;

/** `stat` is given a name's address. */
export function directoryCalls(system: Ffi, stat: (name: number, fd: number, out: Uint8Array) => number): DirectoryCalls {
  const listed = new Uint8Array(new ArrayBuffer(ROOM));
  const address = system.address(listed);
  const call3 = system.syscalls[3]!;
  return {
    listed,
    list: (fd, room) => Number(call3(NR.getdents64, fd, address, Math.min(room, ROOM))),
    seek: (fd, offset, whence) => call3(NR.lseek, fd, offset, whence),
    stat: (offset, fd, out) => stat(address + offset, fd, out),
  };
}

/** Fills `out` with records; bytes filled, 0 at the end, -EINVAL if not even one fits, or -errno. */
export function readDirectory(calls: DirectoryCalls, fd: number, out: Uint8Array): number {
  // Where to go back to if not even one entry fits, which has no room for a name of 255 bytes.
  let position = out.length < ENOUGH ? BigInt(calls.seek(fd, 0n, SEEK.CUR)) : 0n;
  const given = calls.list(fd, out.length);
  if (given <= 0) return given;
  const from = new DataView(calls.listed.buffer, calls.listed.byteOffset, given);
  const to = new DataView(out.buffer, out.byteOffset, out.byteLength);
  let used = 0;
  for (let at = 0; at < given; at += from.getUint16(at + DIRENT.length, true)) {
    const start = at + DIRENT.name;
    const bytes = calls.listed.indexOf(0, start) - start;
    const length = (HEAD + bytes + 1 + 7) & ~7;
    if (length > out.length - used) {
      calls.seek(fd, position, SEEK.SET);
      return used === 0 ? -E.INVAL : used;
    }
    const record = out.subarray(used, used + length).fill(0);
    const stat = record.subarray(FIELD.stat, FIELD.stat + STRUCTS.Stat.size);
    const error = calls.stat(start, fd, stat);
    const mode = to.getUint32(used + FIELD.stat + STAT.mode, true);
    if (error < 0) to.setBigUint64(used + FIELD.stat + STAT.ino, from.getBigUint64(at + DIRENT.ino, true), true);
    to.setUint32(used + FIELD.length, length, true);
    to.setInt32(used + FIELD.error, error, true);
    to.setUint32(used + FIELD.type, error < 0 ? from.getUint8(at + DIRENT.type) : mode >>> 12, true);
    to.setUint32(used + FIELD.bytes, bytes, true);
    record.set(calls.listed.subarray(start, start + bytes), HEAD);
    used += length;
    position = from.getBigInt64(at + DIRENT.next, true);
  }
  return used;
}
