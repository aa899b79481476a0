/** Every error of the fixtures is expected on its line, and every expectation is met, by both TypeScripts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CATALOGUE } from "../../kernel/abi/diagnostics.ts";
import { compileText, ROOT, TYPESCRIPTS } from "./support/compile.ts";

const folder = join(ROOT, "frontend/fixtures");

describe.each(TYPESCRIPTS)("TypeScript $name", ({ ts }) => {
  it.each(readdirSync(folder))("%s", (name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const lines = text.split("\n");
    const expected = lines.flatMap((line, i) => [...line.matchAll(/@expect-error (AC\d{4})/g)].map((match) => `${i + 2} ${match[1]}`)).sort();
    const { diagnostics } = compileText(ts, text, {}, join(folder, name));
    const actual = diagnostics.filter((d) => d.severity !== "hint").map((d) => `${text.slice(0, d.span!.start).split("\n").length} ${d.code}`).sort();
    expect(actual).toEqual(expected);
    for (const diagnostic of diagnostics) {
      expect(diagnostic.message.length, diagnostic.code).toBeGreaterThan(5);
      expect([diagnostic.why, diagnostic.fix].every((part) => part !== undefined && part !== ""), diagnostic.code).toBe(true);
      expect(CATALOGUE[diagnostic.code]).toBeDefined();
    }
  });
});

it("bounds: hints for added checks, errors with prove, nothing where proven", () => {
  const program = (body: string) => `import { anycall, buffer, type i64, type u32, type u8 } from "anycall";\nconst page = buffer(64);\nexport const f = anycall((i: u32): u8 => { ${body} });\n`;
  const { ts } = TYPESCRIPTS[0]!;
  const codes = (body: string, bounds: "check" | "prove") => compileText(ts, program(body), { bounds }).diagnostics.map((d) => d.code);
  expect(codes("return page[i];", "check")).toEqual(["AC2009"]);
  expect(codes("return page[i];", "prove")).toEqual(["AC2010"]);
  expect(codes("return i < 64 ? page[i] : 0;", "prove")).toEqual([]);
  expect(codes("return page[i & 63];", "prove")).toEqual([]);
});
