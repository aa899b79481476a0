/**
 * Arithmetic on abstract numbers: what the destination may hold after `dst op= src`, as in kernel 6.18. Owns the dispatch
 * and the additive and multiplicative operations; bitwise ones are in bitwise.ts, shifts in shift.ts, moves and loads that
 * change width in resize.ts. Never: pointers, forks, errors (a shift by too much is refused before it gets here).
 */
import { ARITHMETIC } from "./arithmetic.ts";
import { bitAnd, bitOr, bitXor } from "./bitwise.ts";
import { ALU } from "./ops.ts";
import { assign32Into64 } from "./resize.ts";
import { syncBounds } from "./bounds.ts";
import { isConst, isConst32, markKnown, markUnknown, Scalar } from "./scalar.ts";
import { shiftLeft, shiftRight, shiftRightSigned } from "./shift.ts";
import { tnumAdd, tnumMul, tnumNeg, tnumSub, tnumCopy } from "./tnum.ts";
import { addHi, addLo, I32_MAX, I32_MIN, lts, ltu, mulHi, mulHi32, mulLo, subHi, subLo } from "./u64.ts";

/**
 * dst := dst op src in all 64 bits (`is64`) or in the low 32 with the high half zeroed. `op` is one of ALU except MOV and
 * END (see resize.ts); NEG ignores src. src may be dst. Division and modulo make the result unknown, as 6.18 does, and so
 * does a shift by an amount that is not known or not below the width.
 */
export function scalarAlu(op: number, is64: boolean, dst: Scalar, src: Scalar): void {
  if (src === dst) {
    operand.copyFrom(dst);
    src = operand;
  }
  if (!rangeComputable(op, is64, src)) {
    markUnknown(dst);
    return;
  }
  switch (op) {
    case ALU.ADD:
      add32(dst, src);
      add64(dst, src);
      tnumAdd(dst, src);
      break;
    case ALU.SUB:
      subtract(dst, src);
      tnumSub(dst, src);
      break;
    case ALU.NEG:
      negated.copyFrom(dst);
      markKnown(dst, 0, 0);
      subtract(dst, negated);
      tnumCopy(dst, negated);
      tnumNeg(dst);
      break;
    case ALU.MUL:
      tnumMul(dst, src);
      if (ARITHMETIC.signedProducts) {
        mul32(dst, src);
        mul64(dst, src);
      } else {
        mulPositive32(dst, src);
        mulPositive64(dst, src);
      }
      break;
    case ALU.AND:
      bitAnd(dst, src);
      break;
    case ALU.OR:
      bitOr(dst, src);
      break;
    case ALU.XOR:
      bitXor(dst, src);
      break;
    case ALU.LSH:
      shiftLeft(dst, src, is64);
      break;
    case ALU.RSH:
      shiftRight(dst, src, is64);
      break;
    case ALU.ARSH:
      shiftRightSigned(dst, src, is64);
      break;
  }
  if (!is64) assign32Into64(dst);
  syncBounds(dst);
}

/** The kernel computes a range for this operation; otherwise the result is unknown. */
function rangeComputable(op: number, is64: boolean, src: Scalar): boolean {
  switch (op) {
    case ALU.LSH:
    case ALU.RSH:
    case ALU.ARSH: {
      const constant = is64
        ? isConst(src) && src.sminHi === src.smaxHi && src.sminLo === src.smaxLo && src.uminHi === src.umaxHi && src.uminLo === src.umaxLo
        : isConst32(src) && src.smin32 === src.smax32 && src.umin32 === src.umax32;
      return constant && src.umaxHi === 0 && src.umaxLo >>> 0 < (is64 ? 64 : 32);
    }
    case ALU.MUL:
    case ALU.OR:
    case ALU.XOR:
      return ARITHMETIC.unknownSources || (is64 ? isConst(src) : isConst32(src));
    case ALU.NEG:
      return ARITHMETIC.negates;
    case ALU.DIV:
    case ALU.MOD:
    case ALU.END:
      return false;
    default:
      return true;
  }
}

