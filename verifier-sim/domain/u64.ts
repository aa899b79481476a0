/**
 * 64-bit integers as pairs (hi, lo) of int32, the form in which the numeric domain keeps every quantity.
 * Each operation is a pure function that returns one half, so nothing is allocated and the optimizer can inline all of it;
 * callers compute both halves before they store either. Halves are always normalized with `| 0`: such numbers stay small
 * integers in V8 on 64-bit hosts. This module never knows what a quantity means (tnum, bound): see tnum.ts and scalar.ts.
 */

export const I32_MIN = -0x80000000;
export const I32_MAX = 0x7fffffff;

/** High half of a + b. */
export function addHi(ahi: number, alo: number, bhi: number, blo: number): number {
  return (ahi + bhi + ((alo >>> 0) + (blo >>> 0) > 0xffffffff ? 1 : 0)) | 0;
}
/** Low half of a + b. */
export function addLo(alo: number, blo: number): number {
  return (alo + blo) | 0;
}
/** High half of a - b. */
export function subHi(ahi: number, alo: number, bhi: number, blo: number): number {
  return (ahi - bhi - (alo >>> 0 < blo >>> 0 ? 1 : 0)) | 0;
}
/** Low half of a - b. */
export function subLo(alo: number, blo: number): number {
  return (alo - blo) | 0;
}

/** High 32 bits of the unsigned product of two 32-bit numbers. */
export function mulHi32(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = Math.imul(a0, b0) >>> 0;
  const mid = (Math.imul(a1, b0) >>> 0) + (low >>> 16);
  const mid2 = (Math.imul(a0, b1) >>> 0) + (mid % 0x10000);
  return (Math.imul(a1, b1) + Math.floor(mid / 0x10000) + Math.floor(mid2 / 0x10000)) | 0;
}
/** High half of a * b modulo 2^64. */
export function mulHi(ahi: number, alo: number, bhi: number, blo: number): number {
  return (mulHi32(alo, blo) + Math.imul(ahi, blo) + Math.imul(alo, bhi)) | 0;
}
/** Low half of a * b modulo 2^64. */
export function mulLo(alo: number, blo: number): number {
  return Math.imul(alo, blo);
}

/** High half of a << n, n in [0, 63]. */
export function shlHi(hi: number, lo: number, n: number): number {
  if (n === 0) return hi;
  return n < 32 ? (hi << n) | (lo >>> (32 - n)) : (lo << (n - 32)) | 0;
}
/** Low half of a << n, n in [0, 63]. */
export function shlLo(lo: number, n: number): number {
  return n < 32 ? lo << n : 0;
}
/** High half of the logical a >> n, n in [0, 63]. */
export function shrHi(hi: number, n: number): number {
  return n < 32 ? (hi >>> n) | 0 : 0;
}
/** Low half of the logical a >> n, n in [0, 63]. */
export function shrLo(hi: number, lo: number, n: number): number {
  if (n === 0) return lo;
  return n < 32 ? (lo >>> n) | (hi << (32 - n)) : (hi >>> (n - 32)) | 0;
}
/** High half of the arithmetic a >> n, n in [0, 63]. */
export function sarHi(hi: number, n: number): number {
  return n < 32 ? hi >> n : hi >> 31;
}
/** Low half of the arithmetic a >> n, n in [0, 63]. */
export function sarLo(hi: number, lo: number, n: number): number {
  if (n === 0) return lo;
  return n < 32 ? (lo >>> n) | (hi << (32 - n)) : hi >> (n - 32);
}

/** a < b, unsigned 32-bit. */
export function ltu32(a: number, b: number): boolean {
  return a >>> 0 < b >>> 0;
}
/** a < b, unsigned 64-bit. */
export function ltu(ahi: number, alo: number, bhi: number, blo: number): boolean {
  return ahi === bhi ? alo >>> 0 < blo >>> 0 : ahi >>> 0 < bhi >>> 0;
}
/** a < b, signed 64-bit. */
export function lts(ahi: number, alo: number, bhi: number, blo: number): boolean {
  return ahi === bhi ? alo >>> 0 < blo >>> 0 : ahi < bhi;
}

/** Bits needed for the unsigned number: 0 for 0, else index of the highest one bit + 1. */
export function bitLength(hi: number, lo: number): number {
  return hi !== 0 ? 64 - Math.clz32(hi) : 32 - Math.clz32(lo);
}
/** High half of 2^n - 1, n in [0, 64]. */
export function onesHi(n: number): number {
  return n <= 32 ? 0 : n === 64 ? -1 : ((1 << (n - 32)) - 1) | 0;
}
/** Low half of 2^n - 1, n in [0, 64]. */
export function onesLo(n: number): number {
  return n >= 32 ? -1 : ((1 << n) - 1) | 0;
}

/** The unsigned value as a double: exact below 2^53, else rounded (monotone, so comparisons with smaller limits hold). */
export function unsignedNumber(hi: number, lo: number): number {
  return (hi >>> 0) * 0x100000000 + (lo >>> 0);
}
/** The signed value as a double: exact within ±2^53, else rounded (monotone). */
export function signedNumber(hi: number, lo: number): number {
  return hi * 0x100000000 + (lo >>> 0);
}
/** High half (two's complement) of an integer double within ±2^53. */
export function highOf(value: number): number {
  return Math.floor(value / 0x100000000) | 0;
}
/** Low half (two's complement) of an integer double within ±2^53. */
export function lowOf(value: number): number {
  return value | 0;
}
