/**
 * The fast domain against its BigInt twin at 64 bits (equal on random inputs that seek boundaries), and against concrete numbers
 * (sound). The twin itself: sound.test.ts. The kernel: kernel-truth.test.ts.
 */
import { describe, expect, test } from "vitest";
import {
  ALU, branchTaken, byteOrder, contains, JMP, rangeWithin, refineBranch, Scalar, sameScalar, scalarAlu, scalarWithin, signExtend32, signExtend64,
  truncateTo, zeroExtend32, u64,
} from "./index.ts";
import { concreteAlu, concreteJump } from "./testing/concrete.ts";
import { type Random, random } from "./testing/random.ts";
import { describeTwin, halves, otherMember, sampleAround, signed, toTwin, unsigned } from "./testing/sample.ts";
import { type Tw, Width } from "./testing/twin.ts";
import { twinAlu, twinRefine, twinSignExtend, twinTaken, twinTruncate, twinZeroExtend } from "./testing/twin-ops.ts";

/** More by hand: DOMAIN_ROUNDS=100000. */
const ROUNDS = Number(process.env.DOMAIN_ROUNDS ?? 800);
const W = new Width(64);
const MASK = 0xffffffffffffffffn;
const ALU_OPS = Object.entries(ALU).filter(([name]) => name !== "MOV" && name !== "END");
const same = (fast: Scalar, twin: Tw): void => expect(describeTwin(toTwin(fast))).toBe(describeTwin(twin));

/** An operand pair with members; shifts mostly by known amounts below the width, since the rest is unknown anyway. */
function operands(rng: Random, op: number, bits: number): { a: Scalar; b: Scalar; x: bigint; y: bigint } {
  const x = rng.word();
  const shift = op === ALU.LSH || op === ALU.RSH || op === ALU.ARSH;
  const y = shift ? BigInt(rng.below(bits)) : rng.word();
  const b = shift && rng.below(8) > 0 ? Scalar.constant(...halves(y)) : sampleAround(rng, y);
  return { a: sampleAround(rng, x), b, x, y };
}

describe("arithmetic", () => {
  for (const [name, op] of ALU_OPS) {
    for (const is64 of [true, false]) {
      test(`${name}${is64 ? 64 : 32}`, () => {
        const rng = random(op * 2 + Number(is64) + 1);
        const bits = is64 ? 64 : 32;
        for (let i = 0; i < ROUNDS; i++) {
          const { a, b, x, y } = operands(rng, op, bits);
          const result = a.copy();
          scalarAlu(op, is64, result, b);
          same(result, twinAlu(W, op, is64, toTwin(a), toTwin(b)));
          const p = otherMember(rng, a, x);
          const q = otherMember(rng, b, y);
          // A shift by more than the width has no meaning; the result is then unknown, which holds everything.
          const amount = op === ALU.LSH || op === ALU.RSH || op === ALU.ARSH ? q % BigInt(bits) : q;
          expect(contains(result, ...halves(concreteAlu(op, bits, p, amount)))).toBe(true);
        }
      });
    }
  }
  test("the operand may be the destination itself", () => {
    const rng = random(99);
    for (let i = 0; i < ROUNDS; i++) {
      const [, op] = rng.pick(ALU_OPS);
      const is64 = rng.below(2) === 0;
      const a = sampleAround(rng, rng.word());
      const alone = a.copy();
      const other = a.copy();
      scalarAlu(op, is64, alone, alone);
      scalarAlu(op, is64, other, a);
      expect(sameScalar(alone, other)).toBe(true);
    }
  });
});

describe("changes of width", () => {
  type Case = readonly [name: string, fast: (s: Scalar) => void, twin: (t: Tw) => Tw, concrete: (x: bigint) => bigint];
  const extend = (size: number, x: bigint): bigint => BigInt.asIntN(size * 8, x);
  const cases: readonly Case[] = [
    ["zeroExtend32", zeroExtend32, (t) => twinZeroExtend(W, t), (x) => x & 0xffffffffn],
    ...[1, 2, 4].flatMap((size): Case[] => [
      [`truncateTo ${size}`, (s) => truncateTo(s, size), (t) => twinTruncate(W, t, size * 8), (x) => BigInt.asUintN(size * 8, x)],
      [`signExtend64 ${size}`, (s) => signExtend64(s, size), (t) => twinSignExtend(W, t, size * 8, true), (x) => extend(size, x) & MASK],
    ]),
    ...[1, 2].map((size): Case => {
      const concrete = (x: bigint): bigint => BigInt.asUintN(32, extend(size, x));
      return [`signExtend32 ${size}`, (s) => signExtend32(s, size), (t) => twinSignExtend(W, t, size * 8, false), concrete];
    }),
  ];
  for (const [name, fast, twin, concrete] of cases) {
    test(name, () => {
      const rng = random(name.length * 31 + 7);
      for (let i = 0; i < ROUNDS; i++) {
        const x = rng.word();
        const a = sampleAround(rng, x);
        const result = a.copy();
        fast(result);
        same(result, twin(toTwin(a)));
        expect(contains(result, ...halves(concrete(otherMember(rng, a, x)))), name).toBe(true);
      }
    });
  }
  test("byte order is sound and exact on known numbers", () => {
    const rng = random(5);
    for (let i = 0; i < ROUNDS; i++) {
      const x = rng.word();
      const a = sampleAround(rng, x);
      for (const bits of [16, 32, 64]) {
        const bytes = BigInt.asUintN(bits, x).toString(16).padStart(bits / 4, "0").match(/../g)!;
        const swapped = BigInt(`0x${bytes.reverse().join("")}`);
        for (const [swap, want] of [[true, swapped], [false, BigInt.asUintN(bits, x)]] as const) {
          const result = a.copy();
          byteOrder(result, swap, bits);
          expect(contains(result, ...halves(want))).toBe(true);
          const known = Scalar.constant(...halves(x));
          byteOrder(known, swap, bits);
          expect(sameScalar(known, Scalar.constant(...halves(want)))).toBe(true);
        }
      }
    }
  });
});

