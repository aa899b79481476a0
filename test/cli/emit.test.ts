/** What the build emits runs in Node: ES modules and CommonJS, calls that reach an engine, the rest as tsc emits it. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ffi, isMissing } from "../../kernel/ffi.ts";
import { ADD, anycallc, LINES, project, ROOT } from "./support.ts";

const APP = `import { big } from "anycall";
import { add, page, plain } from "./add.js";
import { Logs } from "./lines.js";
declare const console: { log(text: string): void };
const show = (value: unknown) => console.log(typeof value === "bigint" ? \`\${value}n\` : JSON.stringify(value));
show(add(2, 3));
show(add(2));
show(big(add)(2, 3));
show(plain(21));
show([page[0], page.length]);
show(Logs.countLines("three.txt"));
show(big(Logs.countLines)("three.txt"));
for (const wrong of [-1, 2 ** 32, 0.5, Number.NaN]) {
  try {
    add(wrong);
    show("no error");
  } catch (error) {
    show((error as { code?: string }).code);
  }
}
`;
const EXPECTED = ["5", "3", "5n", "42", "[7,16]", "3", "3n"];
const FILES = { "src/add.ts": ADD, "src/lines.ts": LINES, "src/app.ts": APP, "three.txt": "a\nb\nc\n" };
const notHere = isMissing(ffi()) ? "koffi is not installed" : existsSync(join(ROOT, "dist/kernel/runtime/index.js")) ? "" : "the package is not built";

describe.each([["ES modules", '{"type": "module"}'], ["CommonJS", "{}"]])("%s", (kind, packageJson) => {
  it("runs, with values checked at the boundary", async (context) => {
    if (notHere) return context.skip(notHere);
    const directory = project({ ...FILES, "package.json": packageJson });
    expect(await anycallc(["-p", "."], directory)).toEqual({ code: 0, out: "", err: "" });
    expect(readFileSync(join(directory, "out/app.js"), "utf8").startsWith('"use strict"')).toBe(kind === "CommonJS");
    const { stdout, stderr, status } = spawnSync(process.execPath, ["out/app.js"], { cwd: directory, encoding: "utf8" });
    expect(stderr.replaceAll(/^\(.*\n?/gm, "")).toBe("");
    const lines = stdout.trim().split("\n");
    expect(lines.slice(0, EXPECTED.length)).toEqual(EXPECTED);
    for (const code of lines.slice(EXPECTED.length)) expect(code).toMatch(/^"AC4\d\d\d"$/);
    expect(status).toBe(0);
  });
});

it("leaves code without marks as tsc emits it", async () => {
  const text = "export const f = (x: number): number => x + 1;\nexport class A { static b = 2; }\n";
  const directory = project({ "src/a.ts": text });
  await anycallc(["-p", "."], directory);
  const ours = readFileSync(join(directory, "out/a.js"), "utf8");
  spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", directory, "--outDir", join(directory, "tsc")]);
  expect(ours).toBe(readFileSync(join(directory, "tsc/a.js"), "utf8"));
});

it("maps a stub to its function", async () => {
  const directory = project({ "src/lines.ts": LINES });
  await anycallc(["-p", ".", "--sourceMap"], directory);
  const js = readFileSync(join(directory, "out/lines.js"), "utf8").split("\n");
  const { SourceMapConsumer } = createRequire(import.meta.url)("source-map") as typeof import("source-map");
  const line = js.findIndex((text) => text.includes("return __ac.fn[0]")) + 1;
  const map = JSON.parse(readFileSync(join(directory, "out/lines.js.map"), "utf8"));
  const original = await SourceMapConsumer.with(map, null, (consumer) => consumer.originalPositionFor({ line, column: js[line - 1]!.indexOf("__ac") }));
  expect([original.line, LINES.split("\n")[original.line! - 1]!.slice(original.column!)]).toEqual([5, expect.stringMatching(/^countLines/)]);
});

it("says AC4001 where a marked function was never compiled", () => {
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", 'import { anycall } from "anycall"; anycall((a) => a)(1);'], { cwd: project({}), encoding: "utf8" });
  expect(stderr).toContain("AC4001");
});
