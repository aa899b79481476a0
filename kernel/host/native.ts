/**
 * The operations of the table as native system calls on Linux x86-64: one function a row, taking the registers of the row's
 * kfunc (kernel/abi/syscalls.ts, kfuncParams) with pointers as offsets into one memory. Owns what is not a plain pass-through:
 * paths that need a terminator, struct stat, descriptors behind handles. Results are the row's type, failures -errno; EINTR is
 * given on as it is.
 */
import { AT, LIMIT, O } from "../abi/constants.ts";
import { E } from "../abi/errno.ts";
import { STRUCTS } from "../abi/structs.ts";
import { MAX_RW_COUNT, nativeRegisters, type OpName, opName, OPS, type OpRow } from "../abi/syscalls.ts";
import type { Ffi, Word } from "../ffi.ts";
import { directoryCalls, readDirectory } from "./directory.ts";
import type { NativeMemory } from "./memory.ts";

/** 64-bit parameters come as bigint, all others as number; a pointer may have wrapped to a negative number. */
// biome-ignore lint/suspicious/noExplicitAny: the rows differ in their registers, which a table can't type one by one.
export type NativeCall = (...registers: any[]) => Word;

/** x86-64 numbers (syscall_64.tbl) of what has no row of its own. */
const NR = { write: 1, close: 3, fstat: 5, lseek: 8, pread64: 17, pwrite64: 18, openat: 257, newfstatat: 262 } as const;

/** struct stat of x86-64 (asm/stat.h): offsets of the fields that our Stat has, and its size. */
const KSTAT = { dev: 0, ino: 8, nlink: 16, mode: 24, uid: 28, gid: 32, size: 48, blocks: 64, mtime: 88, bytes: 144 } as const;

/** [offset in struct stat, offset in Stat, bytes] of each field. */
const STAT_COPY = statCopy();

function statCopy(): readonly (readonly [from: number, to: number, bytes: number])[] {
  const sizes: Readonly<Record<string, number>> = { mode: 4, nlink: 4, uid: 4, gid: 4, mtime: 16 };
  return STRUCTS.Stat.fields.map(({ name, offset }) => [KSTAT[name as keyof typeof KSTAT], offset, sizes[name] ?? 8] as const);
}

/** A handle is its descriptor plus one, so that null is none. */
const handleOf = (fd: number) => fd + 1;
const descriptorOf = (handle: Word) => Number(handle) - 1;

