// The design's programs: samples.ts without kernel objects; programs.ts 2, 7, 8 and 9 (1, in this form, is examples/wc.ts).
import { anycall, AT, buffer, E, O, stack, sys, zero, type Fd, type i32, type i64, type Stat, type u32, type u64, type u8 } from "anycall";

const page = buffer(64 * 1024);
const isSpace = (c: u8) => c === 32 || (c >= 9 && c <= 13);

export class Logs {
  /** Bytes of `path` that are newlines, or -errno. */
  @anycall
  static countLines(path: string): i64 {
    using file = sys.open(path, O.RDONLY);
    if (!file.ok) return file.errno;
    let lines: u64 = 0;
    for (;;) {
      const n = file.read(page);
      if (n < 0) return n;
      if (n === 0) return lines;
      for (let i: u32 = 0; i < n; i++) if (page[i] === 10) lines++;
    }
  }
}

export const burst = anycall((n: u32): i64 => {
  let s: i64 = 0;
  for (let i: u32 = 0; i < n; i++) s += sys.getpid();
  return s;
});

export const wc = anycall((path: string): [lines: u64, words: u64, bytes: u64] | i32 => {
  using f = sys.open(path, O.RDONLY);
  if (!f.ok) return f.errno;
  let lines: u64 = 0, words: u64 = 0, bytes: u64 = 0, inWord = false;
  for (let n = f.read(page); n !== 0; n = f.read(page)) {
    if (n < 0) return n;
    bytes += n;
    for (const c of page.subarray(0, n)) {
      if (c === 10) lines++;
      const space = isSpace(c);
      if (inWord && space) words++;
      inWord = !space;
    }
  }
  return [lines, words + Number(inWord), bytes];
});

const dents = buffer(32 * 1024);
export class Du {
  @anycall static total(root: string): i64 {
    const dirs = stack<Fd>(64);
    const st = zero<Stat>();
    let sum: i64 = 0;
    dirs.push(sys.openat(AT.FDCWD, root, O.RDONLY | O.DIRECTORY));
    for (let dir = dirs.pop(); dir !== null; dir = dirs.pop()) {
      if (dir < 0) return dir;
      for (;;) {
        const n = sys.getdents64(dir, dents);
        if (n <= 0) break;
        for (let p: u32 = 0; p < n; ) {
          const reclen = dents[p + 16] | (dents[p + 17] << 8);
          const type = dents[p + 18];
          const name = dents.subarray(p + 19);
          p += reclen;
          if (name.startsWith(".\0") || name.startsWith("..\0")) continue;
          if (type === 4) dirs.push(sys.openat(dir, name, O.RDONLY | O.DIRECTORY));
          else if (sys.newfstatat(dir, name, st, AT.SYMLINK_NOFOLLOW) === 0) sum += st.size;
        }
      }
      sys.close(dir);
    }
    return sum;
  }
}

export class Files {
  @anycall static copy(from: string, to: string): i64 {
    using src = sys.open(from, O.RDONLY);
    if (!src.ok) return src.errno;
    using dst = sys.open(to, O.WRONLY | O.CREAT | O.TRUNC, 0o644);
    if (!dst.ok) return dst.errno;
    let total: i64 = 0;
    while (true) {
      const n = src.read(page);
      if (n <= 0) return n < 0 ? n : total;
      let done: u32 = 0;
      do {
        const w = dst.write(page.subarray(done, n));
        if (w < 0) return w;
        done += w;
      } while (done < n);
      total += n;
    }
  }
}

function retry<T extends number>(f: () => T): T { for (;;) { const r = f(); if (r !== -E.INTR) return r; } }
export const readAll = anycall((fd: Fd): i64 => {
  let total: i64 = 0;
  for (;;) {
    const n = retry(() => sys.read(fd, page));
    if (n <= 0) return n < 0 ? n : total;
    total += n;
  }
});

interface Info { size: i64; owner: u32; lines: u64 }
export const info = anycall((path: string, out: Info): i32 => {
  const st = zero<Stat>();
  const r = sys.newfstatat(AT.FDCWD, path, st, 0);
  if (r < 0) return r;
  out.size = st.size; out.owner = st.uid;
  out = { size: st.size, owner: st.uid, lines: 0 };
  return 0;
});

export const info2 = anycall((path: string): Info | null => {
  const st = zero<Stat>();
  if (sys.newfstatat(AT.FDCWD, path, st, 0) < 0) return null;
  return { size: st.size, owner: st.uid, lines: 0 };
});
