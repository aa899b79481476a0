import { anycall, buffer, O, sys, type i32, type u64, type u8 } from "anycall";

const page = buffer(64 * 1024);
const isSpace = (c: u8) => c === 32 || (c >= 9 && c <= 13);

/** Newlines, words and bytes of a file, as `wc` counts them in the C locale, or -errno. */
export const wc = anycall((path: string): [lines: u64, words: u64, bytes: u64] | i32 => {
  using file = sys.open(path, O.RDONLY);
  if (!file.ok) return file.errno;
  let lines: u64 = 0, words: u64 = 0, bytes: u64 = 0, inWord = false;
  for (let n = file.read(page); n !== 0; n = file.read(page)) {
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
