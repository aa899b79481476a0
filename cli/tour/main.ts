/**
 * `npm start`: compiles the programs of examples/, proves them, runs them on real files, and shows what came out beside
 * the same calls made one by one from Node. Exits with 1 if a result differs from what the system's own tools say.
 */
import { spawnSync } from "node:child_process";
import { cpus, release } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { HostKernel, hostProfile, kernelBtf } from "../../kernel/bpf/host-kernel.ts";
import type { EngineChoice } from "../../kernel/choose.ts";
import { load, type Loaded } from "../../kernel/runtime/index.ts";
import { type CompiledOutput, compileSource } from "../compile.ts";
import { pairedTimes, type Timing } from "../measure.ts";
import { openProject, ts } from "../project.ts";
import { formatFindings, fromOurs, fromTs } from "../report.ts";
import { type Baseline, loadBaseline } from "./baseline.ts";
import { fact, heading, micros, source, table, verdict } from "./report.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const COUNTS = [1, 8, 64, 512, 4096];
const LARGE_FILE = join(root, "node_modules/typescript/lib/typescript.js");
const TREE = join(root, "node_modules");

let differences = 0;

function compile(name: string, countCalls = false): CompiledOutput {
  const file = join(root, "examples", name);
  const project = openProject({ files: [file] });
  const sourceFile = project.program.getSourceFile(file)!;
  const btf = kernelBtf();
  const compiled = compileSource(ts, project.program, sourceFile, { profile: hostProfile(), ...(btf && { kernelBtf: btf }), ...project.settings, base: root, countCalls });
  const findings = [...ts.getPreEmitDiagnostics(project.program).map((d) => fromTs(ts, d)), ...compiled.diagnostics.map((d) => fromOurs(d, () => sourceFile.text))];
  if (!compiled.output) {
    console.error(formatFindings(findings, "pretty", root));
    process.exit(1);
  }
  return compiled.output;
}

/** Source, instructions, verdict; then the object loaded in the engine. */
function present(name: string, symbol: string, engine: EngineChoice): Loaded {
  heading(`examples/${name}`);
  source(ts.sys.readFile(join(root, "examples", name))!);
  console.log();
  const output = compile(name);
  output.linked.programs.forEach((program, i) => {
    const { processed, verdict: answer } = output.verdicts[i]!;
    fact("compiled", `${program.insns.length} eBPF instructions, ${output.object.length.toLocaleString("en")} bytes of object`);
    fact("verifier", `${verdict(answer === "ACCEPT", answer)} by the simulator (${processed} instructions processed, kernel ${output.profile.version.join(".")})`);
  });
  const loaded = load(output.object, { engine, functions: [symbol] });
  fact("engine", `${loaded.engine}: ${loaded.reason}`);
  return loaded;
}

function check(label: string, ours: string, theirs: string, tool: string): void {
  const same = ours === theirs;
  if (!same) differences++;
  fact(label, `${ours}   ${verdict(same, same ? `= ${tool}` : `but ${tool} says ${theirs}`)}`);
}

function ratioRow(label: string, ours: Timing, base: Timing | undefined): string[] {
  return [label, `${micros(ours.median)} µs`, base ? `${micros(base.median)} µs` : "-", base ? `${(base.median / ours.median).toFixed(base.median / ours.median < 10 ? 2 : 1)}×` : "-"];
}

function burst(baseline: Baseline | undefined): void {
  const { access } = HostKernel.here();
  const engine: EngineChoice = access.ok ? "auto" : "user";
  const loaded = present("burst.ts", "burst", engine);
  if (!access.ok) fact("note", `bpf(2) can't be used here (${access.reason}), so this runs in engine user`);
  const counted = load(compile("burst.ts", true).object, { engine, functions: ["burst"] });
  const rows = COUNTS.map((n) => {
    const { result, calls } = counted.invoke("burst", [n]);
    const right = Number(result) === n * process.pid && calls === n;
    if (!right) differences++;
    const times = pairedTimes({ ours: () => void loaded.call("burst", [n]), base: () => void baseline?.burst(n) });
    return [...ratioRow(`${n}`, times.ours, baseline && times.base), `${calls}`, verdict(right, right ? "sum = N × pid" : `sum ${String(result)}`)];
  });
  console.log();
  table(["getpid × N", "AnyCall, one call", "koffi, N calls", "ratio", "executed", "result"], rows);
}

function wordCount(baseline: Baseline | undefined): void {
  const loaded = present("wc.ts", "wc", "user");
  const result = (loaded.call("wc", [LARGE_FILE]) as number[]).join(" ");
  const { stdout } = spawnSync("wc", [LARGE_FILE], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  check("result", result, stdout.trim().split(/\s+/).slice(0, 3).join(" "), `wc ${relative(root, LARGE_FILE)}`);
  const times = pairedTimes({ ours: () => void loaded.call("wc", [LARGE_FILE]), base: () => void baseline?.wc(LARGE_FILE) }, { rounds: 5 });
  console.log();
  table(["wc of 9 MB", "AnyCall", "koffi and JavaScript", "ratio"], [ratioRow("once", times.ours, baseline && times.base)]);
}

function diskUsage(baseline: Baseline | undefined): void {
  const loaded = present("du.ts", "Du.total", "user");
  const result = String(loaded.call("Du.total", [TREE]));
  const { stdout } = spawnSync("find", [TREE, "-type", "f", "-printf", "%s\\n"], { encoding: "utf8", maxBuffer: 1 << 28 });
  const sizes = stdout.trim().split("\n");
  check("result", result, String(sizes.reduce((sum, size) => sum + Number(size), 0)), `find ${relative(root, TREE)} -type f -printf '%s\\n', added up`);
  const times = pairedTimes({ ours: () => void loaded.call("Du.total", [TREE]), base: () => void baseline?.du(TREE) }, { rounds: 5 });
  console.log();
  table([`du of ${sizes.length.toLocaleString("en")} files`, "AnyCall", "koffi and JavaScript", "ratio"], [ratioRow("once", times.ours, baseline && times.base)]);
}

console.log(`AnyCall on Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Node ${process.versions.node}; medians of paired runs`);
const baseline = loadBaseline();
if (!baseline) console.log("koffi is not installed: no comparison with calls made one by one, and no system calls in engine user");
burst(baseline);
if (baseline) {
  wordCount(baseline);
  diskUsage(baseline);
}
console.log(`\n${differences === 0 ? "All results equal what the system's own tools say." : `${differences} results differ.`} Next: npx anycallc doctor · npx anycallc --help · npm test`);
process.exitCode = differences === 0 ? 0 : 1;
