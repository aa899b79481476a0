import { describe, expect, it } from "vitest";
import { evaluateBinary, evaluateCompare, evaluateExtend } from "../evaluate.ts";
import { randomSource } from "../testing/random.ts";
import type { BinaryFn, Predicate, Width } from "../types.ts";
import {
  binaryRange, constantRange, decideCompare, extendRange, formatRange, FULL, intersectRanges, joinRanges, makeRange, type Range, refineCompare, signedRange,
  typeRange, unsignedRange, widenRange,
} from "./intervals.ts";

const FUNCTIONS: readonly BinaryFn[] = ["add", "sub", "mul", "udiv", "sdiv", "umod", "smod", "and", "or", "xor", "shl", "lshr", "ashr"];
const PREDICATES: readonly Predicate[] = ["eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge"];
const WIDTHS: readonly Width[] = [32, 64];

const contains = (range: Range | undefined, value: bigint) =>
  range !== undefined && range.smin <= value && value <= range.smax && range.umin <= BigInt.asUintN(64, value) && BigInt.asUintN(64, value) <= range.umax;

/** Small ranges around the places where numbers wrap, with all their values. */
const SMALL: readonly { range: Range; values: readonly bigint[] }[] = [0n, 5n, -1n, 31n, 2n ** 31n, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 31n)].flatMap((center) =>
  [[-2n, 1n], [0n, 3n], [-1n, -1n]].map(([from, to]) => {
    const values: bigint[] = [];
    for (let d = from!; d <= to!; d++) values.push(BigInt.asIntN(64, center + d));
    const range = values.map(constantRange).reduce(joinRanges);
    return { range, values };
  }));

const next = randomSource(7);
const anyInt = () => {
  const bits = Math.floor(next() * 65);
  let value = 0n;
  for (let i = 0; i < 64; i += 16) value = (value << 16n) | BigInt(Math.floor(next() * 65536));
  return BigInt.asIntN(64, next() < 0.3 ? -BigInt.asUintN(bits, value) : BigInt.asUintN(bits, value));
};
/** A range and a value in it. */
const anyRange = () => {
  const value = anyInt();
  const [x, y, u, w] = [anyInt(), anyInt(), BigInt.asUintN(64, anyInt()), BigInt.asUintN(64, anyInt())];
  const unsigned = BigInt.asUintN(64, value);
  const min = (...all: bigint[]) => all.reduce((a, b) => (a < b ? a : b));
  const max = (...all: bigint[]) => all.reduce((a, b) => (a > b ? a : b));
  const signedBounds = next() < 0.7 ? [min(x, value), max(y, value)] : [FULL.smin, FULL.smax];
  const unsignedBounds = next() < 0.7 ? [min(u, unsigned), max(w, unsigned)] : [0n, FULL.umax];
  return { range: makeRange(signedBounds[0]!, signedBounds[1]!, unsignedBounds[0]!, unsignedBounds[1]!)!, value };
};

