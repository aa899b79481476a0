/**
 * What calls cost, in instructions: QEMU with -icount shift=0 makes the guest's clock count them. Not a suite of `npm run vm`
 * by default: it judges nothing, it prints tables. Figures of wall time under TCG say nothing about hardware.
 */
import { buildProgram, compileObject } from "./build.ts";
import { file } from "./cpio.ts";
import { part, type Suite } from "./suite.ts";

const COUNTS = [1, 8, 64, 512] as const;
/** Of getpid alone, whose figures go on. */
const MANY = 4096;

/** One function for each count, since Linux 6.1 wants loops with constant bounds. */
const programs = (): string => `
import { anycall, AT, buffer, O, sys, zero, type DirectoryEntry, type i64, type Stat, type u32 } from "anycall";
export const path = buffer(64);
export const page = buffer(4096);
export const empty = anycall((): i64 => 0);
export const walked = buffer(65536);
export const getpid_${MANY} = anycall((): i64 => { let s: i64 = 0; for (let i: u32 = 0; i < ${MANY}; i++) s += sys.getpid(); return s; });
export const getppid_${MANY} = anycall((): i64 => { let s: i64 = 0; for (let i: u32 = 0; i < ${MANY}; i++) s += sys.getppid(); return s; });
${COUNTS.map(
  (n) => `
export const getpid_${n} = anycall((): i64 => { let s: i64 = 0; for (let i: u32 = 0; i < ${n}; i++) s += sys.getpid(); return s; });
export const getppid_${n} = anycall((): i64 => { let s: i64 = 0; for (let i: u32 = 0; i < ${n}; i++) s += sys.getppid(); return s; });
export const descriptors_${n} = anycall((): i64 => {
  for (let i: u32 = 0; i < ${n}; i++) {
    const fd = sys.openat(AT.FDCWD, path.subarray(0, 14), O.RDONLY);
    if (fd < 0) return fd;
    sys.read(fd, page.subarray(0, 64));
    sys.close(fd);
  }
  return 0;
});
export const handles_${n} = anycall((): i64 => {
  for (let i: u32 = 0; i < ${n}; i++) {
    using f = sys.open(path.subarray(0, 14), O.RDONLY);
    if (!f.ok) return f.errno;
    f.read(page.subarray(0, 64));
  }
  return 0;
});
export const stat_${n} = anycall((): i64 => {
  const st = zero<Stat>();
  let sum: i64 = 0;
  for (let i: u32 = 0; i < ${n}; i++) if (sys.newfstatat(AT.FDCWD, path.subarray(0, 14), st, 0) === 0) sum += st.size;
  return sum;
});
export const statat_${n} = anycall((): i64 => {
  const st = zero<Stat>();
  let sum: i64 = 0;
  using dir = sys.open("/etc", O.RDONLY | O.DIRECTORY);
  if (!dir.ok) return dir.errno;
  for (let i: u32 = 0; i < ${n}; i++) if (dir.statAt(path.subarray(5, 14), st) === 0) sum += st.size;
  return sum;
});
export const readfile_${n} = anycall((): i64 => {
  using dir = sys.open("/etc", O.RDONLY | O.DIRECTORY);
  if (!dir.ok) return dir.errno;
  for (let i: u32 = 0; i < ${n}; i++) {
    const got = dir.readFile(path.subarray(5, 14), page);
    if (got < 0) return got;
  }
  return 0;
});
export const walk_${n} = anycall((): i64 => {
  using dir = sys.open("/tmp/walk${n}", O.RDONLY | O.DIRECTORY);
  if (!dir.ok) return dir.errno;
  const got = dir.readDir(walked);
  if (got < 0) return got;
  let sum: i64 = 0;
  let at: u32 = 0;
  for (let k: u32 = 0; k < ${n + 2}; k++) {
    const entry = walked.as<DirectoryEntry>(at);
    if (entry === null || at >= got) break;
    sum += entry.stat.size;
    at += entry.length;
  }
  return dir.readDir(walked) === 0 ? sum : -1;
});`,
).join("")}
`;

function bench(name: string, append: string): Suite {
  return {
    name,
    append,
    qemu: ["-icount", "shift=0"],
    timeout: 580,
    entries: (kernel) => [
      file("bin/anycall-bench", buildProgram("bench"), 0o755),
      file("bench.bpf.o", compileObject("bench", programs(), kernel)),
      file("etc/hello.txt", "hello from a small file of the guest, which is read sixty-four bytes at most"),
    ],
    commands: `echo "@@ begin bench"; anycall-bench /bench.bpf.o ${[...COUNTS, MANY].join(" ")}; echo "@@ end"`,
    judge: (lines) => {
      const output = part(lines, "bench");
      for (const line of output) console.log(`# ${line}`);
      return [{ name: "the figures are complete", ok: output.includes("T done"), notes: output.slice(-6) }];
    },
  };
}

export const benchSuites: readonly Suite[] = [bench("bench", "pti=off mitigations=off"), bench("bench-pti", "pti=on")];