describe("branches", () => {
  for (const [name, op] of Object.entries(JMP)) {
    for (const is64 of [true, false]) {
      test(`${name}${is64 ? "" : "32"}`, () => {
        const rng = random(op * 2 + Number(is64));
        const bits = is64 ? 64 : 32;
        for (let i = 0; i < ROUNDS; i++) {
          const x = rng.word();
          const y = rng.below(4) === 0 ? x : rng.word();
          const a = sampleAround(rng, x);
          const b = rng.below(2) === 0 ? Scalar.constant(...halves(y)) : sampleAround(rng, y);
          const taken = branchTaken(op, is64, a, b);
          expect(taken).toBe(twinTaken(W, op, is64, toTwin(a), toTwin(b)));
          const p = otherMember(rng, a, x);
          const q = otherMember(rng, b, y);
          const holds = concreteJump(op, bits, p, q);
          if (taken !== -1) {
            expect(holds).toBe(taken === 1);
            continue;
          }
          const sides = [a.copy(), b.copy(), a.copy(), b.copy()] as const;
          refineBranch(op, is64, ...sides);
          const yes = twinRefine(W, op, is64, toTwin(a), toTwin(b), true);
          const no = twinRefine(W, op, is64, toTwin(a), toTwin(b), false);
          [...yes, ...no].forEach((twin, side) => same(sides[side]!, twin));
          const [left, right] = holds ? [sides[0], sides[1]] : [sides[2], sides[3]];
          expect(contains(left, ...halves(p)) && contains(right, ...halves(q))).toBe(true);
        }
      });
    }
  }
});

test("subsumption: an enclosing scalar holds every member of the enclosed", () => {
  const rng = random(17);
  let within = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const x = rng.word();
    const a = sampleAround(rng, x);
    const b = sampleAround(rng, x);
    expect(scalarWithin(a, a) && rangeWithin(new Scalar(), a)).toBe(true);
    if (!scalarWithin(a, b)) continue;
    within++;
    expect(contains(a, ...halves(otherMember(rng, b, x)))).toBe(true);
  }
  expect(within).toBeGreaterThan(ROUNDS / 50);
});

test("pairs of halves compute as 64-bit integers", () => {
  const rng = random(3);
  for (let i = 0; i < ROUNDS; i++) {
    const [x, y] = [rng.word(), rng.word()];
    const [xh, xl] = halves(x);
    const [yh, yl] = halves(y);
    const n = rng.below(64);
    const shift = BigInt(n);
    expect(unsigned(u64.addHi(xh, xl, yh, yl), u64.addLo(xl, yl))).toBe((x + y) & MASK);
    expect(unsigned(u64.subHi(xh, xl, yh, yl), u64.subLo(xl, yl))).toBe((x - y) & MASK);
    expect(unsigned(u64.mulHi(xh, xl, yh, yl), u64.mulLo(xl, yl))).toBe((x * y) & MASK);
    expect(unsigned(u64.shlHi(xh, xl, n), u64.shlLo(xl, n))).toBe((x << shift) & MASK);
    expect(unsigned(u64.shrHi(xh, n), u64.shrLo(xh, xl, n))).toBe(x >> shift);
    expect(signed(u64.sarHi(xh, n), u64.sarLo(xh, xl, n))).toBe(BigInt.asIntN(64, x) >> shift);
    expect(u64.ltu(xh, xl, yh, yl)).toBe(x < y);
    expect(u64.lts(xh, xl, yh, yl)).toBe(BigInt.asIntN(64, x) < BigInt.asIntN(64, y));
    expect(u64.bitLength(xh, xl)).toBe(x === 0n ? 0 : x.toString(2).length);
    expect(unsigned(u64.onesHi(n), u64.onesLo(n))).toBe((1n << shift) - 1n);
    const small = Number(BigInt.asIntN(53, x));
    expect(u64.signedNumber(u64.highOf(small), u64.lowOf(small))).toBe(small);
    expect(u64.unsignedNumber(xh, xl)).toBe(Number(x));
  }
  expect([u64.onesHi(64), u64.onesLo(64)]).toEqual([-1, -1]);
});
