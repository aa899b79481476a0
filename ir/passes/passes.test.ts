import { describe, expect, it } from "vitest";
import { assertModule } from "../check.ts";
import { parseModule } from "../parse.ts";
import { optimize, PASSES } from "./pipeline.ts";
import { printFunc } from "../text.ts";
import { simplifyCfg } from "./cfg-simplify.ts";
import { removeDeadCode } from "./dce.ts";
import { numberValues } from "./gvn.ts";
import { foldRanges, formatRange, remainingChecks } from "./ranges.ts";
import { analyzeRanges } from "./range-analysis.ts";
import type { PassRun } from "./rewrite.ts";
import { propagateConstants } from "./sccp.ts";
import { simplify } from "./simplify.ts";

const HEAD = 'module "t" region buf buffer size 64 align 8 name "buf" region tab global size 64 align 8 name "tab" func "f" { region e local size 4 align 4 name "e"';
const module = (body: string) => parseModule(`${HEAD} fault bounds "x"\n${body}\n}`);
const lines = (text: string) => text.split("\n").map((line) => line.trim()).filter(Boolean);
/** The body of `f` behind `run`, one trimmed line each; well formed before and behind. */
function after(run: PassRun, body: string): string[] {
  const m = module(body);
  assertModule(m, "parsing");
  const func = m.funcs[0]!;
  run(func, m);
  assertModule(m, "the pass");
  return lines(printFunc(func)).slice(3, -1);
}
const both = (...runs: PassRun[]): PassRun => (func, m) => runs.map((run) => run(func, m)).includes(true);
const x = "b0: v0 = call sys.getpid() v9 = call sys.getppid()";

describe("sccp", () => {
  it("folds through phis whose other way is not executable, and drops that way", () => {
    expect(after(propagateConstants, `b0: v0 = const 1 v1 = const 5 condbr v0, b1, b2
      b1: br b3
      b2: v2 = call sys.getpid() br b3
      b3: v3 = phi int [b1: v1, b2: v2] "x" v4 = add v3, v1 ret v4`)).toEqual([
      "b0:", "v0 = const 1", "v1 = const 5", "br b1", "b1:", "br b3", "b3:", 'v3 = const 5 "x"', "v4 = const 10", "ret v4",
    ]);
  });
  it("finds a loop's invariant constant and keeps the loop", () => {
    const text = after(propagateConstants, `b0: v0 = const 7 br b1
      b1: v1 = phi int [b0: v0, b2: v3] loop b2, b3 #0
      b2: v2 = const 0 v3 = add v1, v2 v4 = call sys.getpid() condbr v4, b1, b4
      b3: stop EXHAUSTED
      b4: ret v3`);
    expect(text).toContain("v3 = const 7");
    expect(text).toContain("loop b2, b3 #0");
  });
  it("turns `loop` into a branch when the cycle is gone", () => {
    expect(after(propagateConstants, "b0: v0 = const 0 br b1 b1: loop b2, b3 #0 b2: condbr v0, b1, b4 b3: stop EXHAUSTED b4: ret v0")).toEqual([
      "b0:", "v0 = const 0", "br b1", "b1:", "br b2", "b2:", "br b4", "b4:", "ret v0",
    ]);
  });
  it("keeps checks marked keep", () => {
    expect(after(propagateConstants, "b0: v0 = const 1 condbr v0, b1, b2 check result-range keep b1: ret v0 b2: stop FAULT fault 0")).toContain(
      "condbr v0, b1, b2 check result-range keep");
  });
});

