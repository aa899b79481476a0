/** Writes initramfs archives: cpio in the "newc" format (Documentation/driver-api/early-userspace/buffer-format.rst), gzipped unless large. */
import { gzipSync } from "node:zlib";

export interface Entry {
  /** Path in the guest, without a leading slash. */
  readonly path: string;
  /** File type and permissions as in st_mode. */
  readonly mode: number;
  readonly bytes: Uint8Array;
}

export const FILE = 0o100000;
export const FOLDER = 0o040000;
export const LINK = 0o120000;

export function file(path: string, bytes: Uint8Array | string, permissions = 0o644): Entry {
  return { path, mode: FILE | permissions, bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes };
}
export function folder(path: string, permissions = 0o755): Entry {
  return { path, mode: FOLDER | permissions, bytes: Buffer.alloc(0) };
}
export function link(path: string, target: string): Entry {
  return { path, mode: LINK | 0o777, bytes: Buffer.from(target) };
}

/** Above this size unpacking takes the guest longer than QEMU saves. */
const COMPRESSED_UP_TO = 32 << 20;

/** The archive, compressed if it is small. Folders must come before what is in them. */
export function archive(entries: readonly Entry[]): Buffer {
  const trailer = { path: "TRAILER!!!", mode: 0, bytes: Buffer.alloc(0) };
  const parts = [...entries, trailer].flatMap(({ path, mode, bytes }, inode) => {
    const name = Buffer.from(`${path}\0`);
    const fields = [inode + 1, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length, 0];
    const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`);
    return [header, name, padding(header.length + name.length), Buffer.from(bytes), padding(bytes.length)];
  });
  const bytes = Buffer.concat(parts);
  return bytes.length <= COMPRESSED_UP_TO ? gzipSync(bytes, { level: 1 }) : bytes;
}

/** Zeros up to the next multiple of four. */
function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
