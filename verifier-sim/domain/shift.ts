/**
 * Shifts of abstract numbers by a known amount below the width, as in kernel 6.18. Used by alu.ts alone, which has checked
 * that the amount is known (a shift by an unknown amount gives an unknown result).
 */
import { updateBounds, updateBounds32 } from "./bounds.ts";
import { markUnbounded32, markUnbounded64, type Scalar } from "./scalar.ts";
import { tnumCast, tnumSar, tnumSar32, tnumShl, tnumShr } from "./tnum.ts";
import { I32_MAX, I32_MIN, ltu, sarHi, sarLo, shlHi, shlLo, shrHi, shrLo } from "./u64.ts";

/** dst := dst << amount. */
export function shiftLeft(d: Scalar, s: Scalar, is64: boolean): void {
  const n = is64 ? s.uminLo : s.umin32;
  if (!is64) {
    left32(d, n);
    tnumCast(d, 4);
    tnumShl(d, n);
    tnumCast(d, 4);
    markUnbounded64(d);
    updateBounds32(d);
    return;
  }
  left64(d, n);
  left32(d, n);
  tnumShl(d, n);
  updateBounds(d);
}
function left32(d: Scalar, n: number): void {
  d.smin32 = I32_MIN;
  d.smax32 = I32_MAX;
  if (n > 31 || d.umax32 >>> 0 > 2 ** (31 - n)) {
    d.umin32 = 0;
    d.umax32 = -1;
  } else {
    d.umin32 <<= n;
    d.umax32 <<= n;
  }
}
function left64(d: Scalar, n: number): void {
  // A shift by 32 followed by one back is how a 32-bit value is sign-extended: keep its range.
  const half = n === 32;
  d.smaxHi = half ? d.smax32 : I32_MAX;
  d.smaxLo = half ? 0 : -1;
  d.sminHi = half ? d.smin32 : I32_MIN;
  d.sminLo = 0;
  const limitHi = shlHi(0, 1, 63 - n);
  const limitLo = shlLo(1, 63 - n);
  if (ltu(limitHi, limitLo, d.umaxHi, d.umaxLo)) {
    d.uminHi = d.uminLo = 0;
    d.umaxHi = d.umaxLo = -1;
    return;
  }
  d.uminHi = shlHi(d.uminHi, d.uminLo, n);
  d.uminLo = shlLo(d.uminLo, n);
  d.umaxHi = shlHi(d.umaxHi, d.umaxLo, n);
  d.umaxLo = shlLo(d.umaxLo, n);
}

/** dst := dst >> amount, logical. The sign is left to the tnum: a shift by 0 may keep it. */
export function shiftRight(d: Scalar, s: Scalar, is64: boolean): void {
  if (!is64) {
    const n = s.umin32;
    tnumCast(d, 4);
    tnumShr(d, n);
    d.smin32 = I32_MIN;
    d.smax32 = I32_MAX;
    d.umin32 = (d.umin32 >>> n) | 0;
    d.umax32 = (d.umax32 >>> n) | 0;
    markUnbounded64(d);
    updateBounds32(d);
    return;
  }
  const n = s.uminLo;
  tnumShr(d, n);
  const { uminHi, uminLo, umaxHi, umaxLo } = d;
  markUnbounded64(d);
  d.uminLo = shrLo(uminHi, uminLo, n);
  d.uminHi = shrHi(uminHi, n);
  d.umaxLo = shrLo(umaxHi, umaxLo, n);
  d.umaxHi = shrHi(umaxHi, n);
  markUnbounded32(d);
  updateBounds(d);
}

/** dst := dst >> amount, arithmetic. */
export function shiftRightSigned(d: Scalar, s: Scalar, is64: boolean): void {
  if (!is64) {
    const n = s.umin32;
    d.smin32 >>= n;
    d.smax32 >>= n;
    tnumSar32(d, n);
    d.umin32 = 0;
    d.umax32 = -1;
    markUnbounded64(d);
    updateBounds32(d);
    return;
  }
  const n = s.uminLo;
  d.sminLo = sarLo(d.sminHi, d.sminLo, n);
  d.sminHi = sarHi(d.sminHi, n);
  d.smaxLo = sarLo(d.smaxHi, d.smaxLo, n);
  d.smaxHi = sarHi(d.smaxHi, n);
  tnumSar(d, n);
  d.uminHi = d.uminLo = 0;
  d.umaxHi = d.umaxLo = -1;
  markUnbounded32(d);
  updateBounds(d);
}
