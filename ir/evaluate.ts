/**
 * What each pure operation computes: the one definition of IR arithmetic, used by the interpreter and by every pass that
 * folds. BigInt, slow and obvious. Ints are held in their signed form, in [-2^63, 2^63).
 */
import type { BinaryFn, Predicate, Width } from "./types.ts";

/** The signed form of any bigint's low 64 bits. */
export function wrap64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/**
 * `a fn b`. Width 32 reads the low halves and zero-extends the result. Division by zero gives 0, modulo by zero the
 * dividend (RFC 9669, section 4.1), minimum / -1 the minimum with remainder 0; shift counts are masked to the width.
 */
export function evaluateBinary(fn: BinaryFn, width: Width, a: bigint, b: bigint): bigint {
  const result = compute(fn, width, BigInt.asIntN(width, a), BigInt.asIntN(width, b), BigInt.asUintN(width, a), BigInt.asUintN(width, b));
  return wrap64(width === 32 ? BigInt.asUintN(32, result) : result);
}

/** Signed operands `a`, `b` and their unsigned forms `ua`, `ub`; the result is wrapped by the caller. */
function compute(fn: BinaryFn, width: Width, a: bigint, b: bigint, ua: bigint, ub: bigint): bigint {
  const count = ub & BigInt(width - 1);
  switch (fn) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "udiv":
      return ub === 0n ? 0n : ua / ub;
    case "sdiv":
      return b === 0n ? 0n : a / b;
    case "umod":
      return ub === 0n ? ua : ua % ub;
    case "smod":
      return b === 0n ? a : a % b;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return a << count;
    case "lshr":
      return ua >> count;
    case "ashr":
      return a >> count;
  }
}

/** `a pred b` on the low `width` bits. */
export function evaluateCompare(pred: Predicate, width: Width, a: bigint, b: bigint): boolean {
  const signed = pred.startsWith("s");
  const x = signed ? BigInt.asIntN(width, a) : BigInt.asUintN(width, a);
  const y = signed ? BigInt.asIntN(width, b) : BigInt.asUintN(width, b);
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

/** The low `from` bits of `a`, sign- or zero-extended. */
export function evaluateExtend(from: 8 | 16 | 32, signed: boolean, a: bigint): bigint {
  return signed ? BigInt.asIntN(from, a) : BigInt.asUintN(from, a);
}

/** The predicate that holds exactly when `pred` does not. */
export const NEGATED: Readonly<Record<Predicate, Predicate>> = {
  eq: "ne", ne: "eq", ult: "uge", ule: "ugt", ugt: "ule", uge: "ult", slt: "sge", sle: "sgt", sgt: "sle", sge: "slt",
};

/** The predicate that holds for (b, a) exactly when `pred` holds for (a, b). */
export const SWAPPED: Readonly<Record<Predicate, Predicate>> = {
  eq: "eq", ne: "ne", ult: "ugt", ule: "uge", ugt: "ult", uge: "ule", slt: "sgt", sle: "sge", sgt: "slt", sge: "sle",
};
