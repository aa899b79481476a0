/**
 * Changes of width and byte order: 32-bit moves, sign-extending moves, loads narrower than a register, byte swaps. As in
 * kernel 6.18.
 */
import { syncBounds } from "./bounds.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { isConst, markKnown, markUnbounded, markUnbounded32, markUnknown, type Scalar } from "./scalar.ts";
import { tnumAssignConst, tnumAssignRange, tnumCast } from "./tnum.ts";
import { I32_MAX, I32_MIN, shrLo } from "./u64.ts";

/** The register's low half, zero-extended (`w1 = w2`). */
export function zeroExtend32(s: Scalar): void {
  assign32Into64(s);
  syncBounds(s);
}

/** Clears the high half and sets the 64-bit bounds from the 32-bit ones; the caller synchronizes. */
export function assign32Into64(s: Scalar): void {
  s.tvHi = s.tmHi = 0;
  s.uminHi = s.umaxHi = 0;
  s.uminLo = s.umin32;
  s.umaxLo = s.umax32;
  const positive = s.smin32 >= 0 && s.smax32 >= 0;
  s.sminHi = s.smaxHi = 0;
  s.sminLo = positive ? s.smin32 : 0;
  s.smaxLo = positive ? s.smax32 : -1;
}

/** The low `size` bytes (1, 2 or 4; 8 changes nothing), zero-extended: a narrow load. */
export function truncateTo(s: Scalar, size: number): void {
  if (size === 8) return;
  tnumCast(s, size);
  const mask = size === 4 ? -1 : (1 << (size * 8)) - 1;
  if (s.uminHi === s.umaxHi && (s.uminLo & ~mask) === (s.umaxLo & ~mask)) {
    s.uminLo &= mask;
    s.umaxLo &= mask;
  } else {
    s.uminLo = 0;
    s.umaxLo = mask;
  }
  s.uminHi = s.umaxHi = 0;
  s.sminHi = s.smaxHi = 0;
  s.sminLo = s.uminLo;
  s.smaxLo = s.umaxLo;
  if (size < 4) markUnbounded32(s);
  syncBounds(s);
}

/** The low `size` bytes (1, 2 or 4), sign-extended to 64 bits: `r1 = (s8)r2`, and loads with sign extension. */
export function signExtend64(s: Scalar, size: number): void {
  if (isConst(s)) {
    const lo = signExtendLow(s.tvLo, size);
    markKnown(s, lo >> 31, lo);
    return;
  }
  const bits = size * 8;
  const min = signExtendLow(s.sminLo, size);
  const max = signExtendLow(s.smaxLo, size);
  // Both ends in one window of the width, and in one half of it: the range survives.
  const sameWindow = s.sminHi === s.smaxHi && (size === 4 || shrLo(s.sminHi, s.sminLo, bits) === shrLo(s.smaxHi, s.smaxLo, bits));
  if (sameWindow && min < 0 === max < 0) {
    const least = Math.min(min, max);
    const most = Math.max(min, max);
    s.smin32 = s.umin32 = s.sminLo = s.uminLo = least;
    s.smax32 = s.umax32 = s.smaxLo = s.umaxLo = most;
    s.sminHi = s.uminHi = least >> 31;
    s.smaxHi = s.umaxHi = most >> 31;
    tnumAssignRange(s, s.sminHi, least, s.smaxHi, most);
    return;
  }
  const limit = -signExtendLow(1 << (bits - 1), size) - 1;
  s.smin32 = s.sminLo = -limit - 1;
  s.smax32 = s.smaxLo = limit;
  s.sminHi = -1;
  s.smaxHi = 0;
  s.uminHi = s.uminLo = s.umin32 = 0;
  s.umaxHi = s.umaxLo = s.umax32 = -1;
  s.tvHi = s.tvLo = 0;
  s.tmHi = s.tmLo = -1;
}

/** The low `size` bytes (1 or 2), sign-extended to 32 bits and zero-extended: `w1 = (s8)w2`. */
export function signExtend32(s: Scalar, size: number): void {
  extendLow32(s, size);
  zeroExtend32(s);
}
function extendLow32(s: Scalar, size: number): void {
  if (isConst(s)) {
    const lo = signExtendLow(s.tvLo, size);
    tnumAssignConst(s, lo >> 31, lo);
    s.smin32 = s.smax32 = s.umin32 = s.umax32 = lo;
    return;
  }
  const bits = size * 8;
  const min = signExtendLow(s.smin32, size);
  const max = signExtendLow(s.smax32, size);
  if (s.smin32 >>> bits === s.smax32 >>> bits && min < 0 === max < 0) {
    s.smin32 = s.umin32 = Math.min(min, max);
    s.smax32 = s.umax32 = Math.max(min, max);
    tnumAssignRange(s, 0, s.smin32, 0, s.smax32);
    return;
  }
  s.smin32 = size === 1 ? -0x80 : size === 2 ? -0x8000 : I32_MIN;
  s.smax32 = size === 1 ? 0x7f : size === 2 ? 0x7fff : I32_MAX;
  s.umin32 = 0;
  s.umax32 = -1;
  s.tvHi = s.tvLo = s.tmHi = 0;
  s.tmLo = -1;
}

/**
 * A byte-order instruction on the low `bits` (16, 32 or 64), zero-extended: the bytes reversed (`swap`: be and bswap on this
 * little-endian machine) or only truncated (le). Reversed, known bits move with their bytes, and bounds are
 * found again from them.
 */
export function byteOrder(s: Scalar, swap: boolean, bits: number): void {
  if (!ARITHMETIC.swapsBits) return markUnknown(s);
  if (swap) {
    const { tvHi, tvLo, tmHi, tmLo } = s;
    s.tvHi = bits === 64 ? swap32(tvLo) : 0;
    s.tmHi = bits === 64 ? swap32(tmLo) : 0;
    s.tvLo = bits === 64 ? swap32(tvHi) : bits === 32 ? swap32(tvLo) : swap32(tvLo) >>> 16;
    s.tmLo = bits === 64 ? swap32(tmHi) : bits === 32 ? swap32(tmLo) : swap32(tmLo) >>> 16;
    markUnbounded(s);
  }
  if (bits < 64) truncateTo(s, bits / 8);
  syncBounds(s);
}
function swap32(x: number): number {
  return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}

function signExtendLow(lo: number, size: number): number {
  return size === 1 ? (lo << 24) >> 24 : size === 2 ? (lo << 16) >> 16 : lo;
}