describe("simplify", () => {
  /** `v1` is what the rules are applied to; the table gives its definition or what replaces it. */
  it.each([
    ["v2 = const 0 v1 = add v0, v2", "ret v0"],
    ["v2 = const 0 v1 = add v2, v0", "ret v0"],
    ["v2 = const 0 v1 = add32 v0, v2", "v1 = ext.u32 v0"],
    ["v2 = const 3 v1 = sub v0, v2", "v1 = add v0, v10"],
    ["v1 = sub v0, v0", "v1 = const 0"],
    ["v1 = and v0, v0", "ret v0"],
    ["v2 = const 0 v1 = mul v0, v2", "v1 = const 0"],
    ["v2 = const 8 v1 = mul v0, v2", "v1 = shl v0, v10"],
    ["v2 = const 8 v1 = udiv v0, v2", "v1 = lshr v0, v10"],
    ["v2 = const 8 v1 = umod v0, v2", "v1 = and v0, v10"],
    ["v2 = const 8 v1 = sdiv v0, v2", "v1 = sdiv v0, v2"],
    ["v2 = const 0 v1 = udiv v0, v2", "v1 = const 0"],
    ["v2 = const 0 v1 = umod v0, v2", "ret v0"],
    ["v2 = const 64 v1 = shl v0, v2", "ret v0"],
    ["v2 = const 4294967295 v1 = and32 v0, v2", "v1 = ext.u32 v0"],
    ["v2 = const -1 v1 = or32 v0, v2", "v1 = const 4294967295"],
    ["v2 = const 3 v3 = add v0, v2 v4 = const 4 v1 = add v3, v4", "v1 = add v0, v10"],
    ["v2 = const 6 v3 = const 7 v1 = mul v2, v3", "v1 = const 42"],
    ["v1 = ext.s32 v0", "ret v0"],
    ["v1 = ext.u32 v0", "v1 = ext.u32 v0"],
    ["v2 = ext.u8 v0 v1 = ext.s16 v2", "ret v2"],
    ["v2 = ext.s16 v0 v1 = ext.u8 v2", "v1 = ext.u8 v0"],
    ["v2 = ext.s8 v0 v1 = ext.u16 v2", "v1 = ext.u16 v2"],
    ["v2 = const 255 v3 = and v0, v2 v1 = ext.u8 v3", "v1 = ext.u8 v0"],
    ["v2 = add32 v0, v9 v1 = ext.u32 v2", "ret v2"],
    ["v2 = addr buf v3 = load.u16 [v2] v1 = ext.s32 v3", "ret v3"],
    ["v2 = cmp.slt v0, v9 v3 = const 0 v1 = cmp.eq v2, v3", "v1 = cmp.sge v0, v9"],
    ["v2 = cmp.slt v0, v9 v3 = const 0 v1 = cmp.ne v2, v3", "ret v2"],
    ["v2 = cmp32.ult v0, v9 v3 = const 1 v1 = xor v2, v3", "v1 = cmp32.uge v0, v9"],
    ["v2 = const 5 v1 = cmp.ult v2, v0", "v1 = cmp.ugt v0, v2"],
    ["v1 = cmp.ule v0, v0", "v1 = const 1"],
  ])("%s → %s", (body, expected) => {
    expect(after(simplify, `${x} ${body} ret v1`)).toContain(expected);
  });
  it("drops trivial phis, zero offsets and extensions in front of narrow stores", () => {
    expect(after(simplify, `${x} br b1 b1: v1 = phi int [b0: v0] v2 = addr buf v3 = const 0 v4 = ptradd v2, v3 v5 = ext.u8 v1 store.8 [v4], v5 ret v1`).slice(4)).toEqual([
      "b1:", "v2 = addr buf", "v3 = const 0", "v5 = ext.u8 v0", "store.8 [v2], v0", "ret v0",
    ]);
  });
  it("keeps an extension in front of a wider store", () => {
    expect(after(simplify, `${x} v2 = addr buf v5 = ext.u8 v0 store.16 [v2], v5 ret v0`)).toContain("store.16 [v2], v5");
  });
  it("swaps branches on a null test's negation, but not those of a check", () => {
    const open = "v0 = addr tab v1 = const 5 v2 = const 0 v3 = addr e v4 = call sys.open(v0, v1, v2, v2, v3) v5 = isnull v4 v6 = cmp.eq v5, v2";
    const rest = "b1: v7 = call file.release(v4) ret v7 b2: ret v2";
    expect(after(simplify, `b0: ${open} condbr v6, b1, b2 ${rest}`)).toContain("condbr v5, b2, b1");
    expect(after(simplify, `b0: ${open} condbr v6, b1, b2 check assert ${rest}`)).toContain("condbr v6, b1, b2 check assert");
  });
});

