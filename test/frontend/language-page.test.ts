/** What docs/language.md claims beyond that its examples compile (test/docs does that). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileText, ROOT, TYPESCRIPTS } from "./support/compile.ts";

const PAGE = readFileSync(join(ROOT, "docs/language.md"), "utf8");
const block = (name: string) => [...PAGE.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!).find((text) => text.includes(`const ${name} = `))!;
const HEAD = 'import { anycall, buffer, range, stack, zero, type Arr, type Bytes, type Str, type i64, type u32, type u64 } from "anycall";\nconst data = buffer(64);\ninterface P { a: u32; b: u64 }\n';

describe.each(TYPESCRIPTS)("TypeScript $name", ({ ts }) => {
  it("accesses shown as proven need no checks", () => {
    expect(compileText(ts, block("compared"), { bounds: "prove" }).errors).toEqual([]);
  });
  it.each([
    ["a string as a result", "(s: string): string => s", "AC2004"],
    ["Bytes as a parameter", "(b: Bytes): u32 => b.length", "AC2004"],
    ["a union as a parameter", "(x: u32 | null): u32 => x ?? 0", "AC2004"],
    ["an optional parameter without a default", "(x?: u32): u32 => x ?? 0", "AC2004"],
    ["**", "(x: u32): u64 => x ** 2", "AC1001"],
    ["in", '(): boolean => "a" in zero<P>()', "AC1001"],
    ["new", "(): i64 => new P()", "AC1020"],
    ["spread of a struct", "(): u64 => { const p: P = { ...zero<P>() }; return p.b; }", "AC1022"],
    ["structs compared", "(): boolean => zero<P>() === zero<P>()", "AC2005"],
    ["characters by index", '(s: string): boolean => s[0] === "a"', "AC1023"],
    ["a stack of structs", "(): u32 => stack<P>(4).length", "AC2004"],
    ["a boolean as a number", "(b: boolean): i64 => (b as any) + 1", "AC2005"],
    ["an array without a length", "(): u32 => { const xs: u32[] = [1]; return xs[0]!; }", "AC2004"],
    ["a tuple by variable index", "(i: u32): i64 => { const t = [1, 2] as const; return t[i]!; }", "AC1007"],
  ])("refuses %s", (_, fn, code) => {
    expect(compileText(ts, `${HEAD}export const f = anycall(${fn});`).errors.map((error) => error.slice(0, 6))).toEqual([code]);
  });
});
