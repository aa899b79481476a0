/** Constants as instructions see them: which fit where. */
import type { Width } from "../../ir/types.ts";

/** Whether the signed 64-bit `value` is what a sign-extended 32-bit immediate gives. */
export function fitsImmediate(value: bigint): boolean {
  return value >= -0x80000000n && value <= 0x7fffffffn;
}

/** The low 32 bits of `value` as a signed number, for 32-bit operations. */
export function lowImmediate(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

export function fitsOffset(offset: number): boolean {
  return offset >= -0x8000 && offset <= 0x7fff;
}

/** Position of the only set bit, or undefined if `value` is not a power of two (taken as unsigned of `width` bits). */
export function powerOfTwo(value: bigint, width: Width): number | undefined {
  const unsigned = BigInt.asUintN(width, value);
  if (unsigned === 0n || (unsigned & (unsigned - 1n)) !== 0n) return undefined;
  return unsigned.toString(2).length - 1;
}
