/**
 * The abstract number of the kernel's verifier: what is known of a 64-bit register that holds a scalar. A known-bits
 * number (tnum: value and mask) plus bounds in four views: unsigned and signed, 64 bits and low 32 bits. Owns the class,
 * its constructors, tests and narrowing of single bounds; what the views tell each other is in bounds.ts. Never: register types,
 * ids, precision marks, liveness (machine state's business).
 *
 * A concrete x is described when x agrees with the tnum, lies inside both 64-bit ranges, and its low half inside both
 * 32-bit ranges.
 */
import type { TnumFields } from "./tnum.ts";
import { I32_MAX, I32_MIN, lts, ltu, ltu32, signedNumber, unsignedNumber } from "./u64.ts";

/**
 * All fields are int32 halves (see u64.ts): unsigned quantities too, so read `umin32 >>> 0` for the number. Mutated in
 * place; `copyFrom` to keep a value. May be extended (machine state adds its fields in a subclass): no function here looks at
 * anything but these fields.
 */
export class Scalar implements TnumFields {
  /** Known bits: value (bits known to be one) and mask (bits not known); value & mask is 0. */
  tvHi = 0;
  tvLo = 0;
  tmHi = -1;
  tmLo = -1;
  uminHi = 0;
  uminLo = 0;
  umaxHi = -1;
  umaxLo = -1;
  sminHi = I32_MIN;
  sminLo = 0;
  smaxHi = I32_MAX;
  smaxLo = -1;
  umin32 = 0;
  umax32 = -1;
  smin32 = I32_MIN;
  smax32 = I32_MAX;

  /** A new unknown scalar. */
  static unknown(): Scalar {
    return new Scalar();
  }
  /** A new known scalar from the halves of its 64 bits. */
  static constant(hi: number, lo: number): Scalar {
    const scalar = new Scalar();
    markKnown(scalar, hi, lo);
    return scalar;
  }
  /** A copy of the numeric fields alone. */
  copy(): Scalar {
    const scalar = new Scalar();
    scalar.copyFrom(this);
    return scalar;
  }
  /** Takes over every numeric field of `from`. */
  copyFrom(from: Scalar): void {
    this.tvHi = from.tvHi;
    this.tvLo = from.tvLo;
    this.tmHi = from.tmHi;
    this.tmLo = from.tmLo;
    this.uminHi = from.uminHi;
    this.uminLo = from.uminLo;
    this.umaxHi = from.umaxHi;
    this.umaxLo = from.umaxLo;
    this.sminHi = from.sminHi;
    this.sminLo = from.sminLo;
    this.smaxHi = from.smaxHi;
    this.smaxLo = from.smaxLo;
    this.umin32 = from.umin32;
    this.umax32 = from.umax32;
    this.smin32 = from.smin32;
    this.smax32 = from.smax32;
  }
}

/** Every numeric field is the same. */
export function sameScalar(a: Scalar, b: Scalar): boolean {
  return (
    a.tvLo === b.tvLo && a.tmLo === b.tmLo && a.tvHi === b.tvHi && a.tmHi === b.tmHi &&
    a.uminLo === b.uminLo && a.umaxLo === b.umaxLo && a.uminHi === b.uminHi && a.umaxHi === b.umaxHi &&
    a.sminLo === b.sminLo && a.smaxLo === b.smaxLo && a.sminHi === b.sminHi && a.smaxHi === b.smaxHi &&
    a.umin32 === b.umin32 && a.umax32 === b.umax32 && a.smin32 === b.smin32 && a.smax32 === b.smax32
  );
}

/** All 64 bits are known. */
export function isConst(s: Scalar): boolean {
  return (s.tmHi | s.tmLo) === 0;
}
/** The low 32 bits are known. */
export function isConst32(s: Scalar): boolean {
  return s.tmLo === 0;
}
/** Known to be zero in all 64 bits. */
export function isZero(s: Scalar): boolean {
  return (s.tmHi | s.tmLo | s.tvHi | s.tvLo) === 0;
}
/** Nothing is known. */
export function isUnknown(s: Scalar): boolean {
  return (
    (s.tmHi & s.tmLo) === -1 && (s.uminHi | s.uminLo) === 0 && (s.umaxHi & s.umaxLo) === -1 && s.sminHi === I32_MIN && s.sminLo === 0 &&
    s.smaxHi === I32_MAX && s.smaxLo === -1 && s.umin32 === 0 && s.umax32 === -1 && s.smin32 === I32_MIN && s.smax32 === I32_MAX
  );
}

