/**
 * The yardstick of the tour and the benchmarks: the same work done by Node through the FFI, one koffi call for each
 * system call. Deliberately good code: buffers and addresses are prepared once, as a careful author would.
 */
import { createRequire } from "node:module";

export interface Baseline {
  /** Sum of `n` getpid(2). */
  burst(n: number): number;
  /** [newlines, words, bytes] of a file. Throws an Error with the errno on failure. */
  wc(path: string): [number, number, number];
  /** Sum of the sizes of the regular files below `root`. */
  du(root: string): number;
}

const AT_FDCWD = -100;
const O_DIRECTORY = 0o200000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const DT_DIR = 4;
const DT_REG = 8;
/** Offset of st_size in x86-64's struct stat. */
const ST_SIZE = 48;

/** Undefined where koffi can't be loaded. */
export function loadBaseline(): Baseline | undefined {
  let koffi: typeof import("koffi");
  try {
    koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  } catch {
    return undefined;
  }
  const libc = koffi.load("libc.so.6");
  const getpid = libc.func("int getpid()");
  const openat = libc.func("int openat(int, const char *, int, int)");
  const openatAddress = libc.func("openat", "int", ["int", "intptr_t", "int", "int"]);
  const read = libc.func("long read(int, intptr_t, size_t)");
  const close = libc.func("int close(int)");
  const getdents64 = libc.func("long getdents64(int, intptr_t, size_t)");
  const fstatat = libc.func("int fstatat(int, intptr_t, intptr_t, int)");

  const page = Buffer.alloc(64 * 1024);
  const pageAddress = Number(koffi.address(page));
  const entries = () => {
    const bytes = Buffer.alloc(32 * 1024);
    return { bytes, address: Number(koffi.address(bytes)) };
  };
  const stat = Buffer.alloc(144);
  const statAddress = Number(koffi.address(stat));
  const fail = (what: string): never => {
    throw Object.assign(new Error(`${what}: errno ${koffi.errno()}`), { errno: koffi.errno() });
  };

  const directory = (dir: number): number => {
    const { bytes, address } = entries();
    let sum = 0;
    for (;;) {
      const n = getdents64(dir, address, bytes.length) as number;
      if (n <= 0) break;
      for (let at = 0; at < n; ) {
        const length = bytes.readUInt16LE(at + 16);
        const type = bytes[at + 18];
        const name = address + at + 19;
        const dots = bytes[at + 19] === 46 && (bytes[at + 20] === 0 || (bytes[at + 20] === 46 && bytes[at + 21] === 0));
        at += length;
        if (type === DT_REG) {
          if (fstatat(dir, name, statAddress, AT_SYMLINK_NOFOLLOW) === 0) sum += Number(stat.readBigInt64LE(ST_SIZE));
        } else if (type === DT_DIR && !dots) {
          const child = openatAddress(dir, name, O_DIRECTORY, 0) as number;
          if (child >= 0) sum += directory(child);
        }
      }
    }
    close(dir);
    return sum;
  };

  return {
    burst(n) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += getpid() as number;
      return sum;
    },
    wc(path) {
      const fd = openat(AT_FDCWD, path, 0, 0) as number;
      if (fd < 0) fail("openat");
      let lines = 0;
      let words = 0;
      let bytes = 0;
      let inWord = false;
      for (let n = read(fd, pageAddress, page.length) as number; n !== 0; n = read(fd, pageAddress, page.length) as number) {
        if (n < 0) fail("read");
        bytes += n;
        for (let i = 0; i < n; i++) {
          const c = page[i]!;
          if (c === 10) lines++;
          const space = c === 32 || (c >= 9 && c <= 13);
          if (inWord && space) words++;
          inWord = !space;
        }
      }
      close(fd);
      return [lines, words + Number(inWord), bytes];
    },
    du(root) {
      const dir = openat(AT_FDCWD, root, O_DIRECTORY, 0) as number;
      if (dir < 0) fail("openat");
      return directory(dir);
    },
  };
}
