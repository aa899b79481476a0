import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "anycall-imports-"));
afterAll(() => rmSync(project, { recursive: true }));

/** A small project with one import in each file: [file, import, rules that must refuse it, or null]. */
const IMPORTS: readonly (readonly [file: string, imported: string, rule: string | null])[] = [
  ["kernel/abi/a.ts", "../../ir/target.ts", "imports-of-kernel-abi"],
  ["ir/b.ts", "../frontend/target.ts", "imports-of-ir"],
  ["ir/c.ts", "../kernel/target.ts", "imports-of-ir"],
  ["ir/d.ts", "../kernel/abi/target.ts", null],
  ["frontend/e.ts", "../backend-ebpf/isa/target.ts", "imports-of-frontend"],
  ["frontend/f.ts", "../ir/target.ts", null],
  ["backend-ebpf/isa/g.ts", "../btf/target.ts", "imports-of-backend-ebpf-isa"],
  ["backend-ebpf/object/h.ts", "../../ir/target.ts", "imports-of-backend-ebpf-object"],
  ["backend-ebpf/object/i.ts", "../btf/target.ts", null],
  ["backend-ebpf/codegen/j.ts", "../../frontend/target.ts", "imports-of-backend-ebpf-codegen"],
  ["verifier-sim/k.ts", "../backend-ebpf/codegen/target.ts", "imports-of-verifier-sim"],
  ["kernel/bpf/l.ts", "../../ir/target.ts", "imports-of-kernel"],
  ["kernel/bpf/m.ts", "../../verifier-sim/target.ts", null],
  ["kernel/bpf/n.ts", "node:fs", null],
  ["cli/o.ts", "../test/target.ts", "imports-of-cli"],
  ["cli/p.ts", "../kernel/target.ts", null],
  ["verifier-sim/q.ts", "node:fs", "runs-in-a-browser"],
  ["kernel/abi/r.ts", "node:path", "runs-in-a-browser"],
  ["ir/s.ts", "./nowhere.ts", "resolves"],
  ["ir/t.test.ts", "../kernel/target.ts", null],
  ["ir/u.ts", "./t.test.ts", "no-product-from-tests"],
  ["frontend/lib/v.ts", "../target.ts", "imports-of-frontend-lib, runtime-without-compiler"],
  ["kernel/runtime/x.ts", "../bridge.ts", "runtime-without-compiler"],
  ["kernel/bridge.ts", "../ir/target.ts", "imports-of-kernel"],
  ["cli/y.ts", "./z.ts", "no-cycles"],
  ["cli/z.ts", "./y.ts", null], // the same cycle, reported once
  ["ir/w.ts", "chalk", "no-packages"],
];
const TARGETS = ["ir", "frontend", "kernel", "kernel/abi", "backend-ebpf/isa", "backend-ebpf/btf", "backend-ebpf/codegen", "verifier-sim", "test"];

/** Rules that each file breaks. */
function violations(): Map<string, string[]> {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  };
  for (const folder of TARGETS) write(`${folder}/target.ts`, "export const target = 1;\n");
  for (const [file, imported] of IMPORTS) write(file, `import * as other from "${imported}";\nexport { other };\n`);
  write("node_modules/chalk/package.json", '{ "name": "chalk", "main": "index.js" }');
  write("node_modules/chalk/index.js", "module.exports = {};\n");
  write("package.json", '{ "type": "module", "dependencies": { "chalk": "1" } }');
  write("tsconfig.json", '{ "compilerOptions": { "module": "nodenext", "allowImportingTsExtensions": true, "noEmit": true } }');
  cpSync(join(root, ".dependency-cruiser.cjs"), join(project, ".dependency-cruiser.cjs"));
  const tool = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const folders = ["frontend", "ir", "backend-ebpf", "verifier-sim", "kernel", "cli", "test"];
  const result = spawnSync(process.execPath, [tool, "--config", ".dependency-cruiser.cjs", "--output-type", "json", ...folders], { cwd: project, encoding: "utf8" });
  const found = new Map<string, string[]>();
  for (const { from, rule } of JSON.parse(result.stdout).summary.violations) found.set(from, [...(found.get(from) ?? []), rule.name]);
  return found;
}

it("refuses every import that the list of allowed imports doesn't have, and no other", () => {
  const found = violations();
  for (const [file, imported, rule] of IMPORTS) {
    expect((found.get(file) ?? []).sort().join(", "), `${file} importing ${imported}`).toBe(rule ?? "");
  }
});
