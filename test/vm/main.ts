/**
 * `npm run vm -- [6.1] [6.12] [6.1-debug] [SUITE…] [--seed N] [--effort N] [--sources]`: boots Debian's kernels in QEMU with
 * anycall.ko and runs the suites. 6.1-debug, which is built from sources first, only where it is named. --effort multiplies what
 * is repeated (fuzzing, loading and unloading); --sources downloads the kernel's, for checkpatch. Prints TAP; the consoles are
 * kept in the cache. Exit code 0: all as it should be, or skipped with the reason because the machine lacks what is needed.
 */
import { parseArgs } from "node:util";
import { boot } from "./boot.ts";
import { benchSuites } from "./bench-suite.ts";
import { buildModule } from "./build.ts";
import { archive, file } from "./cpio.ts";
import { DEBUG_LABEL, debugKernel, kernelSources } from "./debug-kernel.ts";
import { engineSuite } from "./engine-suite.ts";
import { fuzzSuite } from "./fuzz/suite.ts";
import { type GuestKernel, guestKernel, type KernelName, KERNELS } from "./kernels.ts";
import { cycleSuite } from "./cycle-suite.ts";
import { loadSuite } from "./load-suite.ts";
import { safetySuite } from "./safety-suite.ts";
import { rowsSuite } from "./rows/suite.ts";
import { checkpatch, sparse } from "./style.ts";
import { baseEntries, complaints, initScript, type Options, type Suite } from "./suite.ts";
import { requirePrograms, Unavailable } from "./tools.ts";
import { verifySuite } from "./verify/suite.ts";

const TESTS: readonly Suite[] = [rowsSuite, safetySuite, loadSuite, engineSuite, cycleSuite, fuzzSuite, verifySuite];
const SUITES: readonly Suite[] = [...TESTS, ...benchSuites];
/** Seconds for a suite. */
const TIMEOUT = 300;
/** How many times longer a kernel for debugging may take. */
const SLOWNESS = 6;
/** What it repeats where the command line does not say. */
const DEBUG_EFFORT = 4;
/** Of an error's message. */
const MOST_LINES = 12;

let failed = 0;
let count = 0;

function report(ok: boolean, name: string, notes: readonly string[] = []): void {
  count++;
  if (!ok) failed++;
  console.log(`${ok ? "ok" : "not ok"} ${count} - ${name}`);
  if (!ok) for (const note of notes) console.log(`# ${note}`);
}

function reportStyle(name: string, said: readonly string[] | null, missing: string): void {
  if (said !== null) report(said.length === 0, name, said);
  else console.log(`ok ${++count} - ${name} # SKIP ${missing}`);
}

async function runSuite(kernel: GuestKernel, module: Uint8Array, suite: Suite, options: Options): Promise<void> {
  const name = `${kernel.label} ${suite.name}`;
  const entries = [...baseEntries(), file("init", initScript(suite, options), 0o755), file("anycall.ko", module), ...suite.entries(kernel.name, options)];
  const { append = "", qemu = [] } = suite;
  const memory = (suite.memory ?? 1024) * (kernel.debug ? 2 : 1);
  const timeout = (suite.timeout ?? TIMEOUT) * (kernel.debug ? SLOWNESS : 1) * Math.max(1, options.effort);
  const { lines, timedOut, seconds, log } = await boot(kernel, archive(entries), { timeout, memory, append, qemu, log: `${suite.name}-${kernel.label}` });
  console.log(`# ${name}: ${seconds.toFixed(0)} s, console in ${log}`);
  report(!timedOut && lines.includes("@@ over"), `${name}: the guest ran to its end`, lines.slice(-12));
  report(lines.includes("@@ insmod 0"), `${name}: the module loads`);
  for (const verdict of suite.judge(lines, kernel.name)) report(verdict.ok, `${name}: ${verdict.name}`, verdict.notes);
  report(lines.includes("@@ rmmod 0"), `${name}: the module unloads`);
  const said = complaints(lines);
  report(said.length === 0, `${name}: the kernel's log has no complaint`, said);
}

async function testKernel(name: Label, suites: readonly Suite[], options: Options): Promise<void> {
  const kernel = name === DEBUG_LABEL ? debugKernel() : guestKernel(name);
  console.log(`# ${name}: ${kernel.release}`);
  const module = buildModule(kernel);
  report(true, `${name}: anycall.ko builds (${module.length} bytes)`);
  if (!kernel.debug) reportStyle(`${name}: sparse has nothing to say`, sparse(kernel), "no sparse (Debian package sparse)");
  for (const suite of suites) {
    try {
      await runSuite(kernel, module, suite, options);
    } catch (error) {
      // What goes into the guest could not be made; the other suites have their own.
      if (error instanceof Unavailable) throw error;
      report(false, `${name} ${suite.name}: what it needs is made`, (error as Error).message.split("\n").slice(0, MOST_LINES));
    }
  }
}

/** What the command line calls kernels. */
type Label = KernelName | typeof DEBUG_LABEL;
const LABELS: readonly Label[] = [...KERNELS, DEBUG_LABEL];

function number(text: string, name: string, least: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least) throw new Error(`--${name} wants a number of ${least} or more, not ${text}`);
  return value;
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { sources: { type: "boolean", default: false }, seed: { type: "string", default: String(Date.now() % 1_000_000) }, effort: { type: "string" } },
  });
  const options = { seed: Math.floor(number(values.seed, "seed", 0)), effort: values.effort === undefined ? undefined : number(values.effort, "effort", 0.01) };
  const unknown = positionals.filter((arg) => !(LABELS as readonly string[]).includes(arg) && !SUITES.some(({ name }) => name === arg));
  if (unknown.length > 0)
    throw new Error(`unknown: ${unknown.join(", ")}; kernels are ${LABELS.join(", ")}, suites ${SUITES.map(({ name }) => name).join(", ")}`);
  const kernels = LABELS.filter((name) => positionals.includes(name));
  const suites = SUITES.filter(({ name }) => positionals.includes(name));
  console.log("TAP version 13");
  console.log(`# seed ${options.seed}`);
  for (const name of kernels.length > 0 ? kernels : KERNELS) {
    try {
      requirePrograms();
      await testKernel(name, suites.length > 0 ? suites : TESTS, { seed: options.seed, effort: options.effort ?? (name === DEBUG_LABEL ? DEBUG_EFFORT : 1) });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      count++;
      console.log(`ok ${count} - ${name} # SKIP ${error.message}`);
    }
  }
  if (values.sources) kernelSources();
  reportStyle("checkpatch has nothing to say", checkpatch(), "no perl, or no sources of the kernel: --sources downloads them");
  console.log(`1..${count}`);
  console.log(`# ${count - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
