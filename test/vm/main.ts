/**
 * `npm run vm [6.1] [6.12] [SUITE…]`: boots Debian's kernels in QEMU with anycall.ko and runs the suites. Prints TAP; the
 * consoles are kept in the cache. Exit code 0: all as it should be, or skipped with the reason because the machine lacks what
 * is needed.
 */
import { boot } from "./boot.ts";
import { benchSuites } from "./bench-suite.ts";
import { buildModule } from "./build.ts";
import { archive, file } from "./cpio.ts";
import { engineSuite } from "./engine-suite.ts";
import { type GuestKernel, guestKernel, type KernelName, KERNELS } from "./kernels.ts";
import { loadSuite } from "./load-suite.ts";
import { safetySuite } from "./safety-suite.ts";
import { rowsSuite } from "./rows/suite.ts";
import { baseEntries, complaints, initScript, type Suite } from "./suite.ts";
import { requirePrograms, Unavailable } from "./tools.ts";

const TESTS: readonly Suite[] = [rowsSuite, safetySuite, loadSuite, engineSuite];
const SUITES: readonly Suite[] = [...TESTS, ...benchSuites];
const TIMEOUT = 300;

let failed = 0;
let count = 0;

function report(ok: boolean, name: string, notes: readonly string[] = []): void {
  count++;
  if (!ok) failed++;
  console.log(`${ok ? "ok" : "not ok"} ${count} - ${name}`);
  if (!ok) for (const note of notes) console.log(`# ${note}`);
}

async function runSuite(kernel: GuestKernel, module: Uint8Array, suite: Suite): Promise<void> {
  const name = `${kernel.name} ${suite.name}`;
  const entries = [...baseEntries(), file("init", initScript(suite), 0o755), file("anycall.ko", module), ...suite.entries(kernel.name)];
  const { memory = 1024, timeout = TIMEOUT, append = "", qemu = [] } = suite;
  const { lines, timedOut, seconds, log } = await boot(kernel, archive(entries), { timeout, memory, append, qemu, log: `${suite.name}-${kernel.name}` });
  console.log(`# ${name}: ${seconds.toFixed(0)} s, console in ${log}`);
  report(!timedOut && lines.includes("@@ over"), `${name}: the guest ran to its end`, lines.slice(-12));
  report(lines.includes("@@ insmod 0"), `${name}: the module loads`);
  for (const verdict of suite.judge(lines, kernel.name)) report(verdict.ok, `${name}: ${verdict.name}`, verdict.notes);
  report(lines.includes("@@ rmmod 0"), `${name}: the module unloads`);
  const said = complaints(lines);
  report(said.length === 0, `${name}: the kernel's log has no complaint`, said);
}

async function testKernel(name: KernelName, suites: readonly Suite[]): Promise<void> {
  const kernel = guestKernel(name);
  console.log(`# ${name}: ${kernel.release}`);
  const module = buildModule(kernel);
  report(true, `${name}: anycall.ko builds (${module.length} bytes)`);
  for (const suite of suites) await runSuite(kernel, module, suite);
}

async function main(args: readonly string[]): Promise<void> {
  const unknown = args.filter((arg) => !(KERNELS as readonly string[]).includes(arg) && !SUITES.some(({ name }) => name === arg));
  if (unknown.length > 0)
    throw new Error(`unknown: ${unknown.join(", ")}; kernels are ${KERNELS.join(", ")}, suites ${SUITES.map(({ name }) => name).join(", ")}`);
  const kernels = KERNELS.filter((name) => args.includes(name));
  const suites = SUITES.filter(({ name }) => args.includes(name));
  console.log("TAP version 13");
  for (const name of kernels.length > 0 ? kernels : KERNELS) {
    try {
      requirePrograms();
      await testKernel(name, suites.length > 0 ? suites : TESTS);
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
