/**
 * docs/errors: every code has a page and every page a code, titles are the catalogue's, what pages show as refused gives their
 * code, and what they show instead compiles. Blocks fenced with ```ts bad of one page are files of one program (first line
 * `// NAME.ts` names one; the last is the one at fault), ```ts bad prove is compiled with "bounds": "prove"; ```ts good stands alone.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { check, type FrontendOptions } from "../../frontend/index.ts";
import { CATALOGUE, type DiagnosticCode } from "../../kernel/abi/diagnostics.ts";
import { createProgram, ROOT, TYPESCRIPTS } from "./support/compile.ts";

const FOLDER = join(ROOT, "docs/errors");
const CODES = Object.keys(CATALOGUE) as DiagnosticCode[];
const SEVERITY = { error: "An error", warning: "A warning", hint: "A hint" } as const;
/** Without an example: nobody knows one. */
const NO_EXAMPLE: ReadonlySet<string> = new Set(["AC1002"]);
const FENCE = /^```ts (bad|good)( prove)?\n([\s\S]*?)^```$/gm;

const textOf = (code: string) => readFileSync(join(FOLDER, `${code}.md`), "utf8");
const blocksOf = (code: string) => [...textOf(code).matchAll(FENCE)].map(([, kind, prove, text]) => ({ kind, text: text!, options: (prove ? { bounds: "prove" } : {}) as FrontendOptions }));

it("every code has a page, every page a code", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(CODES.map((code) => `${code}.md`).sort());
});

it.each(CODES)("%s has the catalogue's title and severity", (code) => {
  const [title, , severity] = textOf(code).split("\n");
  expect(title).toBe(`# ${code}: ${CATALOGUE[code].title}`);
  expect(severity).toMatch(new RegExp(`^\\*${SEVERITY[CATALOGUE[code].severity]} of the group `));
});

it("every page of the language and of types has a refused example and a better one", () => {
  const incomplete = CODES.filter((code) => /^AC[12]/.test(code) && !NO_EXAMPLE.has(code)).filter((code) => new Set(blocksOf(code).map(({ kind }) => kind)).size !== 2);
  expect(incomplete).toEqual([]);
});

describe.each(TYPESCRIPTS)("TypeScript $name", ({ ts }) => {
  const pages = CODES.filter((code) => blocksOf(code).length > 0);
  const diagnose = (blocks: ReturnType<typeof blocksOf>) => {
    const paths = blocks.map(({ text }, i) => join(FOLDER, /^\/\/ ([\w-]+\.ts)\n/.exec(text)?.[1] ?? `block-${i}.ts`));
    const program = createProgram(ts, Object.fromEntries(blocks.map(({ text }, i) => [paths[i]!, text])));
    const main = program.getSourceFile(paths.at(-1)!)!;
    const types = ts.getPreEmitDiagnostics(program, main).map((d) => `TS${d.code} ${ts.flattenDiagnosticMessageText(d.messageText, " ")}`);
    return { types, diagnostics: check(ts, program, main, blocks[0]!.options).diagnostics };
  };

  it.each(pages)("%s", (code) => {
    const bad = blocksOf(code).filter(({ kind }) => kind === "bad");
    if (bad.length > 0) expect([...new Set(diagnose(bad).diagnostics.filter((d) => d.severity === CATALOGUE[code].severity).map((d) => d.code))]).toEqual([code]);
    for (const good of blocksOf(code).filter(({ kind }) => kind === "good")) {
      const { types, diagnostics } = diagnose([good]);
      expect(types).toEqual([]);
      expect(diagnostics.filter((d) => d.severity !== "hint" || d.code === code).map((d) => `${d.code} ${d.message}`)).toEqual([]);
    }
  });
});
