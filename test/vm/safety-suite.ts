/** What the module refuses, ends and survives, by guest/safety.c. */
import { buildProgram, compileObject } from "./build.ts";
import { file } from "./cpio.ts";
import { part, type Suite, tapVerdicts } from "./suite.ts";

/** The programs that guest/safety.c runs; loops have constant trip counts, which every kernel takes. */
const PROGRAMS = `
import { anycall, AT, buffer, O, sys, zero, type i32, type i64, type Timespec, type u32 } from "anycall";
export const pad = buffer(8192);
export const data = buffer(4096);
export const parent = anycall((): i64 => sys.getppid());
export const read_some = anycall((fd: i32, n: u32): i64 => sys.read(fd, data.subarray(0, n)));
export const close_one = anycall((fd: i32): i64 => { const parent = sys.getppid(); return sys.close(fd) + parent - parent; });
export const open_data = anycall((n: u32): i64 => sys.openat(AT.FDCWD, data.subarray(0, n), O.RDONLY));
export const hold_data = anycall((n: u32): i64 => {
  using f = sys.open(data.subarray(0, n), O.RDONLY);
  if (!f.ok) return f.errno;
  return 0;
});
/** Waits for a writer of the pipe, in a look-up relative to a held directory. */
export const open_fifo = anycall((): i64 => {
  using root = sys.open("/", O.PATH | O.DIRECTORY);
  if (!root.ok) return root.errno;
  using fifo = root.open("./fifo", O.RDONLY);
  if (!fifo.ok) return fifo.errno;
  return 1;
});
/** Sleeps 400 times 10 ms, whatever the sleeps answer. */
export const naps = anycall((): i64 => {
  const t = zero<Timespec>();
  t.nsec = 10000000;
  let failed: i64 = 0;
  for (let i: u32 = 0; i < 400; i++) if (sys.nanosleep(t) !== 0) failed++;
  return failed;
});
`;

/** For kernels with loops that are bounded by a budget of rounds: ends with EXHAUSTED. */
const SPIN = `
export const spin = anycall((): i64 => {
  let n: i64 = 0;
  for (;;) n += sys.getppid();
});
/** After SIGKILL calls fail. */
export const until_refused = anycall((): i64 => {
  let n: i64 = 0;
  while (sys.getppid() >= 0) n++;
  return n;
});
`;

export const safetySuite: Suite = {
  name: "safety",
  entries: (kernel) => [file("bin/anycall-safety", buildProgram("safety", ["safety.c", "watchers.c", "measure.c"]), 0o755), file("safety.bpf.o", compileObject("safety", kernel === "6.1" ? PROGRAMS : PROGRAMS + SPIN, kernel))],
  commands: `echo "@@ begin safety"; anycall-safety /safety.bpf.o; echo "@@ end"`,
  judge: (lines) => {
    const output = part(lines, "safety");
    return [...tapVerdicts(output), { name: "the safety tests ran to their end", ok: output.includes("T done"), notes: output.slice(-8) }];
  },
};
