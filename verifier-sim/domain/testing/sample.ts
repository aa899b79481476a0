/** Scalars for tests: random reachable ones with a known member, and their translation to and from the BigInt twin. */
import { syncBounds } from "../bounds.ts";
import { lowerSmax, lowerSmax32, lowerUmax, lowerUmax32, raiseSmin, raiseSmin32, raiseUmin, raiseUmin32, Scalar } from "../scalar.ts";
import type { Random } from "./random.ts";
import { type Tw, Width } from "./twin.ts";

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
  const range = (name: string, min: bigint, max: bigint): string => `${name}[${hex(min)}, ${hex(max)}]`;
  return [
    `(${hex(t.t.v)}; ${hex(t.t.m)})`, range("u", t.umin, t.umax), range("s", t.smin, t.smax),
    range("u32", t.umin32, t.umax32), range("s32", t.smin32, t.smax32),
  ].join(" ");
}

const WIDE = new Width(64);
/** A random number that `s` describes, near `member` (which it describes) or member itself. */
export function otherMember(rng: Random, s: Scalar, member: bigint): bigint {
  const twin = toTwin(s);
  const ends = [twin.umin, twin.umax, WIDE.u(twin.smin), WIDE.u(twin.smax)];
  for (const x of [...ends, twin.t.v, twin.t.v | (rng.word() & twin.t.m), rng.word()]) {
    if (rng.below(3) === 0 && WIDE.has(twin, x)) return x;
  }
  return member;
}
