/**
 * Soundness of the BigInt twin by enumeration at small widths: whatever two abstract numbers describe, the abstract result
 * describes what the instruction computes. Tnums exhaustively at 5 bits; scalars at 4 bits with halves of 2: pairs of known
 * bits, of unsigned and of signed ranges (all of them with DOMAIN_EXHAUSTIVE=1), and random mixtures of all views; mixtures at
 * 6 bits with halves of 3.
 */
import { describe, expect, test } from "vitest";
import { ALU, JMP } from "./ops.ts";
import { concreteAlu, concreteJump } from "./testing/concrete.ts";
import { random } from "./testing/random.ts";
import { describeTwin, toTwin } from "./testing/sample.ts";
import { Scalar } from "./scalar.ts";
import { type Tn, type Tw, Width } from "./testing/twin.ts";
import { twinAlu, twinRefine, twinSignExtend, twinTaken, twinTruncate, twinZeroExtend } from "./testing/twin-ops.ts";

/** Pairs of random mixtures per operation and width; more by hand: DOMAIN_PAIRS=100000. */
const PAIRS = Number(process.env.DOMAIN_PAIRS ?? 600);
/** All pairs of everything (two minutes); otherwise all pairs of tnums in arithmetic and every n-th of the rest. */
const EXHAUSTIVE = process.env.DOMAIN_EXHAUSTIVE === "1";
const ALU_OPS = Object.entries(ALU).filter(([name]) => name !== "MOV" && name !== "END");
const isShift = (op: number): boolean => op === ALU.LSH || op === ALU.RSH || op === ALU.ARSH;

/** An abstract number with everything it describes. */
interface Known {
  readonly tw: Tw;
  readonly members: readonly bigint[];
}
const numbers = (w: Width): bigint[] => Array.from({ length: 1 << w.bits }, (_, i) => BigInt(i));
const enumerate = (w: Width, tw: Tw): Known => ({ tw, members: numbers(w).filter((x) => w.has(tw, x)) });

function tnums(w: Width): Tn[] {
  const all: Tn[] = [];
  for (const m of numbers(w)) for (const v of numbers(w)) if ((v & m) === 0n) all.push({ v, m });
  return all;
}
function synced(w: Width, narrow: Partial<Tw>): Known {
  const tw = { ...w.unknown(), ...narrow };
  w.sync(tw);
  return enumerate(w, tw);
}
const byTnum = (w: Width): Known[] => tnums(w).map((t) => synced(w, { t }));
function byRange(w: Width, signed: boolean): Known[] {
  const all: Known[] = [];
  for (let a = 0n; a <= w.all; a++)
    for (let b = a; b <= w.all; b++) all.push(signed ? synced(w, { smin: a + w.sMin, smax: b + w.sMin }) : synced(w, { umin: a, umax: b }));
  return all;
}
/** Random constraints of every view around one number each, so that none is empty. */
function mixtures(w: Width, count: number, seed: number): Known[] {
  const rng = random(seed);
  const pick = (): bigint => BigInt(rng.below(1 << w.bits));
  const order = (a: bigint, b: bigint): [bigint, bigint] => (a < b ? [a, b] : [b, a]);
  return Array.from({ length: count }, () => {
    const x = pick();
    const tw = w.unknown();
    const some = (): boolean => rng.below(2) === 0;
    if (some()) {
      const m = pick() | pick();
      tw.t = { v: x & ~m, m };
    }
    if (some()) [tw.umin, tw.umax] = order(x, pick());
    if (some()) [tw.smin, tw.smax] = order(w.s(x), w.s(pick()));
    if (some()) [tw.umin32, tw.umax32] = order(w.u32(x), w.u32(pick()));
    if (some()) [tw.smin32, tw.smax32] = order(w.s32(x), w.s32(pick()));
    const before = enumerate(w, { ...tw }).members;
    w.sync(tw);
    const known = enumerate(w, tw);
    // The kernel's exchange may add numbers in rare cases, never lose one.
    for (const member of before) if (!known.members.includes(member)) expect.fail(`synchronizing loses ${member}: ${describeTwin(tw)}`);
    return known;
  });
}

function checkAlu(w: Width, op: number, is64: boolean, a: Known, b: Known): void {
  const bits = is64 ? w.bits : w.half;
  const result = twinAlu(w, op, is64, a.tw, b.tw);
  const reached = new Set<bigint>();
  for (const x of a.members) {
    for (const y of b.members) {
      if (isShift(op) && BigInt.asUintN(bits, y) >= BigInt(bits)) continue;
      reached.add(concreteAlu(op, bits, x, y));
    }
  }
  for (const z of reached) if (!w.has(result, z)) expect.fail(`${describeTwin(a.tw)} op ${describeTwin(b.tw)} = ${describeTwin(result)} misses ${z}`);
}
function checkJump(w: Width, op: number, is64: boolean, a: Known, b: Known): void {
  const bits = is64 ? w.bits : w.half;
  const taken = twinTaken(w, op, is64, a.tw, b.tw);
  const sides = taken === -1 ? ([twinRefine(w, op, is64, a.tw, b.tw, false), twinRefine(w, op, is64, a.tw, b.tw, true)] as const) : undefined;
  for (const x of a.members) {
    for (const y of b.members) {
      const holds = concreteJump(op, bits, x, y);
      const right = sides === undefined ? holds === (taken === 1) : w.has(sides[Number(holds)]![0], x) && w.has(sides[Number(holds)]![1], y);
      if (!right) expect.fail(`${describeTwin(a.tw)} ? ${describeTwin(b.tw)} forgets ${x} ? ${y}`);
    }
  }
}
/** All pairs, or every `stride`-th, beginning elsewhere for every operation. */
function checkAll(check: typeof checkAlu, w: Width, op: number, list: readonly Known[], stride: number): void {
  for (let i = op % stride; i < list.length ** 2; i += stride) {
    for (const is64 of [true, false]) check(w, op, is64, list[Math.floor(i / list.length)]!, list[i % list.length]!);
  }
}
/** Each with its neighbour, for random lists. */
function checkPairs(check: typeof checkAlu, w: Width, op: number, list: readonly Known[]): void {
  for (let i = 0; i + 1 < list.length; i += 2) for (const is64 of [true, false]) check(w, op, is64, list[i]!, list[i + 1]!);
}

