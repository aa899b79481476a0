/** Scalars for tests: random reachable ones with a known member, and their translation to and from the BigInt twin. */
import { lowerSmax, lowerSmax32, lowerUmax, lowerUmax32, raiseSmin, raiseSmin32, raiseUmin, raiseUmin32, Scalar, syncBounds } from "../scalar.ts";
import type { Random } from "./random.ts";
import type { Tw } from "./twin.ts";

const hi = (x: bigint): number => Number(BigInt.asIntN(32, x >> 32n));
const lo = (x: bigint): number => Number(BigInt.asIntN(32, x));
export const unsigned = (h: number, l: number): bigint => (BigInt(h >>> 0) << 32n) | BigInt(l >>> 0);
export const signed = (h: number, l: number): bigint => BigInt.asIntN(64, unsigned(h, l));
export const halves = (x: bigint): readonly [number, number] => [hi(x), lo(x)];

/** A synchronized scalar that describes `member` and, besides, whatever a few random constraints allow. */
export function sampleAround(rng: Random, member: bigint): Scalar {
  const s = new Scalar();
  const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  const maxOf = (a: bigint, b: bigint): bigint => (a > b ? a : b);
  for (let left = rng.below(4); left > 0; left--) {
    const other = rng.word();
    const [low, high] = [minOf(member, other), maxOf(member, other)];
    const [a, b] = [BigInt.asIntN(64, member), BigInt.asIntN(64, other)];
    const [slow, shigh] = [minOf(a, b), maxOf(a, b)];
    switch (rng.below(6)) {
      case 0: {
        const mask = rng.word();
        s.tmHi &= hi(mask);
        s.tmLo &= lo(mask);
        s.tvHi = hi(member) & ~s.tmHi;
        s.tvLo = lo(member) & ~s.tmLo;
        break;
      }
      case 1:
        raiseUmin(s, ...halves(low));
        lowerUmax(s, ...halves(high));
        break;
      case 2:
        raiseSmin(s, ...halves(slow));
        lowerSmax(s, ...halves(shigh));
        break;
      case 3:
        if (lo(member) >>> 0 < lo(other) >>> 0) lowerUmax32(s, lo(other));
        else raiseUmin32(s, lo(other));
        break;
      case 4:
        if (lo(member) < lo(other)) lowerSmax32(s, lo(other));
        else raiseSmin32(s, lo(other));
        break;
      case 5:
        return Scalar.constant(...halves(member));
    }
  }
  syncBounds(s);
  return s;
}

/** The same scalar in the twin's form. */
export function toTwin(s: Scalar): Tw {
  return {
    t: { v: unsigned(s.tvHi, s.tvLo), m: unsigned(s.tmHi, s.tmLo) },
    umin: unsigned(s.uminHi, s.uminLo), umax: unsigned(s.umaxHi, s.umaxLo), smin: signed(s.sminHi, s.sminLo), smax: signed(s.smaxHi, s.smaxLo),
    umin32: BigInt(s.umin32 >>> 0), umax32: BigInt(s.umax32 >>> 0), smin32: BigInt(s.smin32), smax32: BigInt(s.smax32),
  };
}

/** One line that is equal exactly for equal twins. */
export function describeTwin(t: Tw): string {
  const hex = (x: bigint): string => (x < 0n ? `-0x${(-x).toString(16)}` : `0x${x.toString(16)}`);
  return `(${hex(t.t.v)}; ${hex(t.t.m)}) u[${hex(t.umin)}, ${hex(t.umax)}] s[${hex(t.smin)}, ${hex(t.smax)}] u32[${hex(t.umin32)}, ${hex(t.umax32)}] s32[${hex(t.smin32)}, ${hex(t.smax32)}]`;
}

/** A random number that `s` describes, near `member` (which it describes) or member itself. */
export function otherMember(rng: Random, s: Scalar, member: bigint): bigint {
  const twin = toTwin(s);
  const fits = (x: bigint): boolean =>
    (x & ~twin.t.m & 0xffffffffffffffffn) === twin.t.v && twin.umin <= x && x <= twin.umax && twin.smin <= BigInt.asIntN(64, x) && BigInt.asIntN(64, x) <= twin.smax &&
    twin.umin32 <= (x & 0xffffffffn) && (x & 0xffffffffn) <= twin.umax32 && twin.smin32 <= BigInt.asIntN(32, x) && BigInt.asIntN(32, x) <= twin.smax32;
  for (const x of [twin.umin, twin.umax, BigInt.asUintN(64, twin.smin), BigInt.asUintN(64, twin.smax), twin.t.v, twin.t.v | (rng.word() & twin.t.m), rng.word()]) {
    if (rng.below(3) === 0 && fits(x)) return x;
  }
  return member;
}