describe("gvn", () => {
  it("merges equal operations where one dominates, never calls, null tests or comparisons across blocks", () => {
    expect(after(numberValues, `${x} v1 = add v0, v9 v2 = cmp.slt v0, v9 v8 = cmp.slt v0, v9 condbr v8, b1, b2
      b1: v3 = add v9, v0 v4 = cmp.slt v0, v9 v5 = call sys.getpid() v6 = sub v3, v5 v7 = add v6, v4 ret v7
      b2: v10 = sub v0, v9 ret v10`).slice(3)).toEqual([
      "v1 = add v0, v9", "v2 = cmp.slt v0, v9", "v8 = cmp.slt v0, v9", "condbr v2, b1, b2",
      "b1:", "v3 = add v9, v0", "v4 = cmp.slt v0, v9", "v5 = call sys.getpid()", "v6 = sub v1, v5", "v7 = add v6, v4", "ret v7",
      "b2:", "v10 = sub v0, v9", "ret v10",
    ]);
  });
  it("does not merge across siblings", () => {
    const text = after(numberValues, `${x} condbr v0, b1, b2 b1: v1 = add v0, v9 ret v1 b2: v2 = add v0, v9 ret v2`);
    expect(text).toContain("ret v2");
  });
  it.each([
    ["a second load", "v2 = load.u8 [v1] v3 = load.u8 [v1] ret v3", "ret v2"],
    ["a load with another extension", "v2 = load.u8 [v1] v3 = load.s8 [v1] ret v3", "ret v3"],
    ["a stored value", "store.64 [v1], v0 v3 = load.s64 [v1] ret v3", "ret v0"],
    ["a stored value's low byte", "store.8 [v1], v0 v3 = load.s8 [v1] ret v3", "v3 = ext.s8 v0"],
    ["a load behind a store that overlaps", "v2 = load.u8 [v1 + 1] store.16 [v1], v0 v3 = load.u8 [v1 + 1] ret v3", "ret v3"],
    ["a load behind a store beside it", "v2 = load.u8 [v1 + 2] store.16 [v1], v0 v3 = load.u8 [v1 + 2] ret v3", "ret v2"],
    ["a load behind a store through another pointer", "v2 = load.u8 [v1] v5 = ptradd v1, v0 store.8 [v5], v0 v3 = load.u8 [v1] ret v3", "ret v3"],
    ["a load behind a store to another region", "v2 = load.u8 [v1] v5 = addr tab store.8 [v5], v0 v3 = load.u8 [v1] ret v3", "ret v2"],
    ["a load behind a call", "v2 = load.u8 [v1] v4 = call sys.getpid() v3 = load.u8 [v1] ret v3", "ret v3"],
  ])("%s", (_, body, expected) => {
    expect(after(numberValues, `${x} v1 = addr buf ${body}`)).toContain(expected);
  });
});

describe("dce", () => {
  it("drops unused values and cycles of phis, keeps calls and stores", () => {
    expect(after(removeDeadCode, `${x} v1 = add v0, v9 v2 = addr buf v3 = load.u8 [v2] store.8 [v2], v9 br b1
      b1: v4 = phi int [b0: v0, b2: v5] loop b2, b3 #0
      b2: v5 = add v4, v9 condbr v9, b1, b4
      b3: stop EXHAUSTED
      b4: v6 = call sys.getpid() ret v9`).filter((line) => /v[13456] =/.test(line))).toEqual(["v6 = call sys.getpid()"]);
  });
});

describe("cfg", () => {
  it("merges chains and skips empty blocks, keeping phis apart", () => {
    expect(after(simplifyCfg, `${x} br b1 b1: condbr v0, b2, b3 b2: br b4 b3: br b4 b4: br b5 b5: v1 = phi int [b4: v0] ret v1`)).toEqual([
      "b0:", "v0 = call sys.getpid()", "v9 = call sys.getppid()", "ret v0",
    ]);
    expect(after(simplifyCfg, `${x} condbr v0, b2, b3 b2: br b4 b3: br b4 b4: v1 = phi int [b2: v0, b3: v9] ret v1`)).toContain("condbr v0, b4, b3");
  });
  it("threads the branch behind a && b", () => {
    const text = after(both(simplifyCfg, removeDeadCode, simplifyCfg), `${x} v1 = cmp.sgt v0, v9 condbr v1, b1, b2
      b1: v2 = cmp.ne v9, v0 br b3
      b2: v3 = const 0 br b3
      b3: v4 = phi int [b1: v2, b2: v3] condbr v4, b4, b5
      b4: ret v0
      b5: ret v9`);
    expect(text).toContain("condbr v1, b1, b5");
    expect(text.filter((line) => line.startsWith("condbr"))).toHaveLength(2);
  });
  it("threads through a comparison of the phi, and gives the target's phis their values", () => {
    const text = after(both(simplifyCfg, simplify, removeDeadCode), `${x} v1 = const 0 v2 = const 1 condbr v0, b1, b2
      b1: br b3
      b2: br b3
      b3: v4 = phi int [b1: v1, b2: v2] v5 = const 1 v6 = cmp.eq v4, v5 condbr v6, b4, b5
      b4: ret v0
      b5: v7 = phi int [b3: v4] ret v7`);
    expect(text).not.toContain("b3:");
    expect(text).toContain("ret v1");
  });
  it("leaves a loop's header in place", () => {
    const text = after(simplifyCfg, `${x} br b1 b1: loop b2, b3 #0 b2: br b4 b4: condbr v0, b5, b6 b5: br b1 b3: stop EXHAUSTED b6: ret v0`);
    expect(text).toContain("loop b4, b3 #0");
    expect(text).toContain("condbr v0, b1, b6");
  });
});

