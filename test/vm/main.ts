/**
 * `npm run vm [6.1|6.12…]`: boots Debian's kernels in QEMU with anycall.ko and compares system calls made natively with those
 * that compiled programs make. Prints TAP; the consoles are kept in the cache. Exit code 0: all as it should be, or skipped
 * with the reason because the machine lacks what is needed.
 */
import { readFileSync } from "node:fs";
import { boot } from "./boot.ts";
import { buildModule, buildProgram, compileObject } from "./build.ts";
import { archive, type Entry, file, folder, link } from "./cpio.ts";
import { guestKernel, type KernelName, KERNELS } from "./kernels.ts";
import { compareTraces } from "./rows/compare.ts";
import { handleScenarios } from "./rows/handles.ts";
import { rowPrograms } from "./rows/programs.ts";
import { rowScenarios } from "./rows/scenarios.ts";
import { findProgram, requirePrograms, Unavailable } from "./tools.ts";

const APPLETS = ["sh", "mount", "mkdir", "insmod", "rmmod", "lsmod", "cat", "ls", "dmesg", "poweroff", "echo", "sleep", "grep", "sed", "tail", "head", "id", "ps", "kill", "wc", "awk"];
const TIMEOUT = 600;

let failed = 0;
let count = 0;

function report(ok: boolean, name: string, notes: readonly string[] = []): void {
  count++;
  if (!ok) failed++;
  console.log(`${ok ? "ok" : "not ok"} ${count} - ${name}`);
  for (const note of notes) console.log(`# ${note}`);
}

/** The guest's first process: mounts, the module, the tests, power off. */
const INIT = `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp
mkdir -p /tmp/w /sys/fs/bpf; mount -t bpf bpf /sys/fs/bpf
chmod 1777 /tmp
insmod /anycall.ko; rc=$?; echo; echo "@@ insmod $rc"
echo "@@ begin native"; anycall-rows native /rows.bpf.o /rows.plan; echo "@@ end"
echo "@@ begin module"; anycall-rows module /rows.bpf.o /rows.plan; echo "@@ end"
# The kernel lets go of programs some seconds after their end.
for i in 1 2 3 4 5 6 7 8 9 10; do rmmod anycall 2>/dev/null && break; sleep 1; done; lsmod | grep -q anycall; echo "@@ rmmod $((1 - $?))"
echo "@@ begin dmesg"; dmesg | grep -E 'anycall|WARN|BUG|RIP|stall|lockup|Call Trace|rcu' ; echo "@@ end"
echo "@@ over"
poweroff -f
`;

/** Lines between `@@ begin NAME` and `@@ end`. */
function part(lines: readonly string[], name: string): readonly string[] {
  const from = lines.indexOf(`@@ begin ${name}`);
  const to = lines.indexOf("@@ end", from);
  return from < 0 ? [] : lines.slice(from + 1, to < 0 ? undefined : to);
}

async function testKernel(name: KernelName): Promise<void> {
  const kernel = guestKernel(name);
  console.log(`# ${name}: ${kernel.release}`);
  const module = buildModule(kernel);
  report(true, `${name}: anycall.ko builds (${module.length} bytes)`);
  const entries: Entry[] = [
    ...["bin", "proc", "sys", "dev", "tmp", "etc", "run"].map((path) => folder(path)),
    file("bin/busybox", readFileSync(findProgram("busybox")!), 0o755),
    ...[...APPLETS, "chmod"].map((applet) => link(`bin/${applet}`, "busybox")),
    file("bin/anycall-rows", buildProgram("rows"), 0o755),
    file("init", INIT, 0o755),
    file("etc/passwd", "root:x:0:0::/:/bin/sh\n"),
    file("anycall.ko", module),
    file("rows.bpf.o", compileObject("rows", rowPrograms(), name)),
    file("rows.plan", `${[...rowScenarios(), ...handleScenarios()].map((scenario) => scenario.text()).join("\n")}\n`),
  ];
  const { lines, timedOut, seconds, log } = await boot(kernel, archive(entries), { timeout: TIMEOUT, log: `rows-${name}` });
  console.log(`# ${name}: ${seconds.toFixed(0)} s, console in ${log}`);
  report(!timedOut && lines.includes("@@ over"), `${name}: the guest ran to its end`);
  report(lines.includes("@@ insmod 0"), `${name}: the module loads`);
  for (const { ok, scenario, notes } of compareTraces(part(lines, "native"), part(lines, "module"))) report(ok, `${name}: ${scenario}`, notes);
  report(lines.includes("@@ rmmod 0"), `${name}: the module unloads`, []);
  const complaints = part(lines, "dmesg").filter((line) => /WARN|BUG|RIP|stall|lockup|Call Trace/.test(line));
  report(complaints.length === 0, `${name}: the kernel's log has no complaint`, complaints);
}

async function main(args: readonly string[]): Promise<void> {
  const wanted = args.length > 0 ? (args as KernelName[]) : KERNELS;
  console.log("TAP version 13");
  for (const name of wanted) {
    try {
      requirePrograms();
      await testKernel(name);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      count++;
      console.log(`ok ${count} - ${name} # SKIP ${error.message}`);
    }
  }
  console.log(`1..${count}`);
  console.log(`# ${count - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
