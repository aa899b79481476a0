/**
 * `npm run check`: types (tsc), lint (biome), allowed imports (dependency-cruiser). Runs all of them, shows what each
 * complains about, and ends with one line a check. Exit code 1 if any failed.
 *
 * Lint rules that biome.json turns off, and why: noNonNullAssertion (elements of arrays are often known to be there),
 * noVoidTypeReturn (refuses `return fail()` where fail() is `never`), noDuplicateTestHooks (takes any function called
 * `after` for a hook), noExportsInTest (benchmarks export their sink), noThenProperty (the IR's branches have one),
 * useIterableCallbackReturn (tsc checks it), useLiteralKeys and useTemplate (matters of taste), in
 * test/vm/rows noCommaOperator (its scenarios are lists of calls, one scenario a line).
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { prepare, root } from "./prepare.mjs";

const tool = (path) => join(root, "node_modules", path);
const FOLDERS = ["frontend", "ir", "backend-ebpf", "verifier-sim", "kernel", "cli", "test", "bench"];

const CHECKS = [
  { name: "types", what: "tsc", args: [tool("typescript/bin/tsc"), "--noEmit", "--pretty", "false", "-p", "tsconfig.json"], count: /error TS\d+/g },
  { name: "lint", what: "biome", args: [tool("@biomejs/biome/bin/biome"), "lint", "--colors=off", "--error-on-warnings", "--diagnostic-level=warn", "--max-diagnostics=200"], count: /^\S+:\d+:\d+ lint\//gm },
  { name: "imports", what: "dependency-cruiser", args: [tool("dependency-cruiser/bin/dependency-cruise.mjs"), "--config", ".dependency-cruiser.cjs", "--output-type", "err-long"], folders: true, count: /^ {2}error /gm },
];

function run({ args, folders }) {
  const started = Date.now();
  const inputs = folders ? FOLDERS.filter((folder) => existsSync(join(root, folder))) : [];
  const result = spawnSync(process.execPath, [...args, ...inputs], { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error ? `${result.error.message}\n` : ""}`;
  return { passed: result.status === 0, output, seconds: (Date.now() - started) / 1000 };
}

prepare();
let failed = 0;
const lines = CHECKS.map((check) => {
  const { passed, output, seconds } = run(check);
  if (!passed) console.log(`${output.trim()}\n`);
  const found = output.match(check.count)?.length;
  const verdict = passed ? "passed" : `FAILED${found ? ` (${found} found)` : ""}`;
  if (!passed) failed++;
  return `check: ${check.name.padEnd(8)} ${verdict}, ${check.what}, ${seconds.toFixed(1)} s`;
});
console.log(`${lines.join("\n")}\n\n${CHECKS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