describe("ranges", () => {
  const loopOver = (limit: string, step = "v5 = ext.u32 v4") => `b0: v0 = const 0 v1 = const 1 v2 = const 64 ${limit} br b1
    b1: v3 = phi int [b0: v0, b5: v5] "i" loop b2, b9 #0
    b2: v6 = cmp.slt v3, v7 condbr v6, b3, b8
    b3: v10 = cmp.ult v3, v2 condbr v10, b4, b10 check bounds access "buf[i]"
    b4: v11 = addr buf v12 = ptradd v11, v3 v13 = load.u8 [v12] br b5
    b5: v4 = add v3, v1 ${step} br b1
    b8: ret v3
    b9: stop EXHAUSTED
    b10: stop FAULT fault 0`;
  const hasCheck = (text: string[]) => text.some((line) => line.includes("check bounds"));

  it("folds a check that a u32 counter below a constant length passes", () => {
    expect(hasCheck(after(foldRanges, loopOver("v7 = const 64")))).toBe(false);
    expect(hasCheck(after(foldRanges, loopOver("v7 = const 65")))).toBe(true);
  });
  it("folds it behind a kept check of the length", () => {
    const limit = "v8 = call sys.getpid() v14 = cmp.ule v8, v2 condbr v14, b6, b10 check result-range keep b6: v7 = ext.s32 v8";
    const body = loopOver(limit).replace("phi int [b0:", "phi int [b6:");
    const text = after(foldRanges, body);
    expect(hasCheck(text)).toBe(false);
    expect(text).toContain("condbr v14, b6, b10 check result-range keep");
  });
  it("keeps the check of a 64-bit counter for the verifier's sake, but knows it proven", () => {
    const body = loopOver("v7 = const 64", "v5 = add v4, v0");
    const m = module(body);
    foldRanges(m.funcs[0]!);
    const [check, ...others] = remainingChecks(m.funcs[0]!);
    expect(others).toEqual([]);
    expect(check).toMatchObject({ proven: true, check: { access: "buf[i]" } });
  });
  it("says what is known where a check stays", () => {
    const m = module(`${x} v1 = const 64 v2 = cmp.ult v0, v1 condbr v2, b1, b2 check bounds b1: ret v0 b2: stop FAULT fault 0`);
    const [check] = remainingChecks(m.funcs[0]!);
    expect(check!.proven).toBe(false);
    expect(check!.operands.map(({ range }) => formatRange(range))).toEqual(["-2147483648 … 2147483647", "64"]);
  });
  it("narrows a counter exactly", () => {
    const func = module(loopOver("v7 = const 40")).funcs[0]!;
    const exact = analyzeRanges(func);
    expect(formatRange(exact.at(3)!)).toBe("0 … 40");
    expect(formatRange(exact.in(3, 4)!)).toBe("0 … 39");
    expect(formatRange(analyzeRanges(func, { loops: "verifier" }).at(3)!)).toBe("0 … 4294967295");
  });
  it("widens and narrows nested and unbounded counters without losing their signs", () => {
    const func = module(`b0: v0 = const 0 v1 = const 1 v2 = const 10 br b1
      b1: v3 = phi int [b0: v0, b6: v7] v10 = phi int [b0: v0, b6: v11] loop b2, b9 #0
      b2: v4 = cmp.slt v3, v2 condbr v4, b3, b8
      b3: v5 = phi int [b2: v0, b5: v6] v11 = phi int [b2: v10, b5: v12] loop b4, b9 #1
      b4: v8 = cmp.slt v5, v3 condbr v8, b5, b6
      b5: v6 = add v5, v1 v12 = add v11, v1 br b3
      b6: v7 = add v3, v1 br b1
      b8: ret v10
      b9: stop EXHAUSTED`).funcs[0]!;
    const ranges = analyzeRanges(func);
    expect([ranges.at(3), ranges.in(3, 3), ranges.in(5, 5), ranges.at(5)].map((range) => formatRange(range!))).toEqual(["0 … 10", "0 … 9", "0 … 8", "0 … 9"]);
  });
  it("decides a null test that dominates", () => {
    const text = after(foldRanges, `b0: v0 = addr tab v1 = const 5 v2 = const 0 v3 = addr e v4 = call sys.open(v0, v1, v2, v2, v3) v5 = isnull v4 condbr v5, b1, b2
      b1: ret v2
      b2: v6 = isnull v4 condbr v6, b3, b4
      b3: ret v1
      b4: v7 = call file.release(v4) ret v7`);
    expect(text.filter((line) => line.startsWith("condbr"))).toEqual(["condbr v5, b1, b2"]);
    expect(text).not.toContain("b3:");
  });
  it("learns through && as arithmetic, ^ 1, extensions and additions of constants", () => {
    const ask = (cond: string) => {
      const func = module(`${x} v1 = const 0 v2 = const 10 v3 = const 4 v7 = const 1 ${cond} condbr v5, b1, b2 b1: ret v0 b2: ret v1`).funcs[0]!;
      return formatRange(analyzeRanges(func).in(0, 1)!);
    };
    expect(ask("v4 = cmp.sge v0, v1 v6 = cmp.slt v0, v2 v5 = and v4, v6")).toBe("0 … 9");
    expect(ask("v4 = cmp.uge v0, v2 v5 = xor v4, v7")).toBe("0 … 9");
    expect(ask("v4 = add v0, v3 v5 = cmp.ule v4, v2")).toBe("-4 … 6");
    expect(ask("v4 = ext.s32 v0 v5 = cmp.ult v4, v2")).toBe("0 … 9");
    expect(ask("v5 = cmp32.slt v0, v1")).toBe("-2147483648 … -1");
    expect(ask("v5 = cmp32.ult v0, v2")).toBe("-2147483648 … 2147483647");
  });
  it("divides and shifts unsigned where nothing is negative", () => {
    const text = after(foldRanges, "b0: v0 = addr buf v1 = load.u32 [v0] v2 = const 3 v3 = sdiv v1, v2 v4 = smod v1, v2 v5 = ashr v1, v2 v6 = add v3, v4 v7 = add v5, v6 ret v7");
    for (const line of ["v3 = udiv v1, v2", "v4 = umod v1, v2", "v5 = lshr v1, v2"]) expect(text).toContain(line);
    expect(after(foldRanges, `${x} v2 = const 3 v3 = sdiv v0, v2 ret v3`)).toContain("v3 = sdiv v0, v2");
    expect(after(foldRanges, "b0: v0 = addr buf v1 = load.u32 [v0] v2 = const 3 v3 = sdiv32 v1, v2 ret v3")).toContain("v3 = sdiv32 v1, v2");
  });
  it("folds contradictory branches away", () => {
    const text = after(foldRanges, `${x} v1 = const 5 v2 = cmp.sgt v0, v1 condbr v2, b1, b2
      b1: v3 = const 3 v4 = cmp.slt v0, v3 condbr v4, b3, b2
      b2: ret v1
      b3: ret v0`);
    expect(text).not.toContain("b3:");
  });
});

