/**
 * Tnums, "tristate numbers": for each of 64 bits known zero, known one or unknown. Owns the arithmetic on them, as in kernel
 * 6.18; knows nothing of bounds. Operations work in place on any object with the four fields (a Scalar has them); the second
 * operand may be the same object. Addition, subtraction and the original multiplication are from Vishwanathan, Shachnai,
 * Narayana, Nagarakatte, "Sound, Precise, and Fast Abstract Interpretation with Tristate Numbers" (CGO 2022); the
 * multiplication here is Edamana's more precise long multiplication with unions (kernel 6.18).
 */
import { ARITHMETIC } from "./arithmetic.ts";
import { addHi, addLo, bitLength, ltu, mulHi, mulLo, onesHi, onesLo, sarHi, sarLo, shlHi, shlLo, shrHi, shrLo, subHi, subLo } from "./u64.ts";

/** Halves of value and mask, int32 each; value & mask is 0. */
export interface TnumFields {
  tvHi: number;
  tvLo: number;
  tmHi: number;
  tmLo: number;
}

/** A tnum by itself. */
export class Tnum implements TnumFields {
  tvHi = 0;
  tvLo = 0;
  tmHi = 0;
  tmLo = 0;
}

/** t := a. */
export function tnumCopy(t: TnumFields, a: TnumFields): void {
  t.tvHi = a.tvHi;
  t.tvLo = a.tvLo;
  t.tmHi = a.tmHi;
  t.tmLo = a.tmLo;
}
/** t := the known number. */
export function tnumAssignConst(t: TnumFields, hi: number, lo: number): void {
  t.tvHi = hi;
  t.tvLo = lo;
  t.tmHi = t.tmLo = 0;
}
/** t := the smallest tnum that holds the unsigned range: the common leading bits known, the rest unknown. */
export function tnumAssignRange(t: TnumFields, minHi: number, minLo: number, maxHi: number, maxLo: number): void {
  const bits = bitLength(minHi ^ maxHi, minLo ^ maxLo);
  t.tmHi = onesHi(bits);
  t.tmLo = onesLo(bits);
  t.tvHi = minHi & ~t.tmHi;
  t.tvLo = minLo & ~t.tmLo;
}
/** All bits known. */
export function tnumIsConst(a: TnumFields): boolean {
  return (a.tmHi | a.tmLo) === 0;
}

/** a := a + b. */
export function tnumAdd(a: TnumFields, b: TnumFields): void {
  const svHi = addHi(a.tvHi, a.tvLo, b.tvHi, b.tvLo);
  const svLo = addLo(a.tvLo, b.tvLo);
  const smHi = addHi(a.tmHi, a.tmLo, b.tmHi, b.tmLo);
  const smLo = addLo(a.tmLo, b.tmLo);
  // Bits that differ between "no unknown bit set" and "all set" can be reached by a carry.
  const muHi = (addHi(smHi, smLo, svHi, svLo) ^ svHi) | a.tmHi | b.tmHi;
  const muLo = (addLo(smLo, svLo) ^ svLo) | a.tmLo | b.tmLo;
  a.tvHi = svHi & ~muHi;
  a.tvLo = svLo & ~muLo;
  a.tmHi = muHi;
  a.tmLo = muLo;
}
/** a := a - b. */
export function tnumSub(a: TnumFields, b: TnumFields): void {
  const dvHi = subHi(a.tvHi, a.tvLo, b.tvHi, b.tvLo);
  const dvLo = subLo(a.tvLo, b.tvLo);
  const muHi = (addHi(dvHi, dvLo, a.tmHi, a.tmLo) ^ subHi(dvHi, dvLo, b.tmHi, b.tmLo)) | a.tmHi | b.tmHi;
  const muLo = (addLo(dvLo, a.tmLo) ^ subLo(dvLo, b.tmLo)) | a.tmLo | b.tmLo;
  a.tvHi = dvHi & ~muHi;
  a.tvLo = dvLo & ~muLo;
  a.tmHi = muHi;
  a.tmLo = muLo;
}
/** a := -a. */
export function tnumNeg(a: TnumFields): void {
  tnumAssignConst(zero, 0, 0);
  tnumSub(zero, a);
  tnumCopy(a, zero);
}
/** a := a & b. */
export function tnumAnd(a: TnumFields, b: TnumFields): void {
  const vHi = a.tvHi & b.tvHi;
  const vLo = a.tvLo & b.tvLo;
  a.tmHi = (a.tvHi | a.tmHi) & (b.tvHi | b.tmHi) & ~vHi;
  a.tmLo = (a.tvLo | a.tmLo) & (b.tvLo | b.tmLo) & ~vLo;
  a.tvHi = vHi;
  a.tvLo = vLo;
}
/** a := a | b. */
export function tnumOr(a: TnumFields, b: TnumFields): void {
  const vHi = a.tvHi | b.tvHi;
  const vLo = a.tvLo | b.tvLo;
  a.tmHi = (a.tmHi | b.tmHi) & ~vHi;
  a.tmLo = (a.tmLo | b.tmLo) & ~vLo;
  a.tvHi = vHi;
  a.tvLo = vLo;
}
/** a := a ^ b. */
export function tnumXor(a: TnumFields, b: TnumFields): void {
  const muHi = a.tmHi | b.tmHi;
  const muLo = a.tmLo | b.tmLo;
  a.tvHi = (a.tvHi ^ b.tvHi) & ~muHi;
  a.tvLo = (a.tvLo ^ b.tvLo) & ~muLo;
  a.tmHi = muHi;
  a.tmLo = muLo;
}
/** a := a * b, by long multiplication over a's bits; where a bit is unknown, the union of adding and not adding. */
export function tnumMul(a: TnumFields, b: TnumFields): void {
  if ((a.tmHi | a.tmLo | b.tmHi | b.tmLo) === 0) {
    tnumAssignConst(a, mulHi(a.tvHi, a.tvLo, b.tvHi, b.tvLo), mulLo(a.tvLo, b.tvLo));
    return;
  }
  if (!ARITHMETIC.signedProducts) return tnumMulSplit(a, b);
  let avHi = a.tvHi;
  let avLo = a.tvLo;
  let amHi = a.tmHi;
  let amLo = a.tmLo;
  tnumCopy(factor, b);
  tnumAssignConst(product, 0, 0);
  while ((avHi | avLo | amHi | amLo) !== 0) {
    if ((avLo & 1) !== 0) {
      tnumAdd(product, factor);
    } else if ((amLo & 1) !== 0) {
      tnumCopy(sum, product);
      tnumAdd(sum, factor);
      tnumUnion(product, sum);
    }
    avLo = shrLo(avHi, avLo, 1);
    avHi = shrHi(avHi, 1);
    amLo = shrLo(amHi, amLo, 1);
    amHi = shrHi(amHi, 1);
    tnumShl(factor, 1);
  }
  tnumCopy(a, product);
}

