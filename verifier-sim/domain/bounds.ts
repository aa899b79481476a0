/**
 * What the views of a scalar tell each other, in kernel 6.18's order and number of steps, since equal inputs must give equal
 * ranges: bounds from known bits, 32-bit bounds from 64-bit ones, signed from unsigned and back, known bits from bounds. Also
 * the check for contradictions, which branches that can't be taken leave behind.
 */
import { ARITHMETIC } from "./arithmetic.ts";
import {
  isConst, isConst32, lowerSmax, lowerSmax32, lowerUmax, lowerUmax32, markKnown, markUnbounded, raiseSmin, raiseSmin32, raiseUmin, raiseUmin32, type Scalar,
} from "./scalar.ts";
import { tnumAssignRange, tnumIntersect, tnumNext, type TnumFields } from "./tnum.ts";
import { I32_MAX, I32_MIN, lts, ltu } from "./u64.ts";

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
  if (!ARITHMETIC.singles) return;
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

/** Lets every view tighten the others, in the kernel's order and at most its three rounds, so that the ranges are its. */
export function syncBounds(s: Scalar): void {
  if (isExact(s)) return;
  if (ARITHMETIC.early) return syncEarly(s);
  updateBounds(s);
  for (let round = 0; round < 3 && deduce(s); round++);
  boundOffset(s);
  updateBounds(s);
}

/** As kernels before 6.8: signs tell each other, once; widths do only where `combineEarly` says. */
function syncEarly(s: Scalar): void {
  updateBounds(s);
  early32(s);
  early64(s);
  const { tvLo, tmLo } = s;
  tnumAssignRange(scratch, s.uminHi, s.uminLo, s.umaxHi, s.umaxLo);
  tnumIntersect(s, scratch);
  tnumAssignRange(scratch, 0, s.umin32, 0, s.umax32);
  const mask = tmLo & scratch.tmLo;
  s.tvLo = (tvLo | scratch.tvLo) & ~mask;
  s.tmLo = mask;
  updateBounds(s);
}

function early32(s: Scalar): void {
  if (s.smin32 >= 0 || s.smax32 < 0) {
    raiseUmin32(s, s.smin32);
    lowerUmax32(s, s.smax32);
    s.smin32 = s.umin32;
    s.smax32 = s.umax32;
  } else if (s.umax32 >= 0) {
    s.smin32 = s.umin32;
    lowerUmax32(s, s.smax32);
    s.smax32 = s.umax32;
  } else if (s.umin32 < 0) {
    raiseUmin32(s, s.smin32);
    s.smin32 = s.umin32;
    s.smax32 = s.umax32;
  }
}
function early64(s: Scalar): void {
  if (s.sminHi >= 0 || s.smaxHi < 0) {
    raiseUmin(s, s.sminHi, s.sminLo);
    lowerUmax(s, s.smaxHi, s.smaxLo);
    signedIsUnsigned(s);
  } else if (s.umaxHi >= 0) {
    lowerUmax(s, s.smaxHi, s.smaxLo);
    signedIsUnsigned(s);
  } else if (s.uminHi < 0) {
    raiseUmin(s, s.sminHi, s.sminLo);
    signedIsUnsigned(s);
  }
}
function signedIsUnsigned(s: Scalar): void {
  s.sminHi = s.uminHi;
  s.sminLo = s.uminLo;
  s.smaxHi = s.umaxHi;
  s.smaxLo = s.umaxLo;
}

/** After a comparison of 64 or 32 bits, before 6.8: what it says of the other width. */
export function combineEarly(s: Scalar, is64: boolean): void {
  if (is64) {
    const signed = isSigned32(s.sminHi, s.sminLo) && isSigned32(s.smaxHi, s.smaxLo);
    const unsigned = s.uminHi === 0 && s.umaxHi === 0;
    s.smin32 = signed ? s.sminLo : I32_MIN;
    s.smax32 = signed ? s.smaxLo : I32_MAX;
    s.umin32 = unsigned ? s.uminLo : 0;
    s.umax32 = unsigned ? s.umaxLo : -1;
    return;
  }
  if ((s.tvHi | s.tmHi) !== 0) return forget64(s);
  s.uminHi = s.umaxHi = s.sminHi = s.smaxHi = 0;
  s.uminLo = s.umin32;
  s.umaxLo = s.umax32;
  const positive = s.smin32 >= 0 && s.smax32 >= 0;
  s.sminLo = positive ? s.smin32 : 0;
  s.smaxLo = positive ? s.smax32 : -1;
}
function isSigned32(hi: number, lo: number): boolean {
  return hi === lo >> 31;
}
function forget64(s: Scalar): void {
  s.uminHi = s.uminLo = 0;
  s.umaxHi = s.umaxLo = -1;
  s.sminHi = I32_MIN;
  s.sminLo = 0;
  s.smaxHi = I32_MAX;
  s.smaxLo = -1;
}

/** A constant whose bounds all say so: nothing to exchange. */
function isExact(s: Scalar): boolean {
  const hi = s.tvHi;
  const lo = s.tvLo;
  return (
    (s.tmHi | s.tmLo) === 0 && s.uminLo === lo && s.umaxLo === lo && s.sminLo === lo && s.smaxLo === lo && s.uminHi === hi && s.umaxHi === hi &&
    s.sminHi === hi && s.smaxHi === hi && s.umin32 === lo && s.umax32 === lo && s.smin32 === lo && s.smax32 === lo
  );
}

/** One round of deductions; false if it changed nothing, so that another would neither. */
function deduce(s: Scalar): boolean {
  const { uminHi, uminLo, umaxHi, umaxLo, sminHi, sminLo, smaxHi, smaxLo, umin32, umax32, smin32, smax32, tvHi, tvLo, tmHi, tmLo } = s;
  deduce32(s);
  deduce64(s);
  deduceMixed(s);
  return (
    uminLo !== s.uminLo || umaxLo !== s.umaxLo || sminLo !== s.sminLo || smaxLo !== s.smaxLo || uminHi !== s.uminHi || umaxHi !== s.umaxHi ||
    sminHi !== s.sminHi || smaxHi !== s.smaxHi || umin32 !== s.umin32 || umax32 !== s.umax32 || smin32 !== s.smin32 || smax32 !== s.smax32 ||
    tvHi !== s.tvHi || tvLo !== s.tvLo || tmHi !== s.tmHi || tmLo !== s.tmLo
  );
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

/** Tightens s: as a signed 64-bit number it lies within [min, max]: int32 limits (helper results, callbacks). */
export function narrowSigned32(s: Scalar, min: number, max: number): void {
  if (min > s.smin32) s.smin32 = min;
  if (max < s.smax32) s.smax32 = max;
  raiseSmin(s, min >> 31, min);
  lowerSmax(s, max >> 31, max);
  syncBounds(s);
}

const scratch: TnumFields = { tvHi: 0, tvLo: 0, tmHi: 0, tmLo: 0 };