/** The calls of every row on `memory`, which must stay where it is. */
export function nativeCalls(system: Ffi, memory: NativeMemory): Readonly<Record<OpName, NativeCall>> {
  const [call0, call1, call2, call3, call4] = system.syscalls as [Ffi["syscalls"][0], Ffi["syscalls"][0], Ffi["syscalls"][0], Ffi["syscalls"][0], Ffi["syscalls"][0]];
  const { bytes, base } = memory;
  const at = (pointer: number) => base + (pointer >>> 0);
  const pathBuffers = [0, 1].map(() => new Uint8Array(new ArrayBuffer(LIMIT.PATH_MAX)));
  const pathAddresses = pathBuffers.map((buffer) => system.address(buffer));
  const statBuffer = new Uint8Array(new ArrayBuffer(KSTAT.bytes));
  const statAddress = system.address(statBuffer);

  /** Address of the path as a C string; negative errno if it is too long. It ends at its first NUL, or at `length`. */
  const path = (pointer: number, length: number, slot = 0): number => {
    const start = pointer >>> 0;
    const end = start + (length >>> 0);
    // A string in memory that is terminated where it ends, or before, can be read in place.
    if (bytes[end] === 0) return base + start;
    const view = bytes.subarray(start, end);
    const nul = view.indexOf(0);
    if (nul >= 0) return base + start;
    if (view.length >= LIMIT.PATH_MAX) return -E.NAMETOOLONG;
    pathBuffers[slot]!.set(view);
    pathBuffers[slot]![view.length] = 0;
    return pathAddresses[slot]!;
  };
  const stat = (result: Word, out: number): Word => {
    if (Number(result) < 0) return result;
    const to = out >>> 0;
    for (const [from, offset, size] of STAT_COPY) for (let i = 0; i < size; i++) bytes[to + offset + i] = statBuffer[from + i]!;
    return 0;
  };
  const statAt = (dir: number, pointer: number, length: number, out: number, flags: number): Word => {
    const address = path(pointer, length);
    return address < 0 ? address : stat(call4(NR.newfstatat, dir, address, statAddress, flags), out);
  };
  const directory = directoryCalls(system, (name, fd, out) => {
    const result = Number(call4(NR.newfstatat, fd, name, statAddress, AT.SYMLINK_NOFOLLOW | AT.NO_AUTOMOUNT));
    if (result === 0) for (const [from, to, count] of STAT_COPY) out.set(statBuffer.subarray(from, from + count), to);
    return result;
  });
  const open = (dir: number, pointer: number, length: number, flags: number, mode: number): Word => {
    const address = path(pointer, length);
    return address < 0 ? address : call4(NR.openat, dir, address, flags, mode >>> 0);
  };
  const openHandle = (dir: number, pointer: number, length: number, flags: number, mode: number, err: number): number => {
    const fd = Number(open(dir, pointer, length, flags | O.CLOEXEC, mode));
    if (fd >= 0) return handleOf(fd);
    const to = err >>> 0;
    for (let i = 0; i < 4; i++) bytes[to + i] = fd >> (8 * i);
    return 0;
  };

  /** A row whose arguments are handed on as they are. */
  const plain = (row: OpRow): NativeCall => {
    const registers = nativeRegisters(row);
    const call = system.syscalls[registers.length]!;
    const places = firstRegisters(row);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const limited = row.only && { place: places[row.args.findIndex(({ name }) => name === row.only!.arg)]!, values: new Set(row.only.values) };
    return (...given: Word[]): Word => {
      if (limited && !limited.values.has(Number(given[limited.place]))) return -E.INVAL;
      const words: Word[] = [];
      for (const register of registers) {
        if (register.kind === "constant") {
          words.push(register.value);
          continue;
        }
        const place = places[register.arg]!;
        const word = given[place]!;
        switch (register.kind) {
          case "int":
            words.push(word);
            break;
          case "length":
            words.push(Math.floor((Number(given[place + 1]) >>> 0) / register.unit));
            break;
          case "field": {
            const place = (Number(word) >>> 0) + register.offset;
            if (register.preset !== undefined) view.setUint32(place, register.preset, true);
            words.push(base + place);
            break;
          }
          case "bounded": {
            const value = view.getUint32((Number(word) >>> 0) + register.offset, true);
            words.push(value <= register.most ? value : -1);
            break;
          }
          case "pointer":
            // An absent struct.
            words.push(row.args[register.arg]!.kind === "struct" && word === 0 ? 0 : at(Number(word)));
            break;
          case "path": {
            const address = path(Number(word), Number(given[place + 1]), register.slot);
            if (address < 0) return address;
            words.push(address);
          }
        }
      }
      return call(row.nr, ...words);
    };
  };

  return {
    ...Object.fromEntries((OPS as readonly OpRow[]).filter((row) => row.scripted === false).map((row) => [opName(row), plain(row)])),
    "sys.getpid": () => call0(39),
    "sys.gettid": () => call0(186),
    "sys.getppid": () => call0(110),
    "sys.getuid": () => call0(102),
    "sys.getgid": () => call0(104),
    "sys.clock_gettime": (clock, out) => call2(228, clock, at(out)),
    "sys.nanosleep": (request, remaining) => call2(35, at(request), remaining === 0 ? 0 : at(remaining)),
    "sys.getrandom": (buf, length, flags) => call3(318, at(buf), length >>> 0, flags >>> 0),
    "sys.openat": open,
    "sys.close": (fd) => call1(NR.close, fd),
    "sys.read": (fd, buf, length) => call3(0, fd, at(buf), length >>> 0),
    "sys.write": (fd, buf, length) => call3(NR.write, fd, at(buf), length >>> 0),
    "sys.pread64": (fd, buf, length, offset) => call4(NR.pread64, fd, at(buf), length >>> 0, offset),
    "sys.lseek": (fd, offset, whence) => call3(NR.lseek, fd, offset, whence),
    "sys.fstat": (fd, out) => stat(call2(NR.fstat, fd, statAddress), out),
    "sys.newfstatat": statAt,
    "sys.getdents64": (fd, buf, length) => call3(217, fd, at(buf), length >>> 0),
    "sys.unlinkat": (dir, pointer, length, flags) => {
      const address = path(pointer, length);
      return address < 0 ? address : call3(263, dir, address, flags);
    },
    "sys.mkdirat": (dir, pointer, length, mode) => {
      const address = path(pointer, length);
      return address < 0 ? address : call3(258, dir, address, mode >>> 0);
    },
    "sys.open": (pointer, length, flags, mode, err) => openHandle(AT.FDCWD, pointer, length, flags, mode, err),
    "file.release": (file) => {
      call1(NR.close, descriptorOf(file));
      return 0;
    },
    "file.read": (file, buf, length, offset) =>
      offset === -1n ? call3(0, descriptorOf(file), at(buf), length >>> 0) : call4(NR.pread64, descriptorOf(file), at(buf), length >>> 0, offset),
    "file.write": (file, buf, length, offset) =>
      offset === -1n ? call3(NR.write, descriptorOf(file), at(buf), length >>> 0) : call4(NR.pwrite64, descriptorOf(file), at(buf), length >>> 0, offset),
    "file.seek": (file, offset, whence) => call3(NR.lseek, descriptorOf(file), offset, whence),
    "file.stat": (file, out) => stat(call2(NR.fstat, descriptorOf(file), statAddress), out),
    "file.readFile": (file, pointer, length, buf, size) => {
      const fd = open(descriptorOf(file), pointer, length, O.RDONLY | O.CLOEXEC, 0);
      if (Number(fd) < 0) return fd;
      const room = Math.min(size >>> 0, MAX_RW_COUNT);
      let done = 0;
      let got: number;
      do {
        got = Number(call3(0, fd, at(buf) + done, room - done));
        if (got > 0) done += got;
      } while (got > 0 && done < room);
      call1(NR.close, fd);
      return got < 0 ? got : done;
    },
    "file.readDir": (file, buf, size) => readDirectory(directory, descriptorOf(file), bytes.subarray(buf >>> 0, (buf >>> 0) + (size >>> 0))),
    "file.open": (file, pointer, length, how, err) =>
      openHandle(descriptorOf(file), pointer, length, Number(BigInt.asIntN(32, how)), Number(BigInt.asUintN(32, how >> 32n)), err),
    "file.statAt": (file, pointer, length, out, flags) => statAt(descriptorOf(file), pointer, length, out, flags),
  } as Readonly<Record<OpName, NativeCall>>;
}

/** Index of each argument's first register in the kfunc's: byte ranges take two. */
function firstRegisters(row: OpRow): readonly number[] {
  let next = 0;
  return row.args.map(({ kind }) => {
    const first = next;
    next += kind === "path" || kind === "in" || kind === "out" ? 2 : 1;
    return first;
  });
}