/** The same as kernels before 6.17 do: the product of what is known, plus all that what is not may add. */
function tnumMulSplit(a: TnumFields, b: TnumFields): void {
  const knownHi = mulHi(a.tvHi, a.tvLo, b.tvHi, b.tvLo);
  const knownLo = mulLo(a.tvLo, b.tvLo);
  const rest = pick(a);
  tnumCopy(factor, b);
  tnumAssignConst(product, 0, 0);
  while ((rest.tvHi | rest.tvLo | rest.tmHi | rest.tmLo) !== 0) {
    const certain = (rest.tvLo & 1) !== 0;
    if (certain || (rest.tmLo & 1) !== 0) {
      sum.tvHi = sum.tvLo = 0;
      sum.tmHi = certain ? factor.tmHi : factor.tmHi | factor.tvHi;
      sum.tmLo = certain ? factor.tmLo : factor.tmLo | factor.tvLo;
      tnumAdd(product, sum);
    }
    tnumShr(rest, 1);
    tnumShl(factor, 1);
  }
  tnumAssignConst(a, knownHi, knownLo);
  tnumAdd(a, product);
}
function pick({ tvHi, tvLo, tmHi, tmLo }: TnumFields): TnumFields {
  return { tvHi, tvLo, tmHi, tmLo };
}

/** a := a << n, n in [0, 63]. */
export function tnumShl(a: TnumFields, n: number): void {
  a.tvHi = shlHi(a.tvHi, a.tvLo, n);
  a.tvLo = shlLo(a.tvLo, n);
  a.tmHi = shlHi(a.tmHi, a.tmLo, n);
  a.tmLo = shlLo(a.tmLo, n);
}
/** a := a >> n, logical, n in [0, 63]. */
export function tnumShr(a: TnumFields, n: number): void {
  a.tvLo = shrLo(a.tvHi, a.tvLo, n);
  a.tvHi = shrHi(a.tvHi, n);
  a.tmLo = shrLo(a.tmHi, a.tmLo, n);
  a.tmHi = shrHi(a.tmHi, n);
}
/** a := a >> n, arithmetic, n in [0, 63]. An unknown sign bit fills with unknown bits. */
export function tnumSar(a: TnumFields, n: number): void {
  a.tvLo = sarLo(a.tvHi, a.tvLo, n);
  a.tvHi = sarHi(a.tvHi, n);
  a.tmLo = sarLo(a.tmHi, a.tmLo, n);
  a.tmHi = sarHi(a.tmHi, n);
}
/** a := the low half of a, shifted right arithmetically as 32 bits, n in [0, 31]; the high half becomes known zero. */
export function tnumSar32(a: TnumFields, n: number): void {
  a.tvLo = a.tvLo >> n;
  a.tmLo = a.tmLo >> n;
  a.tvHi = a.tmHi = 0;
}

