/**
 * The abstract number of the kernel's verifier: what is known of a 64-bit register that holds a scalar. A known-bits
 * number (tnum: value and mask) plus bounds in four views: unsigned and signed, 64 bits and low 32 bits. Owns the class,
 * its constructors and the exchange of knowledge between the views (`syncBounds`), all of it as in kernel 6.18.
 * Never: register types, ids, precision marks, liveness (machine state's business).
 *
 * A concrete x is described when x agrees with the tnum, lies inside both 64-bit ranges, and its low half inside both
 * 32-bit ranges.
 */
import { I32_MAX, I32_MIN, lts, ltu, ltu32, signedNumber, unsignedNumber } from "./u64.ts";
import { tnumAssignRange, tnumIntersect, tnumNext, type TnumFields } from "./tnum.ts";

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
/** The low half is exactly `value`; the 64-bit bounds stay (they are stale until syncBounds). */
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
/** Unknown except that as a signed 64-bit number it lies within [min, max]: int32 limits (helper results, callbacks). */
export function narrowSigned32(s: Scalar, min: number, max: number): void {
  if (min > s.smin32) s.smin32 = min;
  if (max < s.smax32) s.smax32 = max;
  raiseSmin(s, min >> 31, min);
  lowerSmax(s, max >> 31, max);
  syncBounds(s);
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

/** Tightens every bound by the known bits. */
export function updateBounds(s: Scalar): void {
  updateBounds32(s);
  updateBounds64(s);
}
/** The same for the 32-bit bounds alone. */
export function updateBounds32(s: Scalar): void {
  raiseSmin32(s, s.tvLo | (s.tmLo & I32_MIN));
  lowerSmax32(s, s.tvLo | (s.tmLo & I32_MAX));
  raiseUmin32(s, s.tvLo);
  lowerUmax32(s, s.tvLo | s.tmLo);
}
function updateBounds64(s: Scalar): void {
  raiseSmin(s, s.tvHi | (s.tmHi & I32_MIN), s.tvLo);
  lowerSmax(s, s.tvHi | (s.tmHi & I32_MAX), s.tvLo | s.tmLo);
  raiseUmin(s, s.tvHi, s.tvLo);
  lowerUmax(s, s.tvHi | s.tmHi, s.tvLo | s.tmLo);
  knowSingle(s);
}

/** Where the unsigned range holds a single number that the known bits allow, the scalar is that number. */
function knowSingle(s: Scalar): void {
  const inTnum = (s.uminHi & ~s.tmHi) === s.tvHi && (s.uminLo & ~s.tmLo) === s.tvLo;
  tnumNext(scratch, s, s.uminHi, s.uminLo);
  const hi = scratch.tvHi;
  const lo = scratch.tvLo;
  const beyond = ltu(s.umaxHi, s.umaxLo, hi, lo);
  if (inTnum) {
    if (beyond) markKnown(s, s.uminHi, s.uminLo);
    return;
  }
  if (hi === (s.tvHi | s.tmHi) && lo === (s.tvLo | s.tmLo)) {
    markKnown(s, hi, lo);
    return;
  }
  if (beyond) return;
  tnumNext(scratch, s, hi, lo);
  if (ltu(s.umaxHi, s.umaxLo, scratch.tvHi, scratch.tvLo)) markKnown(s, hi, lo);
}

/** 32-bit bounds from the 64-bit ones, where the range doesn't wrap in its low half, then each sign's from the other's. */
function deduce32(s: Scalar): void {
  if (s.uminHi === s.umaxHi) {
    raiseUmin32(s, s.uminLo);
    lowerUmax32(s, s.umaxLo);
    if (s.uminLo <= s.umaxLo) {
      raiseSmin32(s, s.uminLo);
      lowerSmax32(s, s.umaxLo);
    }
  }
  if (s.sminHi === s.smaxHi) {
    if (s.sminLo >>> 0 <= s.smaxLo >>> 0) {
      raiseUmin32(s, s.sminLo);
      lowerUmax32(s, s.smaxLo);
    }
    if (s.sminLo <= s.smaxLo) {
      raiseSmin32(s, s.sminLo);
      lowerSmax32(s, s.smaxLo);
    }
  }
  // A range that crosses one 2^32 boundary from a negative to a non-negative low half is contiguous as signed 32-bit.
  if (((s.uminHi + 1) | 0) === s.umaxHi && s.uminLo < 0 && s.umaxLo >= 0) {
    raiseSmin32(s, s.uminLo);
    lowerSmax32(s, s.umaxLo);
  }
  if (((s.sminHi + 1) | 0) === s.smaxHi && s.sminLo < 0 && s.smaxLo >= 0) {
    raiseSmin32(s, s.sminLo);
    lowerSmax32(s, s.smaxLo);
  }
  if (s.umin32 <= s.umax32) {
    raiseSmin32(s, s.umin32);
    lowerSmax32(s, s.umax32);
  }
  if (s.smin32 >>> 0 <= s.smax32 >>> 0) {
    raiseUmin32(s, s.smin32);
    lowerUmax32(s, s.smax32);
  } else if (s.umax32 >>> 0 < s.smin32 >>> 0) {
    // The signed range wraps as unsigned; the unsigned one meets only its non-negative part.
    s.smin32 = s.umin32;
    lowerUmax32(s, s.smax32);
  } else if (s.smax32 >>> 0 < s.umin32 >>> 0) {
    // … or only its negative part.
    s.smax32 = s.umax32;
    raiseUmin32(s, s.smin32);
  }
}

/** Each sign's 64-bit bounds from the other's. */
function deduce64(s: Scalar): void {
  if (!lts(s.umaxHi, s.umaxLo, s.uminHi, s.uminLo)) {
    raiseSmin(s, s.uminHi, s.uminLo);
    lowerSmax(s, s.umaxHi, s.umaxLo);
  }
  if (!ltu(s.smaxHi, s.smaxLo, s.sminHi, s.sminLo)) {
    raiseUmin(s, s.sminHi, s.sminLo);
    lowerUmax(s, s.smaxHi, s.smaxLo);
  } else if (ltu(s.umaxHi, s.umaxLo, s.sminHi, s.sminLo)) {
    s.sminHi = s.uminHi;
    s.sminLo = s.uminLo;
    lowerUmax(s, s.smaxHi, s.smaxLo);
  } else if (ltu(s.smaxHi, s.smaxLo, s.uminHi, s.uminLo)) {
    s.smaxHi = s.umaxHi;
    s.smaxLo = s.umaxLo;
    raiseUmin(s, s.sminHi, s.sminLo);
  }
}

/** 64-bit bounds from the 32-bit ones: the low halves at both ends can't be outside them. */
function deduceMixed(s: Scalar): void {
  tightenEnds(s, s.umin32, s.umax32);
  if (s.smin32 >>> 0 <= s.smax32 >>> 0) tightenEnds(s, s.smin32, s.smax32);
  // A 32-bit value that was sign-extended and is not negative: the 64-bit value is the same.
  if (s.smin32 >= 0 && !lts(s.sminHi, s.sminLo, -1, I32_MIN) && !lts(0, I32_MAX, s.smaxHi, s.smaxLo)) {
    s.sminHi = s.smaxHi = s.uminHi = s.umaxHi = 0;
    s.sminLo = s.uminLo = s.smin32;
    s.smaxLo = s.umaxLo = s.smax32;
    // Not negative either, unless the bounds contradict each other: then it is sign-extended too, like the kernel's.
    if (s.smax32 < 0) s.smaxHi = s.umaxHi = -1;
    tnumAssignRange(scratch, s.sminHi, s.sminLo, s.smaxHi, s.smaxLo);
    tnumIntersect(s, scratch);
  }
}
function tightenEnds(s: Scalar, min: number, max: number): void {
  raiseUmin(s, s.uminHi, min);
  lowerUmax(s, s.umaxHi, max);
  raiseSmin(s, s.sminHi, min);
  lowerSmax(s, s.smaxHi, max);
}

/** Tightens the tnum by the unsigned bounds of both widths. */
function boundOffset(s: Scalar): void {
  tnumAssignRange(scratch, s.uminHi, s.uminLo, s.umaxHi, s.umaxLo);
  tnumIntersect(s, scratch);
  tnumAssignRange(scratch, 0, s.umin32, 0, s.umax32);
  const mask = s.tmLo & scratch.tmLo;
  s.tvLo = (s.tvLo | scratch.tvLo) & ~mask;
  s.tmLo = mask;
}

/** Lets every view tighten the others, in the kernel's order and number of rounds (so that equal inputs give equal ranges). */
export function syncBounds(s: Scalar): void {
  updateBounds(s);
  for (let round = 0; round < 3; round++) {
    deduce32(s);
    deduce64(s);
    deduceMixed(s);
  }
  boundOffset(s);
  updateBounds(s);
}

/** What contradicts itself, in the kernel's words, or undefined. The kernel then forgets all bounds (restoreSanity). */
export function insane(s: Scalar): string | undefined {
  if (
    ltu(s.umaxHi, s.umaxLo, s.uminHi, s.uminLo) || lts(s.smaxHi, s.smaxLo, s.sminHi, s.sminLo) || s.umin32 >>> 0 > s.umax32 >>> 0 || s.smin32 > s.smax32
  ) {
    return "range bounds violation";
  }
  if (isConst(s)) {
    const hi = s.tvHi;
    const lo = s.tvLo;
    const same =
      s.uminHi === hi && s.uminLo === lo && s.umaxHi === hi && s.umaxLo === lo && s.sminHi === hi && s.sminLo === lo && s.smaxHi === hi && s.smaxLo === lo;
    if (!same) return "const tnum out of sync with range bounds";
  }
  if (isConst32(s)) {
    const lo = s.tvLo;
    if (s.umin32 !== lo || s.umax32 !== lo || s.smin32 !== lo || s.smax32 !== lo) return "const subreg tnum out of sync with range bounds";
  }
  return undefined;
}
/** Forgets the bounds of a contradictory scalar, as the kernel does after a branch that can't be taken; true if it was one. */
export function restoreSanity(s: Scalar): boolean {
  if (insane(s) === undefined) return false;
  markUnbounded(s);
  return true;
}

/** The concrete number (hi, lo) is one that `s` describes. */
export function contains(s: Scalar, hi: number, lo: number): boolean {
  return (
    (hi & ~s.tmHi) === s.tvHi && (lo & ~s.tmLo) === s.tvLo &&
    !ltu(hi, lo, s.uminHi, s.uminLo) && !ltu(s.umaxHi, s.umaxLo, hi, lo) && !lts(hi, lo, s.sminHi, s.sminLo) && !lts(s.smaxHi, s.smaxLo, hi, lo) &&
    lo >>> 0 >= s.umin32 >>> 0 && lo >>> 0 <= s.umax32 >>> 0 && lo >= s.smin32 && lo <= s.smax32
  );
}

const scratch: TnumFields = { tvHi: 0, tvLo: 0, tmHi: 0, tmLo: 0 };