/**
 * Width of the fork that the kernel makes before `dst op= src` (AND and OR with a known source): when dst is known to be 0 or
 * -1, as after an arithmetic shift by width - 1, it explores both. 0: no fork; 64 or 32: the bits that are 0 or all ones. The
 * path pushed first for later takes 0, the one continued with -1 (markKnown or markKnown32), then both perform the operation.
 */
export function forkWidth(op: number, dst: Scalar, src: Scalar): 0 | 32 | 64 {
  if (!ARITHMETIC.forks || (op !== ALU.AND && op !== ALU.OR) || !isConst(src)) return 0;
  if ((dst.sminHi & dst.sminLo) === -1 && (dst.smaxHi | dst.smaxLo) === 0) return 64;
  return dst.smin32 === -1 && dst.smax32 === 0 ? 32 : 0;
}

function add32(d: Scalar, s: Scalar): void {
  const smin = d.smin32 + s.smin32;
  const smax = d.smax32 + s.smax32;
  const fits = smin >= I32_MIN && smax <= I32_MAX && smin <= I32_MAX && smax >= I32_MIN;
  d.smin32 = fits ? smin : I32_MIN;
  d.smax32 = fits ? smax : I32_MAX;
  const umin = (d.umin32 >>> 0) + (s.umin32 >>> 0);
  const umax = (d.umax32 >>> 0) + (s.umax32 >>> 0);
  // All sums wrap or none does: the ends stay the ends.
  const mixed = ARITHMETIC.wraps ? umin <= 0xffffffff && umax > 0xffffffff : umax > 0xffffffff;
  d.umin32 = mixed ? 0 : umin | 0;
  d.umax32 = mixed ? -1 : umax | 0;
}
function add64(d: Scalar, s: Scalar): void {
  const sminHi = addHi(d.sminHi, d.sminLo, s.sminHi, s.sminLo);
  const smaxHi = addHi(d.smaxHi, d.smaxLo, s.smaxHi, s.smaxLo);
  if (addOverflows(d.sminHi, s.sminHi, sminHi) || addOverflows(d.smaxHi, s.smaxHi, smaxHi)) {
    unboundSigned(d);
  } else {
    d.sminLo = addLo(d.sminLo, s.sminLo);
    d.sminHi = sminHi;
    d.smaxLo = addLo(d.smaxLo, s.smaxLo);
    d.smaxHi = smaxHi;
  }
  const uminHi = addHi(d.uminHi, d.uminLo, s.uminHi, s.uminLo);
  const uminLo = addLo(d.uminLo, s.uminLo);
  const umaxHi = addHi(d.umaxHi, d.umaxLo, s.umaxHi, s.umaxLo);
  const umaxLo = addLo(d.umaxLo, s.umaxLo);
  const minWraps = ltu(uminHi, uminLo, d.uminHi, d.uminLo);
  const maxWraps = ltu(umaxHi, umaxLo, d.umaxHi, d.umaxLo);
  const mixed = ARITHMETIC.wraps ? !minWraps && maxWraps : minWraps || maxWraps;
  d.uminHi = mixed ? 0 : uminHi;
  d.uminLo = mixed ? 0 : uminLo;
  d.umaxHi = mixed ? -1 : umaxHi;
  d.umaxLo = mixed ? -1 : umaxLo;
}
/** Signed overflow of a 64-bit addition, from the high halves: the operands agree in sign and the sum does not. */
function addOverflows(ahi: number, bhi: number, sumHi: number): boolean {
  return ((ahi ^ sumHi) & (bhi ^ sumHi)) < 0;
}