/** a := what both say. Where they disagree on a known bit the result says one, as in the kernel (no number satisfies both). */
export function tnumIntersect(a: TnumFields, b: TnumFields): void {
  const muHi = a.tmHi & b.tmHi;
  const muLo = a.tmLo & b.tmLo;
  a.tvHi = (a.tvHi | b.tvHi) & ~muHi;
  a.tvLo = (a.tvLo | b.tvLo) & ~muLo;
  a.tmHi = muHi;
  a.tmLo = muLo;
}
/** a := the smallest tnum that holds the numbers of both. */
export function tnumUnion(a: TnumFields, b: TnumFields): void {
  const muHi = (a.tvHi ^ b.tvHi) | a.tmHi | b.tmHi;
  const muLo = (a.tvLo ^ b.tvLo) | a.tmLo | b.tmLo;
  a.tvHi = a.tvHi & b.tvHi & ~muHi;
  a.tvLo = a.tvLo & b.tvLo & ~muLo;
  a.tmHi = muHi;
  a.tmLo = muLo;
}
/** Some number satisfies both. */
export function tnumOverlap(a: TnumFields, b: TnumFields): boolean {
  return ((a.tvHi ^ b.tvHi) & ~(a.tmHi | b.tmHi)) === 0 && ((a.tvLo ^ b.tvLo) & ~(a.tmLo | b.tmLo)) === 0;
}
/** The same, of the low halves. */
export function tnumOverlap32(a: TnumFields, b: TnumFields): boolean {
  return ((a.tvLo ^ b.tvLo) & ~(a.tmLo | b.tmLo)) === 0;
}
/** Every number of b is one of a. */
export function tnumIn(a: TnumFields, b: TnumFields): boolean {
  return (b.tmHi & ~a.tmHi) === 0 && (b.tmLo & ~a.tmLo) === 0 && a.tvHi === (b.tvHi & ~a.tmHi) && a.tvLo === (b.tvLo & ~a.tmLo);
}

/**
 * out := the least number of t above z, for z in [least of t, greatest of t); for a smaller z the least, for a greater the
 * greatest of t. `out` is a pair of halves in tvHi and tvLo.
 */
export function tnumNext(out: TnumFields, t: TnumFields, zHi: number, zLo: number): void {
  const topHi = t.tvHi | t.tmHi;
  const topLo = t.tvLo | t.tmLo;
  if (!ltu(zHi, zLo, topHi, topLo)) {
    out.tvHi = topHi;
    out.tvLo = topLo;
    return;
  }
  if (ltu(zHi, zLo, t.tvHi, t.tvLo)) {
    out.tvHi = t.tvHi;
    out.tvLo = t.tvLo;
    return;
  }
  // Count within the unknown bits: the distance from the least, rounded up over its bits that t can't have, plus one; ones in
  // all known positions let the carry pass.
  const dHi = subHi(zHi, zLo, t.tvHi, t.tvLo);
  const dLo = subLo(zLo, t.tvLo);
  const stray = bitLength(dHi & ~t.tmHi, dLo & ~t.tmLo);
  const fullHi = dHi | onesHi(stray) | ~t.tmHi;
  const fullLo = dLo | onesLo(stray) | ~t.tmLo;
  out.tvHi = t.tvHi | (addHi(fullHi, fullLo, 0, 1) & t.tmHi);
  out.tvLo = t.tvLo | (addLo(fullLo, 1) & t.tmLo);
}

/** a := its low `size` bytes, the rest known zero; size is 1, 2 or 4 (8 leaves it). */
export function tnumCast(a: TnumFields, size: number): void {
  if (size >= 8) return;
  a.tvHi = a.tmHi = 0;
  if (size < 4) {
    const keep = (1 << (size * 8)) - 1;
    a.tvLo &= keep;
    a.tmLo &= keep;
  }
}
/** The low bits below `size` (a power of two up to 2^31; 0 asks nothing) are known zero. */
export function tnumIsAligned(a: TnumFields, size: number): boolean {
  return size === 0 || ((a.tvLo | a.tmLo) & (size - 1)) === 0;
}

const zero = new Tnum();
const factor = new Tnum();
const product = new Tnum();
const sum = new Tnum();
