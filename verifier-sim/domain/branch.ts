/**
 * Conditional jumps on abstract numbers, as in kernel 6.18: can the condition be decided (`branchTaken`), and what is known of
 * both operands on each side (`refineBranch`). `op` is one of JMP (ops.ts). Never: pointers, packet ends, linked registers.
 */
import { JMP } from "./ops.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { combineEarly, restoreSanity, syncBounds } from "./bounds.ts";
import {
  isConst, isConst32, lowerSmax, lowerSmax32, lowerUmax, lowerUmax32, markKnown, markKnown32, markUnbounded, raiseSmin, raiseSmin32, raiseUmin, raiseUmin32, type Scalar,
} from "./scalar.ts";
import { tnumCopy, tnumIntersect, tnumOverlap, tnumOverlap32 } from "./tnum.ts";
import { addHi, addLo, lts, ltu, subHi, subLo } from "./u64.ts";

/** 1: the jump is always taken, 0: never, -1: not known. a and b may be the same object, which is compared like any other. */
export function branchTaken(op: number, is64: boolean, a: Scalar, b: Scalar): -1 | 0 | 1 {
  if (ARITHMETIC.early && !decidesEarly(op, is64, a, b)) return -1;
  return is64 ? taken64(op, a, b) : taken32(op, a, b);
}

/** Kernels before 6.8 decide comparisons with a constant on the right only, and whether numbers are equal only of two constants. */
function decidesEarly(op: number, is64: boolean, a: Scalar, b: Scalar): boolean {
  const known = is64 ? isConst : isConst32;
  return known(b) && ((op !== JMP.JEQ && op !== JMP.JNE) || known(a));
}

function taken64(op: number, a: Scalar, b: Scalar): -1 | 0 | 1 {
  switch (op) {
    case JMP.JEQ:
      return equal64(a, b);
    case JMP.JNE:
      return negate(equal64(a, b));
    case JMP.JSET: {
      const known = isConst(b) ? b : a;
      const other = known === b ? a : b;
      if (!isConst(known)) return -1;
      if (((other.tvHi & known.tvHi) | (other.tvLo & known.tvLo)) !== 0) return 1;
      return (((other.tvHi | other.tmHi) & known.tvHi) | ((other.tvLo | other.tmLo) & known.tvLo)) === 0 ? 0 : -1;
    }
    case JMP.JLT:
      return lessUnsigned64(a, b);
    case JMP.JGT:
      return lessUnsigned64(b, a);
    case JMP.JGE:
      return negate(lessUnsigned64(a, b));
    case JMP.JLE:
      return negate(lessUnsigned64(b, a));
    case JMP.JSLT:
      return lessSigned64(a, b);
    case JMP.JSGT:
      return lessSigned64(b, a);
    case JMP.JSGE:
      return negate(lessSigned64(a, b));
    case JMP.JSLE:
      return negate(lessSigned64(b, a));
    default:
      return -1;
  }
}
function taken32(op: number, a: Scalar, b: Scalar): -1 | 0 | 1 {
  switch (op) {
    case JMP.JEQ:
      return equal32(a, b);
    case JMP.JNE:
      return negate(equal32(a, b));
    case JMP.JSET: {
      const known = isConst32(b) ? b : a;
      const other = known === b ? a : b;
      if (!isConst32(known)) return -1;
      if ((other.tvLo & known.tvLo) !== 0) return 1;
      return ((other.tvLo | other.tmLo) & known.tvLo) === 0 ? 0 : -1;
    }
    case JMP.JLT:
      return lessUnsigned32(a, b);
    case JMP.JGT:
      return lessUnsigned32(b, a);
    case JMP.JGE:
      return negate(lessUnsigned32(a, b));
    case JMP.JLE:
      return negate(lessUnsigned32(b, a));
    case JMP.JSLT:
      return a.smax32 < b.smin32 ? 1 : a.smin32 >= b.smax32 ? 0 : -1;
    case JMP.JSGT:
      return b.smax32 < a.smin32 ? 1 : b.smin32 >= a.smax32 ? 0 : -1;
    case JMP.JSGE:
      return a.smax32 < b.smin32 ? 0 : a.smin32 >= b.smax32 ? 1 : -1;
    case JMP.JSLE:
      return b.smax32 < a.smin32 ? 0 : b.smin32 >= a.smax32 ? 1 : -1;
    default:
      return -1;
  }
}

