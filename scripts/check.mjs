/** `npm run check`: types, lint, and who imports whom. Prints one line for each and stops with 1 if any fails. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { prepare, root } from "./prepare.mjs";

const FOLDERS = ["frontend", "ir", "backend-ebpf", "verifier-sim", "kernel", "cli", "test", "bench"];
const CHECKS = [
  { name: "types", command: ["typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"] },
  { name: "lint", command: ["@biomejs/biome/bin/biome", "lint", "--error-on-warnings", "."] },
  { name: "imports", command: ["dependency-cruiser/bin/dependency-cruise.mjs", "--config", ".dependency-cruiser.cjs", ...FOLDERS] },
];

prepare();
let failed = 0;
for (const { name, command } of CHECKS) {
  const [script, ...args] = command;
  const { status } = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], { cwd: root, stdio: "inherit" });
  console.log(`${name}: ${status === 0 ? "passed" : "FAILED"}`);
  if (status !== 0) failed++;
}
console.log(`\n${CHECKS.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