/** Bounds as doubles: exact within ±2^53, else rounded monotonically, so that a comparison with any smaller limit is right. */
export function umin(s: Scalar): number {
  return unsignedNumber(s.uminHi, s.uminLo);
}
export function umax(s: Scalar): number {
  return unsignedNumber(s.umaxHi, s.umaxLo);
}
export function smin(s: Scalar): number {
  return signedNumber(s.sminHi, s.sminLo);
}
export function smax(s: Scalar): number {
  return signedNumber(s.smaxHi, s.smaxLo);
}
/** The known value as a signed double (isConst must hold); rounded outside ±2^53. */
export function constSigned(s: Scalar): number {
  return signedNumber(s.tvHi, s.tvLo);
}
/** The known value as an unsigned double (isConst must hold); rounded from 2^53 on. */
export function constUnsigned(s: Scalar): number {
  return unsignedNumber(s.tvHi, s.tvLo);
}

/** Exactly the 64-bit number (hi, lo). */
export function markKnown(s: Scalar, hi: number, lo: number): void {
  s.tvHi = s.uminHi = s.umaxHi = s.sminHi = s.smaxHi = hi;
  s.tvLo = s.uminLo = s.umaxLo = s.sminLo = s.smaxLo = lo;
  s.tmHi = s.tmLo = 0;
  s.umin32 = s.umax32 = s.smin32 = s.smax32 = lo;
}
/** Exactly the sign-extended 32-bit number (an instruction's imm). */
export function markKnownImm(s: Scalar, imm: number): void {
  markKnown(s, imm >> 31, imm | 0);
}
/** The low half is exactly `value`; the 64-bit bounds stay (they are stale until syncBounds of bounds.ts). */
export function markKnown32(s: Scalar, value: number): void {
  s.tvLo = value | 0;
  s.tmLo = 0;
  s.umin32 = s.umax32 = s.smin32 = s.smax32 = value | 0;
}
/** Nothing is known: bounds and tnum. */
export function markUnknown(s: Scalar): void {
  s.tvHi = s.tvLo = 0;
  s.tmHi = s.tmLo = -1;
  markUnbounded(s);
}
/** Forgets all bounds; the tnum stays. */
export function markUnbounded(s: Scalar): void {
  markUnbounded64(s);
  markUnbounded32(s);
}
/** Forgets the 64-bit bounds. */
export function markUnbounded64(s: Scalar): void {
  s.uminHi = s.uminLo = 0;
  s.umaxHi = s.umaxLo = -1;
  s.sminHi = I32_MIN;
  s.sminLo = 0;
  s.smaxHi = I32_MAX;
  s.smaxLo = -1;
}
/** Forgets the 32-bit bounds. */
export function markUnbounded32(s: Scalar): void {
  s.umin32 = 0;
  s.umax32 = -1;
  s.smin32 = I32_MIN;
  s.smax32 = I32_MAX;
}
/* One-sided narrowing of a 64-bit bound: keeps the tighter of the two. */
export function raiseUmin(s: Scalar, hi: number, lo: number): void {
  if (ltu(s.uminHi, s.uminLo, hi, lo)) {
    s.uminHi = hi;
    s.uminLo = lo;
  }
}
export function lowerUmax(s: Scalar, hi: number, lo: number): void {
  if (ltu(hi, lo, s.umaxHi, s.umaxLo)) {
    s.umaxHi = hi;
    s.umaxLo = lo;
  }
}
export function raiseSmin(s: Scalar, hi: number, lo: number): void {
  if (lts(s.sminHi, s.sminLo, hi, lo)) {
    s.sminHi = hi;
    s.sminLo = lo;
  }
}
export function lowerSmax(s: Scalar, hi: number, lo: number): void {
  if (lts(hi, lo, s.smaxHi, s.smaxLo)) {
    s.smaxHi = hi;
    s.smaxLo = lo;
  }
}
/* The same for the low halves; all are int32 bit patterns. */
export function raiseUmin32(s: Scalar, value: number): void {
  if (ltu32(s.umin32, value)) s.umin32 = value;
}
export function lowerUmax32(s: Scalar, value: number): void {
  if (ltu32(value, s.umax32)) s.umax32 = value;
}
export function raiseSmin32(s: Scalar, value: number): void {
  if (s.smin32 < value) s.smin32 = value;
}
export function lowerSmax32(s: Scalar, value: number): void {
  if (value < s.smax32) s.smax32 = value;
}

/** The concrete number (hi, lo) is one that `s` describes. */
export function contains(s: Scalar, hi: number, lo: number): boolean {
  return (
    (hi & ~s.tmHi) === s.tvHi && (lo & ~s.tmLo) === s.tvLo &&
    !ltu(hi, lo, s.uminHi, s.uminLo) && !ltu(s.umaxHi, s.umaxLo, hi, lo) && !lts(hi, lo, s.sminHi, s.sminLo) && !lts(s.smaxHi, s.smaxLo, hi, lo) &&
    lo >>> 0 >= s.umin32 >>> 0 && lo >>> 0 <= s.umax32 >>> 0 && lo >= s.smin32 && lo <= s.smax32
  );
}
