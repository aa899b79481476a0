/**
 * What the kernel's verifier knows of a result where it knows ranges of the operands: the weakest of kernels 6.1 to 6.18
 * (adjust_scalar_min_max_vals, coerce_reg_to_size_sx), of the instructions that code generation chooses for an operation.
 * Owns how far its arithmetic falls short of the exact one in intervals.ts; never claims more than that.
 */
import type { Instr } from "../types.ts";
import { binaryRange, extendRange, FULL, type Range, singleton, typeRange, unsignedRange } from "./intervals.ts";

export function verifierBinaryRange(instr: Extract<Instr, { op: "bin" }>, a: Range, b: Range): Range {
  if (!tracks(instr, a, b)) return instr.width === 32 ? typeRange(32, false) : FULL;
  const exact = binaryRange(instr.fn, instr.width, a, b);
  // A remainder by a power of two becomes a mask, which forgets the lower bound.
  return instr.fn === "umod" ? unsignedRange(0n, exact.umax) : exact;
}

/**
 * Range of the low `from` bits, extended. A sign extension is one instruction since 6.6, two shifts before: neither keeps
 * bounds below zero. A zero extension of less than 32 bits is a mask.
 */
export function verifierExtensionRange(from: 8 | 16 | 32, signed: boolean, a: Range): Range {
  const exact = extendRange(from, signed, a);
  if (signed) return exact.smin < 0n ? typeRange(from, true) : exact;
  return from === 32 ? exact : unsignedRange(0n, exact.umax);
}

/** Whether bounds are computed for this operation at all. */
function tracks(instr: Extract<Instr, { op: "bin" }>, a: Range, b: Range): boolean {
  switch (instr.fn) {
    case "sub":
      // 0 - x becomes a negation.
      return singleton(a) !== 0n;
    case "mul": {
      // Only factors that are not negative and fit half the width: their product can't overflow.
      const half = instr.width === 32 ? 0xffffn : 0xffff_ffffn;
      return a.smin >= 0n && b.smin >= 0n && a.umax <= half && b.umax <= half;
    }
    case "udiv":
    case "umod":
      // A power of two becomes a shift or a mask.
      return singleton(b) !== undefined && isPowerOfTwo(b.umin);
    case "sdiv":
    case "smod":
      return false;
    case "shl":
      return singleton(b) !== undefined && a.smin >= 0n;
    case "lshr":
    case "ashr":
      return singleton(b) !== undefined;
    default:
      return true;
  }
}

/** 1 … 2^31, which is what code generation turns remainders by into masks. */
function isPowerOfTwo(value: bigint): boolean {
  return value > 0n && value <= 1n << 31n && (value & (value - 1n)) === 0n;
}