function negate(answer: -1 | 0 | 1): -1 | 0 | 1 {
  return answer === -1 ? -1 : answer === 0 ? 1 : 0;
}
function equal64(a: Scalar, b: Scalar): -1 | 0 | 1 {
  if (isConst(a) && isConst(b)) return a.tvHi === b.tvHi && a.tvLo === b.tvLo ? 1 : 0;
  if (ARITHMETIC.comparesBits && !tnumOverlap(a, b)) return 0;
  if (ltu(b.umaxHi, b.umaxLo, a.uminHi, a.uminLo) || ltu(a.umaxHi, a.umaxLo, b.uminHi, b.uminLo)) return 0;
  if (lts(b.smaxHi, b.smaxLo, a.sminHi, a.sminLo) || lts(a.smaxHi, a.smaxLo, b.sminHi, b.sminLo)) return 0;
  return !ARITHMETIC.early && rangesApart32(a, b) ? 0 : -1;
}
function equal32(a: Scalar, b: Scalar): -1 | 0 | 1 {
  if (isConst32(a) && isConst32(b)) return a.tvLo === b.tvLo ? 1 : 0;
  return (ARITHMETIC.comparesBits && !tnumOverlap32(a, b)) || rangesApart32(a, b) ? 0 : -1;
}
function rangesApart32(a: Scalar, b: Scalar): boolean {
  return (
    a.umin32 >>> 0 > b.umax32 >>> 0 || a.umax32 >>> 0 < b.umin32 >>> 0 || a.smin32 > b.smax32 || a.smax32 < b.smin32
  );
}
function lessUnsigned64(a: Scalar, b: Scalar): -1 | 0 | 1 {
  if (ltu(a.umaxHi, a.umaxLo, b.uminHi, b.uminLo)) return 1;
  return ltu(a.uminHi, a.uminLo, b.umaxHi, b.umaxLo) ? -1 : 0;
}
function lessSigned64(a: Scalar, b: Scalar): -1 | 0 | 1 {
  if (lts(a.smaxHi, a.smaxLo, b.sminHi, b.sminLo)) return 1;
  return lts(a.sminHi, a.sminLo, b.smaxHi, b.smaxLo) ? -1 : 0;
}
function lessUnsigned32(a: Scalar, b: Scalar): -1 | 0 | 1 {
  if (a.umax32 >>> 0 < b.umin32 >>> 0) return 1;
  return a.umin32 >>> 0 < b.umax32 >>> 0 ? -1 : 0;
}

/**
 * Tightens copies of both operands for both sides of `if a op b`. On entry takenA and notTakenA hold a, takenB and notTakenB
 * hold b: four different objects, or takenB is takenA and notTakenB is notTakenA where a register is compared with itself (the
 * kernel shares them too, with the same effect). For an immediate, b is its sign-extended constant. A side that proves impossible in a way
 * that only the bounds show forgets its bounds and keeps its known bits, as in the kernel.
 */
export function refineBranch(op: number, is64: boolean, takenA: Scalar, takenB: Scalar, notTakenA: Scalar, notTakenB: Scalar): void {
  if (op === JMP.JSET) refineClear(is64, notTakenA, notTakenB);
  else refine(INVERSE[op >> 4], is64, notTakenA, notTakenB);
  if (ARITHMETIC.early) for (const s of [notTakenA, notTakenB]) combineEarly(s, is64);
  syncBounds(notTakenA);
  syncBounds(notTakenB);
  refine(op, is64, takenA, takenB);
  if (ARITHMETIC.early) for (const s of [takenA, takenB]) combineEarly(s, is64);
  syncBounds(takenA);
  syncBounds(takenB);
  restoreSanity(takenA);
  restoreSanity(takenB);
  restoreSanity(notTakenA);
  restoreSanity(notTakenB);
}

