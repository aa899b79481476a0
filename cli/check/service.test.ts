/** The service says what compileSource says, remembers what did not change, and knows functions and variables. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compilerOptions, createProgram, ROOT, SOURCE, TYPESCRIPTS } from "../../test/frontend/support/compile.ts";
import { compileSource } from "../compile.ts";
import { CheckingService } from "./service.ts";
import { variableAt } from "./variables.ts";

const folder = join(ROOT, "frontend/fixtures");
const program = (body: string) =>
  `import { anycall, buffer, sys, type i64, type u32 } from "anycall";\nconst page = buffer(64);\nexport const f = anycall((i: u32): i64 => { ${body} });\nexport const g = anycall((n: u32): i64 => sys.getpid() + n);\n`;

describe.each(TYPESCRIPTS)("TypeScript $name", ({ ts }) => {
  it("says of every fixture what the command line says", () => {
    const service = new CheckingService(ts);
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const opened = createProgram(ts, { [path]: readFileSync(path, "utf8") });
      const file = opened.getSourceFile(path)!;
      expect(service.check(opened, file).diagnostics, name).toEqual(compileSource(ts, opened, file).diagnostics);
    }
  });

  it("knows the functions of a file", () => {
    const text = program("return sys.getpid() + page[i & 63];");
    const opened = createProgram(ts, { [SOURCE]: text });
    const { functions, marked } = new CheckingService(ts).check(opened, opened.getSourceFile(SOURCE)!);
    expect(functions.map(({ name, verdict, operations, engines }) => ({ name, verdict, operations, engines }))).toEqual(
      ["f", "g"].map((name) => ({ name, verdict: "ACCEPT", operations: ["sys.getpid"], engines: ["module", "stock", "user"] })),
    );
    expect(functions[0]!.processed).toBeGreaterThanOrEqual(functions[0]!.instructions / 2);
    expect(functions[0]!.listing).toContain("exit");
    expect(functions[0]!.log[0]).toMatch(/^f: ACCEPT, \d+ instructions/);
    expect(marked.map((m) => text.slice(m.nameSpan.start, m.nameSpan.start + m.nameSpan.length))).toEqual(["f", "g"]);
  });

  it("verifies only what changed", () => {
    const service = new CheckingService(ts);
    const check = (body: string) => {
      const opened = createProgram(ts, { [SOURCE]: program(body) });
      service.check(opened, opened.getSourceFile(SOURCE)!);
      return service.prover.cache.misses;
    };
    const first = check("return page[i & 63];");
    expect(first).toBe(2);
    expect(check("return page[i & 31];")).toBe(3);
    expect(check("\n\n return page[i & 31];")).toBe(3);
  });

  it("knows types and ranges of variables where they stand", () => {
    const text = program("if (i > 9) return 1; const k: u32 = i + 1, m = i + 1; return page[i] + k + m;");
    const opened = createProgram(ts, { [SOURCE]: text }, compilerOptions(ts));
    const file = opened.getSourceFile(SOURCE)!;
    const service = new CheckingService(ts);
    const front = service.front.check(opened, file, {});
    const at = (piece: string, offset = 0) => variableAt(ts, opened, file, front, text.indexOf(piece) + offset);
    expect(at("page[i]", 5)).toMatchObject({ name: "i", type: "u32", range: "0 … 9" });
    expect(at("i > 9")).toMatchObject({ type: "u32", range: "0 … 4294967295" });
    expect(at("k + m")).toMatchObject({ type: "u32", range: "1 … 10" });
    expect(at("m = i")).toMatchObject({ type: "i64" });
    expect(at("const k")).toBeUndefined();
  });
});
