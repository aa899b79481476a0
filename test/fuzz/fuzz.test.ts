/** A short run of the fuzzer with fixed seeds, and that it finds and minimizes what is wrong. */
import { describe, expect, it } from "vitest";
import { Tally } from "./agree.ts";
import { LEVELS } from "./levels.ts";
import { runningKernel } from "./verifier-level.ts";
import { evaluate } from "./source/evaluate.ts";
import { generateSource } from "./source/generate.ts";
import { printSource } from "./source/print.ts";
import { shrinkSource } from "./source/shrink.ts";
import type { Expr, SourceProgram, Stmt } from "./source/tree.ts";
import { mutate, shrinkTokens, tokens } from "./tokens.ts";
import { scriptedWorld } from "./world.ts";
import { Random } from "../support/random.ts";

const FIRST = 2000;
const PROGRAMS = 15;

describe.each(LEVELS.map((level) => [level.name, level] as const))("level %s", (name, level) => {
  it(`finds nothing in ${PROGRAMS} programs`, (context) => {
    const kernel = name === "verifier" ? runningKernel() : undefined;
    if (typeof kernel === "string") return context.skip(kernel);
    const tally = new Tally();
    for (let seed = FIRST; seed < FIRST + PROGRAMS; seed++) expect(level.run(seed, tally, new Set()), `seed ${seed}`).toBeUndefined();
    const done = { ir: "optimized: run", source: "source: accepted", robust: "robust: refused", verifier: "verifier: refused, same error" }[name];
    expect(done && tally.count(done)).toBeGreaterThan(PROGRAMS / 3);
  });
});

const V = (name: string, type: "i64" | "u8" | "u32" | "i32" = "i64"): Expr => ({ kind: "var", type, name });
const main = (values: readonly Expr[], before: readonly Stmt[] = []): SourceProgram => ({
  seed: 1,
  helpers: [],
  main: {
    name: "f",
    params: [
      { name: "x", type: "i64" },
      { name: "y", type: "u8" },
    ],
    results: values.map(() => "i64" as const),
    body: [...before, { kind: "return", values }],
  },
});
const valuesOf = (program: SourceProgram, x: bigint, y: bigint) => evaluate(program, [x, y], new Map(), scriptedWorld({}));

describe("the evaluator", () => {
  const bin = (op: "+" | "/" | "%" | "<<" | ">>>" | "&" | "|", a: Expr, b: Expr, type: Expr["type"] = "i64"): Expr => ({
    kind: "bin",
    type: type as "i64",
    op,
    a,
    b,
  });
  it.each([
    ["wraps sums to 64 bits", bin("+", V("x"), V("x")), 2n ** 62n, 0n, -(2n ** 63n)],
    ["divides by zero", bin("/", V("x"), V("y", "u8")), 7n, 0n, 0n],
    ["takes remainders by zero", bin("%", V("x"), V("y", "u8")), -7n, 0n, -7n],
    ["truncates quotients", bin("/", V("x"), V("y", "u8")), -7n, 2n, -3n],
    ["shifts in the promoted type of the left operand", bin("<<", V("y", "u8"), V("x"), "u32"), 33n, 200n, 400n],
    ["shifts unsigned", bin(">>>", V("x"), V("y", "u8"), "u64"), -1n, 63n, 1n],
    ["complements in 32 bits", { kind: "complement", type: "u32", a: V("y", "u8") } as Expr, 0n, 0n, 2n ** 32n - 1n],
    ["wraps where told", { kind: "wrap", type: "i8", a: V("x") } as Expr, 200n, 0n, -56n],
  ])("%s", (_, expr, x, y, expected) => {
    expect(valuesOf(main([expr]), x, y).values).toEqual([expected]);
  });
  it("ends with FAULT where a cast does not fit and keeps what was stored before", () => {
    const store: Stmt = { kind: "assign", target: { kind: "byte", type: "u8", buf: "data", at: { kind: "lit", type: "i64", value: 3n } }, value: V("y", "u8") };
    const { status, buffers } = valuesOf(main([{ kind: "cast", type: "u8", a: V("x") }], [store]), 256n, 9n);
    expect([status, buffers.get("data")![3]]).toEqual(["FAULT", 9]);
  });
});

describe("minimizing", () => {
  const count = (text: string) => text.split("\n").length;
  it("shrinks programs to what fails", () => {
    const seed = Array.from({ length: 200 }, (_, i) => i).find((candidate) =>
      printSource(generateSource(candidate, new Random(candidate), 40)).includes(" << "),
    )!;
    const program = generateSource(seed, new Random(seed), 40);
    const fails = (candidate: SourceProgram) => printSource(candidate).includes(" << ");
    const small = shrinkSource(program, fails);
    expect(fails(small)).toBe(true);
    expect(count(printSource(small))).toBeLessThan(count(printSource(program)));
    expect(small.main.body.length + small.helpers.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThanOrEqual(3);
  });
  it("splits texts into tokens without loss, changes some, drops all that is not needed", () => {
    const text = printSource(generateSource(3, new Random(3), 20));
    expect(tokens(text).join("")).toBe(text);
    const changed = Array.from({ length: 20 }, (_, seed) => mutate(tokens(text), new Random(seed)).join(""));
    expect(changed.filter((other) => other !== text).length).toBeGreaterThan(15);
    expect(shrinkTokens(tokens(text), (list) => list.some((token) => token.includes("anycall"))).length).toBe(1);
  });
});