/** Assumes `a op b`, without synchronizing. */
function refine(op: number, is64: boolean, a: Scalar, b: Scalar): void {
  switch (op) {
    case JMP.JEQ:
      if (ARITHMETIC.early && becomesKnown(is64, a, b)) break;
      if (is64) refineEqual64(a, b);
      else refineEqual32(a, b);
      break;
    case JMP.JNE:
      refineUnequal(is64, a, b);
      break;
    case JMP.JSET:
      refineSet(is64, a, b);
      break;
    case JMP.JLE:
      refineUnsigned(is64, a, b, 0);
      break;
    case JMP.JGE:
      refineUnsigned(is64, b, a, 0);
      break;
    case JMP.JLT:
      refineUnsigned(is64, a, b, 1);
      break;
    case JMP.JGT:
      refineUnsigned(is64, b, a, 1);
      break;
    case JMP.JSLE:
      refineSigned(is64, a, b, 0);
      break;
    case JMP.JSGE:
      refineSigned(is64, b, a, 0);
      break;
    case JMP.JSLT:
      refineSigned(is64, a, b, 1);
      break;
    case JMP.JSGT:
      refineSigned(is64, b, a, 1);
      break;
  }
}

/** Before 6.8 what equals a constant is that constant, whatever was known of it. */
function becomesKnown(is64: boolean, a: Scalar, b: Scalar): boolean {
  const known = is64 ? isConst : isConst32;
  if (!known(a) && !known(b)) return false;
  const [from, to] = known(b) ? [b, a] : [a, b];
  if (is64) markKnown(to, from.tvHi, from.tvLo);
  else {
    to.tvLo = from.tvLo;
    to.tmLo = 0;
    markKnown32(to, from.tvLo);
  }
  return true;
}

function refineEqual64(a: Scalar, b: Scalar): void {
  raiseUmin(a, b.uminHi, b.uminLo);
  lowerUmax(a, b.umaxHi, b.umaxLo);
  raiseSmin(a, b.sminHi, b.sminLo);
  lowerSmax(a, b.smaxHi, b.smaxLo);
  b.uminHi = a.uminHi;
  b.uminLo = a.uminLo;
  b.umaxHi = a.umaxHi;
  b.umaxLo = a.umaxLo;
  b.sminHi = a.sminHi;
  b.sminLo = a.sminLo;
  b.smaxHi = a.smaxHi;
  b.smaxLo = a.smaxLo;
  tnumIntersect(a, b);
  tnumCopy(b, a);
}
function refineEqual32(a: Scalar, b: Scalar): void {
  raiseUmin32(a, b.umin32);
  lowerUmax32(a, b.umax32);
  raiseSmin32(a, b.smin32);
  lowerSmax32(a, b.smax32);
  b.umin32 = a.umin32;
  b.umax32 = a.umax32;
  b.smin32 = a.smin32;
  b.smax32 = a.smax32;
  const mask = a.tmLo & b.tmLo;
  a.tvLo = b.tvLo = (a.tvLo | b.tvLo) & ~mask;
  a.tmLo = b.tmLo = mask;
}

/** a differs from a constant: an end of a range that is the constant moves by one. */
function refineUnequal(is64: boolean, a: Scalar, b: Scalar): void {
  const known = is64 ? isConst : isConst32;
  if (!known(b)) {
    const swap = a;
    a = b;
    b = swap;
    if (!known(b)) return;
  }
  const hi = b.tvHi;
  const lo = b.tvLo;
  if (!is64) {
    if (a.umin32 === lo) a.umin32 = (a.umin32 + 1) | 0;
    if (a.umax32 === lo) a.umax32 = (a.umax32 - 1) | 0;
    if (a.smin32 === lo) a.smin32 = (a.smin32 + 1) | 0;
    if (a.smax32 === lo) a.smax32 = (a.smax32 - 1) | 0;
    return;
  }
  const nextHi = addHi(hi, lo, 0, 1);
  const nextLo = addLo(lo, 1);
  const previousHi = subHi(hi, lo, 0, 1);
  const previousLo = subLo(lo, 1);
  if (a.uminHi === hi && a.uminLo === lo) {
    a.uminHi = nextHi;
    a.uminLo = nextLo;
  }
  if (a.umaxHi === hi && a.umaxLo === lo) {
    a.umaxHi = previousHi;
    a.umaxLo = previousLo;
  }
  if (a.sminHi === hi && a.sminLo === lo) {
    a.sminHi = nextHi;
    a.sminLo = nextLo;
  }
  if (a.smaxHi === hi && a.smaxLo === lo) {
    a.smaxHi = previousHi;
    a.smaxLo = previousLo;
  }
}

