/**
 * And, or, exclusive or on abstract numbers, as in kernel 6.18: the tnum first, then bounds from it. Used by alu.ts alone.
 * "Known" below is of the result and the source: a known source can make the result known whatever the destination was.
 */
import { updateBounds } from "./bounds.ts";
import { isConst, lowerUmax, lowerUmax32, markKnown, markKnown32, raiseUmin, raiseUmin32, type Scalar } from "./scalar.ts";
import { tnumAnd, tnumOr, tnumXor } from "./tnum.ts";
import { I32_MAX, I32_MIN, lts } from "./u64.ts";

/** dst := dst & src; the result is at most the smaller operand. */
export function bitAnd(d: Scalar, s: Scalar): void {
  tnumAnd(d, s);
  const known = isConst(d) && isConst(s);
  const known32 = (d.tmLo | s.tmLo) === 0;
  if (known32) {
    markKnown32(d, d.tvLo);
  } else {
    d.umin32 = d.tvLo;
    lowerUmax32(d, s.umax32);
    signedFromUnsigned32(d);
  }
  if (known) {
    markKnown(d, d.tvHi, d.tvLo);
    return;
  }
  d.uminHi = d.tvHi;
  d.uminLo = d.tvLo;
  lowerUmax(d, s.umaxHi, s.umaxLo);
  signedFromUnsigned64(d);
  updateBounds(d);
}

/** dst := dst | src; the result is at least the larger operand. */
export function bitOr(d: Scalar, s: Scalar): void {
  tnumOr(d, s);
  const known = isConst(d) && isConst(s);
  const known32 = (d.tmLo | s.tmLo) === 0;
  if (known32) {
    markKnown32(d, d.tvLo);
  } else {
    raiseUmin32(d, s.umin32);
    d.umax32 = d.tvLo | d.tmLo;
    signedFromUnsigned32(d);
  }
  if (known) {
    markKnown(d, d.tvHi, d.tvLo);
    return;
  }
  raiseUmin(d, s.uminHi, s.uminLo);
  d.umaxHi = d.tvHi | d.tmHi;
  d.umaxLo = d.tvLo | d.tmLo;
  signedFromUnsigned64(d);
  updateBounds(d);
}

/** dst := dst ^ src; only the known bits say anything. */
export function bitXor(d: Scalar, s: Scalar): void {
  tnumXor(d, s);
  const known = isConst(d) && isConst(s);
  const known32 = (d.tmLo | s.tmLo) === 0;
  if (known32) {
    markKnown32(d, d.tvLo);
  } else {
    d.umin32 = d.tvLo;
    d.umax32 = d.tvLo | d.tmLo;
    signedFromUnsigned32(d);
  }
  if (known) {
    markKnown(d, d.tvHi, d.tvLo);
    return;
  }
  d.uminHi = d.tvHi;
  d.uminLo = d.tvLo;
  d.umaxHi = d.tvHi | d.tmHi;
  d.umaxLo = d.tvLo | d.tmLo;
  signedFromUnsigned64(d);
  updateBounds(d);
}

/** A range that is no larger as signed numbers is the signed range; else nothing is known of the sign. */
function signedFromUnsigned32(d: Scalar): void {
  const ordered = d.umin32 <= d.umax32;
  d.smin32 = ordered ? d.umin32 : I32_MIN;
  d.smax32 = ordered ? d.umax32 : I32_MAX;
}
function signedFromUnsigned64(d: Scalar): void {
  const ordered = !lts(d.umaxHi, d.umaxLo, d.uminHi, d.uminLo);
  d.sminHi = ordered ? d.uminHi : I32_MIN;
  d.sminLo = ordered ? d.uminLo : 0;
  d.smaxHi = ordered ? d.umaxHi : I32_MAX;
  d.smaxLo = ordered ? d.umaxLo : -1;
}