describe("pipeline", () => {
  const body = `${x} v1 = add v0, v9 v2 = const 1 condbr v2, b1, b2 b1: ret v1 b2: ret v0`;
  it("does nothing at level 0 and stops where asked", () => {
    const m = module(body);
    const before = printFunc(m.funcs[0]!);
    optimize(m, { level: 0 });
    expect(printFunc(m.funcs[0]!)).toBe(before);
    const ran: string[] = [];
    optimize(m, { level: 1, stopAfter: "sccp", after: (name) => ran.push(name) });
    expect(ran).toEqual(["cfg", "simplify", "sccp"]);
    expect(() => optimize(m, { level: 1, stopAfter: "nothing" })).toThrow(/unknown pass nothing: use one of cfg, /);
  });
  it("runs every pass of the table in order", () => {
    const ran: string[] = [];
    const m = module(body);
    optimize(m, { level: 1, after: (name) => ran.push(name) });
    expect(ran).toEqual(PASSES.map((pass) => pass.name));
    expect(lines(printFunc(m.funcs[0]!)).slice(3, -1)).toEqual(["b0:", "v0 = call sys.getpid()", "v9 = call sys.getppid()", "v1 = add v0, v9", "ret v1"]);
  });
  it("leaves a loop whose budget runs out as it is", () => {
    const m = module("b0: v0 = const 1 br b1 b1: loop b2, b3 #0 b2: v1 = call sys.getpid() br b1 b3: stop EXHAUSTED");
    optimize(m, { level: 1 });
    expect(lines(printFunc(m.funcs[0]!)).slice(3, -1)).toEqual(["b0:", "br b1", "b1:", "loop b2, b3 #0", "b2:", "v1 = call sys.getpid()", "br b1", "b3:", "stop EXHAUSTED"]);
  });
});
