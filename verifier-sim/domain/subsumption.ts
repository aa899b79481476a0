/** Comparison of abstract numbers for state pruning: may a visited state stand for the current one? As in kernel 6.18. */
import type { Scalar } from "./scalar.ts";
import { tnumIn } from "./tnum.ts";
import { lts, ltu } from "./u64.ts";

/** Every bound of `current` lies within the same bound of `old`. */
export function rangeWithin(old: Scalar, current: Scalar): boolean {
  return (
    !ltu(current.uminHi, current.uminLo, old.uminHi, old.uminLo) && !ltu(old.umaxHi, old.umaxLo, current.umaxHi, current.umaxLo) &&
    !lts(current.sminHi, current.sminLo, old.sminHi, old.sminLo) && !lts(old.smaxHi, old.smaxLo, current.smaxHi, current.smaxLo) &&
    current.umin32 >>> 0 >= old.umin32 >>> 0 && current.umax32 >>> 0 <= old.umax32 >>> 0 &&
    current.smin32 >= old.smin32 && current.smax32 <= old.smax32
  );
}

/** Every number that `current` describes is one of `old`'s: bounds and known bits. */
export function scalarWithin(old: Scalar, current: Scalar): boolean {
  return rangeWithin(old, current) && tnumIn(old, current);
}