/** a & constant is not zero: says something only of a constant with one bit. */
function refineSet(is64: boolean, a: Scalar, b: Scalar): void {
  const known = is64 ? isConst : isConst32;
  if (!known(b)) {
    const swap = a;
    a = b;
    b = swap;
    if (!known(b)) return;
  }
  const hi = is64 ? b.tvHi : 0;
  const lo = b.tvLo;
  const single = hi === 0 ? lo !== 0 && (lo & (lo - 1)) === 0 : lo === 0 && (hi & (hi - 1)) === 0;
  if (!single) return;
  a.tvHi |= hi;
  a.tmHi &= ~hi;
  a.tvLo |= lo;
  a.tmLo &= ~lo;
}

/** a & constant is zero: those bits are known. The kernel forgets the bounds first. */
function refineClear(is64: boolean, a: Scalar, b: Scalar): void {
  const known = is64 ? isConst : isConst32;
  if (!known(b)) {
    const swap = a;
    a = b;
    b = swap;
    if (!known(b)) return;
  }
  const keepHi = is64 ? ~b.tvHi : -1;
  const keepLo = ~b.tvLo;
  markUnbounded(a);
  a.tvHi &= keepHi;
  a.tmHi &= keepHi;
  a.tvLo &= keepLo;
  a.tmLo &= keepLo;
}

/** a <= b (strict 0) or a < b (strict 1), unsigned. */
function refineUnsigned(is64: boolean, a: Scalar, b: Scalar, strict: 0 | 1): void {
  if (is64) {
    lowerUmax(a, subHi(b.umaxHi, b.umaxLo, 0, strict), subLo(b.umaxLo, strict));
    raiseUmin(b, addHi(a.uminHi, a.uminLo, 0, strict), addLo(a.uminLo, strict));
  } else {
    lowerUmax32(a, (b.umax32 - strict) | 0);
    raiseUmin32(b, (a.umin32 + strict) | 0);
  }
}
/** a <= b (strict 0) or a < b (strict 1), signed. */
function refineSigned(is64: boolean, a: Scalar, b: Scalar, strict: 0 | 1): void {
  if (is64) {
    lowerSmax(a, subHi(b.smaxHi, b.smaxLo, 0, strict), subLo(b.smaxLo, strict));
    raiseSmin(b, addHi(a.sminHi, a.sminLo, 0, strict), addLo(a.sminLo, strict));
  } else {
    lowerSmax32(a, (b.smax32 - strict) | 0);
    raiseSmin32(b, (a.smin32 + strict) | 0);
  }
}

/** The condition that holds where `op` does not, by op >> 4; JSET has none among the operations. */
const INVERSE: readonly number[] = inverseTable();
function inverseTable(): number[] {
  const table = new Array<number>(16).fill(0);
  const pairs: readonly (readonly [number, number])[] = [
    [JMP.JEQ, JMP.JNE], [JMP.JGE, JMP.JLT], [JMP.JGT, JMP.JLE], [JMP.JSGE, JMP.JSLT], [JMP.JSGT, JMP.JSLE],
  ];
  for (const [a, b] of pairs) {
    table[a >> 4] = b;
    table[b >> 4] = a;
  }
  return table;
}

/** The condition that a comparison with its operands exchanged asks (JLT for JGT); JEQ, JNE and JSET ask the same. */
export function flipOperands(op: number): number {
  switch (op) {
    case JMP.JGT: return JMP.JLT;
    case JMP.JLT: return JMP.JGT;
    case JMP.JGE: return JMP.JLE;
    case JMP.JLE: return JMP.JGE;
    case JMP.JSGT: return JMP.JSLT;
    case JMP.JSLT: return JMP.JSGT;
    case JMP.JSGE: return JMP.JSLE;
    case JMP.JSLE: return JMP.JSGE;
    default: return op;
  }
}
