/**
 * `npm run bench [-- NAMES… --rounds N --quick --json]`: paired, alternating runs; medians, ratios from the same run, the
 * machine stated. Figures of different runs or machines do not compare.
 */
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { burst } from "./burst.ts";
import { compile, verifier } from "./compile.ts";
import { du, wc } from "./files.ts";
import { formatResult } from "./report.ts";
import type { Benchmark, Settings } from "./types.ts";

const BENCHMARKS: readonly Benchmark[] = [burst, wc, du, compile, verifier];
const DEFAULT_ROUNDS = 15;
const QUICK_ROUNDS = 3;

function main(): number {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: "string" }, quick: { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) {
    console.log(`npm run bench [-- NAMES… --rounds N --quick --json]\n\n${BENCHMARKS.map(({ name, what }) => `  ${name.padEnd(10)} ${what}`).join("\n")}`);
    return 0;
  }
  const unknown = positionals.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  const rounds = values.rounds === undefined ? (values.quick ? QUICK_ROUNDS : DEFAULT_ROUNDS) : Number(values.rounds);
  if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    console.error(unknown.length > 0 ? `unknown benchmark ${unknown[0]}: use ${BENCHMARKS.map(({ name }) => name).join(", ")}` : "--rounds wants a positive number");
    return 1;
  }
  const settings: Settings = { rounds, target: values.quick ? 2 : 10 };
  const machine = { kernel: release(), cpu: cpus()[0]?.model ?? "unknown", cpus: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.versions.node, rounds };
  const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (!values.json) console.log(`Linux ${machine.kernel}, ${machine.cpus} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}; medians of ${rounds} paired rounds, ± half the interquartile range`);
  const results = chosen.map((benchmark) => {
    const reason = benchmark.unavailable();
    const result = reason === null ? { name: benchmark.name, ...benchmark.run(settings) } : { name: benchmark.name, skipped: reason };
    if (!values.json) console.log(`\n${"skipped" in result ? `${benchmark.name}: skipped: ${reason}` : formatResult(result)}`);
    return result;
  });
  if (values.json) console.log(JSON.stringify({ machine, results }, undefined, 2));
  return 0;
}

process.exitCode = main();