function subtract(d: Scalar, s: Scalar): void {
  const smin = d.smin32 - s.smax32;
  const smax = d.smax32 - s.smin32;
  const fits = smin >= I32_MIN && smax <= I32_MAX && smin <= I32_MAX && smax >= I32_MIN;
  d.smin32 = fits ? smin : I32_MIN;
  d.smax32 = fits ? smax : I32_MAX;
  const umin = (d.umin32 >>> 0) - (s.umax32 >>> 0);
  const umax = (d.umax32 >>> 0) - (s.umin32 >>> 0);
  const mixed = ARITHMETIC.wraps ? umin < 0 && umax >= 0 : umin < 0;
  d.umin32 = mixed ? 0 : umin | 0;
  d.umax32 = mixed ? -1 : umax | 0;
  sub64(d, s);
}
function sub64(d: Scalar, s: Scalar): void {
  const sminHi = subHi(d.sminHi, d.sminLo, s.smaxHi, s.smaxLo);
  const smaxHi = subHi(d.smaxHi, d.smaxLo, s.sminHi, s.sminLo);
  if (subOverflows(d.sminHi, s.smaxHi, sminHi) || subOverflows(d.smaxHi, s.sminHi, smaxHi)) {
    unboundSigned(d);
  } else {
    d.sminLo = subLo(d.sminLo, s.smaxLo);
    d.sminHi = sminHi;
    d.smaxLo = subLo(d.smaxLo, s.sminLo);
    d.smaxHi = smaxHi;
  }
  const minWraps = ltu(d.uminHi, d.uminLo, s.umaxHi, s.umaxLo);
  const maxWraps = ltu(d.umaxHi, d.umaxLo, s.uminHi, s.uminLo);
  if (minWraps && (!maxWraps || !ARITHMETIC.wraps)) {
    d.uminHi = d.uminLo = 0;
    d.umaxHi = d.umaxLo = -1;
    return;
  }
  d.uminHi = subHi(d.uminHi, d.uminLo, s.umaxHi, s.umaxLo);
  d.uminLo = subLo(d.uminLo, s.umaxLo);
  d.umaxHi = subHi(d.umaxHi, d.umaxLo, s.uminHi, s.uminLo);
  d.umaxLo = subLo(d.umaxLo, s.uminLo);
}
function subOverflows(ahi: number, bhi: number, differenceHi: number): boolean {
  return ((ahi ^ bhi) & (ahi ^ differenceHi)) < 0;
}