describe("tnums at 5 bits, all pairs", () => {
  const w = new Width(5);
  const all = tnums(w);
  const members = new Map(all.map((t) => [t, numbers(w).filter((x) => (x & ~t.m & w.all) === t.v)]));
  const cases: readonly (readonly [string, (a: Tn, b: Tn) => Tn, (x: bigint, y: bigint) => bigint])[] = [
    ["add", (a, b) => w.tAdd(a, b), (x, y) => w.u(x + y)],
    ["sub", (a, b) => w.tSub(a, b), (x, y) => w.u(x - y)],
    ["mul", (a, b) => w.tMul(a, b), (x, y) => w.u(x * y)],
    ["and", (a, b) => w.tAnd(a, b), (x, y) => x & y],
    ["or", (a, b) => w.tOr(a, b), (x, y) => x | y],
    ["xor", (a, b) => w.tXor(a, b), (x, y) => x ^ y],
    ["union", (a, b) => w.tUnion(a, b), (x) => x],
  ];
  for (const [name, abstract, concrete] of cases) {
    test(name, () => {
      for (const a of all) {
        for (const b of all) {
          const result = abstract(a, b);
          const known = w.all & ~result.m;
          for (const x of members.get(a)!) {
            for (const y of members.get(b)!) if ((concrete(x, y) & known) !== result.v) expect.fail(`${name} ${a.v};${a.m} ${b.v};${b.m}`);
          }
        }
      }
    });
  }
  test("next member, overlap and intersection", () => {
    for (const t of all) {
      const list = members.get(t)!;
      for (const z of numbers(w)) expect(w.tNext(t, z)).toBe(list.find((x) => x > z) ?? list.at(-1));
      for (const other of all) {
        const common = list.filter((x) => members.get(other)!.includes(x));
        expect(w.tOverlap(t, other)).toBe(common.length > 0);
        if (common.length > 0) expect(members.get(all.find((s) => s.v === w.tIntersect(t, other).v && s.m === w.tIntersect(t, other).m)!)).toEqual(common);
      }
    }
  });
});

describe("scalars at 4 and 6 bits", () => {
  const w4 = new Width(4);
  const w6 = new Width(6);
  const known = byTnum(w4);
  const unsigned = byRange(w4, false);
  const signed = byRange(w4, true);
  const mixed4 = mixtures(w4, 2 * PAIRS, 4);
  const mixed6 = mixtures(w6, PAIRS, 6);
  for (const [name, op] of ALU_OPS) {
    test(name, () => {
      checkAll(checkAlu, w4, op, known, 1);
      for (const ranges of [unsigned, signed]) checkAll(checkAlu, w4, op, ranges, EXHAUSTIVE ? 1 : 7);
      checkPairs(checkAlu, w4, op, mixed4);
      checkPairs(checkAlu, w6, op, mixed6);
    });
  }
  for (const [name, op] of Object.entries(JMP)) {
    test(name, () => {
      checkAll(checkJump, w4, op, known, EXHAUSTIVE ? 1 : 5);
      for (const ranges of [unsigned, signed]) checkAll(checkJump, w4, op, ranges, EXHAUSTIVE ? 1 : 23);
      checkPairs(checkJump, w4, op, mixed4);
      checkPairs(checkJump, w6, op, mixed6);
    });
  }
  test("changes of width", () => {
    for (const [w, list] of [[w4, [...known, ...unsigned, ...signed, ...mixed4]], [w6, mixed6]] as const) {
      for (const { tw, members } of list) {
        const extended = twinZeroExtend(w, tw);
        for (const x of members) expect(w.has(extended, w.u32(x))).toBe(true);
        for (let bits = 1; bits < w.bits; bits++) {
          const [cut, wide] = [twinTruncate(w, tw, bits), bits <= w.half ? twinSignExtend(w, tw, bits, true) : undefined];
          const low = bits < w.half ? twinSignExtend(w, tw, bits, false) : undefined;
          for (const x of members) {
            if (bits <= w.half) expect(w.has(cut, BigInt.asUintN(bits, x))).toBe(true);
            if (wide) expect(w.has(wide, w.u(BigInt.asIntN(bits, x)))).toBe(true);
            if (low) expect(w.has(low, w.u32(BigInt.asIntN(bits, x)))).toBe(true);
          }
        }
      }
    }
  });
  test("the unknown scalar of 64 bits is the fast domain's", () => {
    expect(describeTwin(toTwin(new Scalar()))).toBe(describeTwin(new Width(64).unknown()));
  });
});