describe("intervals contain what evaluate.ts computes", () => {
  it("for every operation on all values of small ranges", () => {
    for (const a of SMALL) {
      for (const b of SMALL) {
        for (const width of WIDTHS) {
          for (const fn of FUNCTIONS) {
            const result = binaryRange(fn, width, a.range, b.range);
            for (const x of a.values) for (const y of b.values) if (!contains(result, evaluateBinary(fn, width, x, y))) expect.fail(`${fn}${width} ${x} ${y}: ${formatRange(result)}`);
          }
          for (const pred of PREDICATES) {
            const outcomes = new Set(a.values.flatMap((x) => b.values.map((y) => evaluateCompare(pred, width, x, y))));
            const decided = decideCompare(pred, width, a.range, b.range);
            if (decided !== undefined) expect([...outcomes], `${pred}${width} ${formatRange(a.range)} ${formatRange(b.range)}`).toEqual([decided]);
            const refined = refineCompare(pred, width, a.range, b.range);
            for (const x of a.values) {
              for (const y of b.values) {
                if (evaluateCompare(pred, width, x, y) && !(contains(refined?.a, x) && contains(refined?.b, y))) expect.fail(`${pred}${width} ${x} ${y}`);
              }
            }
          }
        }
      }
    }
  });

  it("for every operation on random ranges of 64 bits", () => {
    for (let i = 0; i < 6000; i++) {
      const a = anyRange();
      const b = anyRange();
      const width = WIDTHS[i & 1]!;
      for (const fn of FUNCTIONS) {
        const result = binaryRange(fn, width, a.range, b.range);
        if (!contains(result, evaluateBinary(fn, width, a.value, b.value))) expect.fail(`${fn}${width} ${a.value} ${b.value}: ${formatRange(result)}`);
      }
      for (const pred of PREDICATES) {
        const truth = evaluateCompare(pred, width, a.value, b.value);
        const decided = decideCompare(pred, width, a.range, b.range);
        if (decided !== undefined && decided !== truth) expect.fail(`${pred}${width} ${a.value} ${b.value}`);
        const refined = refineCompare(pred, width, a.range, b.range);
        if (truth && !(contains(refined?.a, a.value) && contains(refined?.b, b.value))) expect.fail(`refine ${pred}${width} ${a.value} ${b.value}`);
      }
      for (const from of [8, 16, 32] as const) {
        for (const signed of [false, true]) expect(contains(extendRange(from, signed, a.range), evaluateExtend(from, signed, a.value))).toBe(true);
      }
      expect(contains(joinRanges(a.range, b.range), a.value)).toBe(true);
      expect(contains(widenRange(a.range, joinRanges(a.range, b.range)), b.value)).toBe(true);
      if (contains(b.range, a.value)) expect(contains(intersectRanges(a.range, b.range), a.value)).toBe(true);
    }
  });
});

describe("intervals are as narrow as they should be", () => {
  const u = unsignedRange;
  it.each<[string, Range, Range]>([
    ["u8 + 1", binaryRange("add", 64, u(0n, 255n), constantRange(1n)), u(1n, 256n)],
    ["u8 - 1", binaryRange("sub", 64, u(0n, 255n), constantRange(1n)), signedRange(-1n, 254n)],
    ["u32 + u32 at width 32 wraps", binaryRange("add", 32, u(0n, 2n ** 32n - 1n), constantRange(1n)), typeRange(32, false)],
    ["x & 63", binaryRange("and", 64, FULL, constantRange(63n)), u(0n, 63n)],
    ["x % 10 unsigned", binaryRange("umod", 64, FULL, constantRange(10n)), u(0n, 9n)],
    ["x % 10 signed", binaryRange("smod", 64, FULL, constantRange(10n)), signedRange(-9n, 9n)],
    ["u16 * 4", binaryRange("mul", 64, u(0n, 65535n), constantRange(4n)), u(0n, 262140n)],
    ["u16 << 2", binaryRange("shl", 64, u(0n, 65535n), constantRange(2n)), u(0n, 262140n)],
    ["x >>> 60", binaryRange("lshr", 64, FULL, constantRange(60n)), u(0n, 15n)],
    ["i32 >> 31", binaryRange("ashr", 64, typeRange(32, true), constantRange(31n)), signedRange(-1n, 0n)],
    ["i32 / 2", binaryRange("sdiv", 64, typeRange(32, true), constantRange(2n)), signedRange(-(2n ** 30n), 2n ** 30n - 1n)],
    ["ext.u8 of u8", extendRange(8, false, u(3n, 200n)), u(3n, 200n)],
    ["ext.s8 of u8", extendRange(8, true, u(0n, 255n)), typeRange(8, true)],
    ["i < n", refineCompare("slt", 64, u(0n, 2n ** 32n - 1n), signedRange(0n, 65536n))!.a, u(0n, 65535n)],
    ["x != 0", refineCompare("ne", 64, u(0n, 10n), constantRange(0n))!.a, u(1n, 10n)],
    ["x <u 10 says 0 … 9 about any x", refineCompare("ult", 64, FULL, constantRange(10n))!.a, u(0n, 9n)],
  ])("%s", (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  it("prints bounds in the user's terms", () => {
    expect([constantRange(3n), u(0n, 65535n), FULL, signedRange(-(2n ** 63n), 5n), u(1n, 2n ** 64n - 1n), signedRange(2n, 2n ** 63n - 1n)].map(formatRange)).toEqual([
      "3", "0 … 65535", "any 64-bit number", "-2^63 … 5", "1 … 18446744073709551615 (unsigned)", "2 … 2^63-1",
    ]);
  });
});
