/** Integer casts as plain JavaScript: the same values as in compiled programs wherever a number can hold them. */
import type * as T from "./types.ts";
import type { Cast } from "./types.ts";

export type u8 = T.u8;
export type u16 = T.u16;
export type u32 = T.u32;
export type u64 = T.u64;
export type i8 = T.i8;
export type i16 = T.i16;
export type i32 = T.i32;
export type i64 = T.i64;

function toBigInt(x: number | bigint | boolean): bigint {
  if (typeof x === "number" && !Number.isFinite(x)) throw new RangeError(`${x} is no integer`);
  return typeof x === "number" ? BigInt(Math.trunc(x)) : BigInt(x);
}

function makeCast<T extends number>(name: string, bits: number, isSigned: boolean): Cast<T> {
  const wrap = (x: number | bigint): T => Number(isSigned ? BigInt.asIntN(bits, toBigInt(x)) : BigInt.asUintN(bits, toBigInt(x))) as T;
  const cast = (x: number | bigint | boolean): T => {
    const exact = toBigInt(x);
    const fits = (isSigned ? BigInt.asIntN(bits, exact) : BigInt.asUintN(bits, exact)) === exact;
    if (!fits || (typeof x === "number" && !Number.isInteger(x))) throw new RangeError(`${x} is no ${name}`);
    return Number(exact) as T;
  };
  return Object.assign(cast, { wrap });
}

export const u8: Cast<u8> = makeCast("u8", 8, false);
export const u16: Cast<u16> = makeCast("u16", 16, false);
export const u32: Cast<u32> = makeCast("u32", 32, false);
export const u64: Cast<u64> = makeCast("u64", 64, false);
export const i8: Cast<i8> = makeCast("i8", 8, true);
export const i16: Cast<i16> = makeCast("i16", 16, true);
export const i32: Cast<i32> = makeCast("i32", 32, true);
export const i64: Cast<i64> = makeCast("i64", 64, true);
