/** Arithmetic of constants as instructions see them: immediates and comparisons. */
import type { Predicate, Width } from "../../ir/types.ts";

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

export function evaluateCompare(pred: Predicate, width: Width, a: bigint, b: bigint): boolean {
  const signed = pred.startsWith("s");
  const [x, y] = [a, b].map((v) => (signed ? BigInt.asIntN(width, v) : BigInt.asUintN(width, v))) as [bigint, bigint];
  switch (pred) {
    case "eq":
      return x === y;
    case "ne":
      return x !== y;
    case "ult":
    case "slt":
      return x < y;
    case "ule":
    case "sle":
      return x <= y;
    case "ugt":
    case "sgt":
      return x > y;
    case "uge":
    case "sge":
      return x >= y;
  }
}

/** The predicate with its operands exchanged. */
export const SWAPPED: Readonly<Record<Predicate, Predicate>> = {
  eq: "eq", ne: "ne", ult: "ugt", ule: "uge", ugt: "ult", uge: "ule", slt: "sgt", sle: "sge", sgt: "slt", sge: "sle",
};
/** The predicate that holds when the other does not. */
export const INVERTED: Readonly<Record<Predicate, Predicate>> = {
  eq: "ne", ne: "eq", ult: "uge", ule: "ugt", ugt: "ule", uge: "ult", slt: "sge", sle: "sgt", sgt: "sle", sge: "slt",
};
