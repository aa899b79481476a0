/** What a boot of the guest is for: what is put in, what its first process runs, how its output is judged. */
import { readFileSync } from "node:fs";
import { type Entry, file, folder, link } from "./cpio.ts";
import type { KernelName } from "./kernels.ts";
import { findProgram } from "./tools.ts";

export interface Verdict {
  readonly name: string;
  readonly ok: boolean;
  readonly notes: readonly string[];
}

/** What the command line says of all suites. */
export interface Options {
  /** Of random choices. */
  readonly seed: number;
  /** Share of the repetitions: 1 is what CI has time for. */
  readonly effort: number;
}

export interface Suite {
  readonly name: string;
  /** Files beside the base, and anycall.ko at the root. */
  entries(kernel: KernelName, options: Options): readonly Entry[];
  /** Shell commands, after the module is loaded. $SEED and $EFFORT are the options. */
  readonly commands: string;
  /** Parameters that the module is loaded with. */
  readonly parameters?: string;
  /** Further kernel command line, and arguments of QEMU. */
  readonly append?: string;
  readonly qemu?: readonly string[];
  /** MiB of memory and seconds, if more than usual. */
  readonly memory?: number;
  readonly timeout?: number;
  /** The console, line by line. */
  judge(lines: readonly string[], kernel: KernelName): readonly Verdict[];
}

const APPLETS = [
  "awk",
  "cat",
  "chmod",
  "cut",
  "dmesg",
  "echo",
  "grep",
  "head",
  "id",
  "ifconfig",
  "insmod",
  "kill",
  "ls",
  "lsmod",
  "mkdir",
  "mount",
  "reboot",
  "ps",
  "rm",
  "rmmod",
  "sed",
  "seq",
  "sh",
  "sleep",
  "tail",
  "wc",
];

/** What every guest has. */
export function baseEntries(): Entry[] {
  return [
    ...["bin", "proc", "sys", "dev", "tmp", "etc", "run"].map((path) => folder(path)),
    file("bin/busybox", readFileSync(findProgram("busybox")!), 0o755),
    ...APPLETS.map((applet) => link(`bin/${applet}`, "busybox")),
    file("etc/passwd", "root:x:0:0::/:/bin/sh\n"),
  ];
}

/** The guest's first process: file systems, the module, the suite's commands, what the kernel said, the end (QEMU does not reboot). */
export function initScript({ commands, parameters = "" }: Suite, { seed, effort }: Options): string {
  return `#!/bin/sh
export PATH=/bin SEED=${seed} EFFORT=${effort}
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp
mkdir -p /tmp/w /sys/fs/bpf; mount -t bpf bpf /sys/fs/bpf
chmod 1777 /tmp
# A kernel that looks for mistakes offers more.
mount -t debugfs debug /sys/kernel/debug 2>/dev/null
leaks=/sys/kernel/debug/kmemleak
# What is younger than five seconds, or seen for the first time, is not reported.
find_leaks() { [ ! -e $leaks ] || { sleep 6; echo scan > $leaks; sleep 1; echo scan > $leaks; }; }
find_leaks; [ ! -e $leaks ] || echo clear > $leaks
dmesg -c > /tmp/boot.log
insmod /anycall.ko ${parameters}; rc=$?; echo; echo "@@ insmod $rc"
${commands}
# The kernel lets go of programs some seconds after their end.
for i in 1 2 3 4 5 6 7 8 9 10; do rmmod anycall 2>/dev/null && break; sleep 1; done; lsmod | grep -q anycall; echo "@@ rmmod $((1 - $?))"
find_leaks
echo "@@ begin dmesg"; dmesg; [ ! -e $leaks ] || cat $leaks; echo "@@ end"
echo "@@ over"
# What the serial line has not sent yet would be lost.
sleep 1
reboot -f
`;
}

/** Lines between `@@ begin NAME` and `@@ end`. */
export function part(lines: readonly string[], name: string): readonly string[] {
  const from = lines.indexOf(`@@ begin ${name}`);
  const to = lines.indexOf("@@ end", from);
  return from < 0 ? [] : lines.slice(from + 1, to < 0 ? undefined : to);
}

/** Lines `T ok NAME` and `T not ok NAME`, as guest programs print them; `# …` before one are its notes. */
export function tapVerdicts(lines: readonly string[]): Verdict[] {
  const verdicts: Verdict[] = [];
  let notes: string[] = [];
  for (const line of lines) {
    const found = /^T (not )?ok (.*)$/.exec(line);
    if (found) {
      verdicts.push({ name: found[2]!, ok: found[1] === undefined, notes });
      notes = [];
    } else if (line.startsWith("# ")) notes.push(line.slice(2));
  }
  return verdicts;
}

/** What the kernel must not have said. */
export function complaints(lines: readonly string[]): readonly string[] {
  return part(lines, "dmesg").filter((line) => /WARNING|BUG|\bRIP\b|stall|lockup|Call Trace|Oops|general protection|KASAN|UBSAN|leak|INFO: |unreferenced|ODEBUG|refcount_t|locking dependency|inconsistent/.test(line));
}
