/** What README and docs show is true: every TypeScript block type-checks under stock tsc and compiles; every link leads somewhere. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { compileSource } from "../../cli/compile.ts";
import { compilerOptions, createProgram, ROOT, TYPESCRIPTS } from "../frontend/support/compile.ts";
import { blocksOf, pages } from "./blocks.ts";

const PAGES = pages(ROOT);
const { ts } = TYPESCRIPTS[0]!;

describe.each(PAGES.map((page) => relative(ROOT, page)).filter((page) => blocksOf(ROOT, join(ROOT, page)).length > 0))("%s", (page) => {
  const blocks = blocksOf(ROOT, join(ROOT, page));
  const directory = join(ROOT, "test/docs");
  const sources = Object.fromEntries(blocks.map((block) => [join(directory, block.name), block.text]));
  const options = { ...compilerOptions(ts), types: ["node"], paths: { ...compilerOptions(ts).paths, "anycall/runtime": [join(ROOT, "kernel/runtime/index.ts")] } };
  const program = createProgram(ts, sources, options);

  it.each(blocks)("$where", (block) => {
    const sourceFile = program.getSourceFile(join(directory, block.name))!;
    const errors = ts.getPreEmitDiagnostics(program, sourceFile).map((d) => `TS${d.code} ${ts.flattenDiagnosticMessageText(d.messageText, "\n")}`);
    expect(errors).toEqual([]);
    const { diagnostics, front, output } = compileSource(ts, program, sourceFile, { license: "Dual MIT/GPL" });
    expect(diagnostics.filter((d) => d.severity === "error").map((d) => `${d.code} ${d.message}`)).toEqual([]);
    if (front.marked.length > 0) expect(output?.verdicts.map((v) => v.verdict)).toEqual(output?.verdicts.map(() => "ACCEPT"));
  });

  it("names each block once", () => {
    expect(new Set(blocks.map((block) => block.name)).size).toBe(blocks.length);
  });
});

it.each(PAGES.map((page) => relative(ROOT, page)))("links of %s lead somewhere", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8").replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
  const targets = [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map((match) => match[1]!).filter((target) => !/^[a-z]+:/.test(target));
  expect(targets.filter((target) => !existsSync(resolve(ROOT, dirname(page), target)))).toEqual([]);
});