function mul32(d: Scalar, s: Scalar): void {
  // Doubles hold products exactly below 2^53, and only those below 2^32 are kept.
  const umax = (d.umax32 >>> 0) * (s.umax32 >>> 0);
  const fits = umax <= 0xffffffff;
  d.umin32 = fits ? Math.imul(d.umin32, s.umin32) : 0;
  d.umax32 = fits ? umax | 0 : -1;
  const a = d.smin32 * s.smin32;
  const b = d.smin32 * s.smax32;
  const c = d.smax32 * s.smin32;
  const e = d.smax32 * s.smax32;
  const least = Math.min(a, b, c, e);
  const most = Math.max(a, b, c, e);
  const signedFits = least >= I32_MIN && most <= I32_MAX;
  d.smin32 = signedFits ? least | 0 : I32_MIN;
  d.smax32 = signedFits ? most | 0 : I32_MAX;
}
/** As kernels before 6.17: factors that are not negative and fit half the width. */
function mulPositive32(d: Scalar, s: Scalar): void {
  const fits = s.smin32 >= 0 && d.smin32 >= 0 && s.umax32 >>> 0 <= 0xffff && d.umax32 >>> 0 <= 0xffff;
  d.umin32 = fits ? Math.imul(d.umin32, s.umin32) : 0;
  d.umax32 = fits ? Math.imul(d.umax32, s.umax32) : -1;
  const signedFits = fits && d.umax32 >= 0;
  d.smin32 = signedFits ? d.umin32 : I32_MIN;
  d.smax32 = signedFits ? d.umax32 : I32_MAX;
}
function mulPositive64(d: Scalar, s: Scalar): void {
  const fits = s.sminHi >= 0 && d.sminHi >= 0 && s.umaxHi === 0 && d.umaxHi === 0;
  if (!fits) {
    d.uminHi = d.uminLo = 0;
    d.umaxHi = d.umaxLo = -1;
    unboundSigned(d);
    return;
  }
  const max = [mulHi(0, d.umaxLo, 0, s.umaxLo), mulLo(d.umaxLo, s.umaxLo)] as const;
  d.uminHi = mulHi(0, d.uminLo, 0, s.uminLo);
  d.uminLo = mulLo(d.uminLo, s.uminLo);
  [d.umaxHi, d.umaxLo] = max;
  if (d.umaxHi < 0) return unboundSigned(d);
  d.sminHi = d.uminHi;
  d.sminLo = d.uminLo;
  d.smaxHi = d.umaxHi;
  d.smaxLo = d.umaxLo;
}
function mul64(d: Scalar, s: Scalar): void {
  if (mulOverflowsUnsigned(d.umaxHi, d.umaxLo, s.umaxHi, s.umaxLo) || mulOverflowsUnsigned(d.uminHi, d.uminLo, s.uminHi, s.uminLo)) {
    d.uminHi = d.uminLo = 0;
    d.umaxHi = d.umaxLo = -1;
  } else {
    d.umaxHi = mulHi(d.umaxHi, d.umaxLo, s.umaxHi, s.umaxLo);
    d.umaxLo = mulLo(d.umaxLo, s.umaxLo);
    d.uminHi = mulHi(d.uminHi, d.uminLo, s.uminHi, s.uminLo);
    d.uminLo = mulLo(d.uminLo, s.uminLo);
  }
  const aHi = d.sminHi;
  const aLo = d.sminLo;
  const bHi = d.smaxHi;
  const bLo = d.smaxLo;
  if (
    mulOverflowsSigned(aHi, aLo, s.sminHi, s.sminLo) || mulOverflowsSigned(aHi, aLo, s.smaxHi, s.smaxLo) ||
    mulOverflowsSigned(bHi, bLo, s.sminHi, s.sminLo) || mulOverflowsSigned(bHi, bLo, s.smaxHi, s.smaxLo)
  ) {
    unboundSigned(d);
    return;
  }
  d.sminHi = d.smaxHi = mulHi(aHi, aLo, s.sminHi, s.sminLo);
  d.sminLo = d.smaxLo = mulLo(aLo, s.sminLo);
  widenSigned(d, mulHi(aHi, aLo, s.smaxHi, s.smaxLo), mulLo(aLo, s.smaxLo));
  widenSigned(d, mulHi(bHi, bLo, s.sminHi, s.sminLo), mulLo(bLo, s.sminLo));
  widenSigned(d, mulHi(bHi, bLo, s.smaxHi, s.smaxLo), mulLo(bLo, s.smaxLo));
}
function widenSigned(d: Scalar, hi: number, lo: number): void {
  if (lts(hi, lo, d.sminHi, d.sminLo)) {
    d.sminHi = hi;
    d.sminLo = lo;
  }
  if (lts(d.smaxHi, d.smaxLo, hi, lo)) {
    d.smaxHi = hi;
    d.smaxLo = lo;
  }
}
/** The unsigned product needs more than 64 bits. */
function mulOverflowsUnsigned(ahi: number, alo: number, bhi: number, blo: number): boolean {
  if (ahi === 0 && bhi === 0) return false;
  if (ahi !== 0 && bhi !== 0) return true;
  const cross = ahi !== 0 ? (ahi >>> 0) * (blo >>> 0) : (bhi >>> 0) * (alo >>> 0);
  return cross > 0xffffffff || cross + (mulHi32(alo, blo) >>> 0) > 0xffffffff;
}
/** The signed product needs more than 64 bits. */
function mulOverflowsSigned(ahi: number, alo: number, bhi: number, blo: number): boolean {
  const negative = (ahi ^ bhi) < 0;
  if (ahi < 0) {
    ahi = subHi(0, 0, ahi, alo);
    alo = subLo(0, alo);
  }
  if (bhi < 0) {
    bhi = subHi(0, 0, bhi, blo);
    blo = subLo(0, blo);
  }
  if (mulOverflowsUnsigned(ahi, alo, bhi, blo)) return true;
  const hi = mulHi(ahi, alo, bhi, blo);
  // A magnitude of 2^63 is in range only if negative.
  return hi < 0 && !(negative && hi === I32_MIN && mulLo(alo, blo) === 0);
}
function unboundSigned(d: Scalar): void {
  d.sminHi = I32_MIN;
  d.sminLo = 0;
  d.smaxHi = I32_MAX;
  d.smaxLo = -1;
}

const operand = new Scalar();
const negated = new Scalar();
