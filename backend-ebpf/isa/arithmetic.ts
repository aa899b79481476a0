/**
 * Values of the ISA: what ALU, byte-swap, comparison and atomic operations give (RFC 9669 sections 4.1 to 4.3 and 5.3).
 * Pure functions on BigInt. Arguments are any integers, results unsigned.
 */
import type { AluOp, AtomicOp, JumpOp } from "./opcodes.ts";

/** The low `bits` of `value` as an unsigned number. */
export function unsigned(value: bigint, bits: number): bigint {
  return BigInt.asUintN(bits, value);
}
/** The low `bits` of `value` as a signed number. */
export function signExtend(value: bigint, bits: number): bigint {
  return BigInt.asIntN(bits, value);
}

/** `a OP b` on the low `bits` of both; 32-bit results are zero-extended. BigInt's / and % truncate, as the ISA's do. */
export function computeAlu(op: AluOp, bits: 32 | 64, a: bigint, b: bigint): bigint {
  const [x, y] = [unsigned(a, bits), unsigned(b, bits)];
  const [sx, sy] = [signExtend(a, bits), signExtend(b, bits)];
  const shift = y & BigInt(bits - 1);
  const operations: Record<AluOp, () => bigint> = {
    add: () => x + y,
    sub: () => x - y,
    mul: () => x * y,
    div: () => (y === 0n ? 0n : x / y),
    sdiv: () => (sy === 0n ? 0n : sx / sy),
    mod: () => (y === 0n ? x : x % y),
    smod: () => (sy === 0n ? sx : sx % sy),
    or: () => x | y,
    and: () => x & y,
    xor: () => x ^ y,
    lsh: () => x << shift,
    rsh: () => x >> shift,
    arsh: () => sx >> shift,
    mov: () => y,
  };
  return unsigned(operations[op](), bits);
}

/** Whether the jump `a OP b` is taken. */
export function compare(op: JumpOp, bits: 32 | 64, a: bigint, b: bigint): boolean {
  const [x, y] = [unsigned(a, bits), unsigned(b, bits)];
  const [sx, sy] = [signExtend(a, bits), signExtend(b, bits)];
  const operations: Record<JumpOp, boolean> = {
    jeq: x === y,
    jne: x !== y,
    jgt: x > y,
    jge: x >= y,
    jlt: x < y,
    jle: x <= y,
    jset: (x & y) !== 0n,
    jsgt: sx > sy,
    jsge: sx >= sy,
    jslt: sx < sy,
    jsle: sx <= sy,
  };
  return operations[op];
}

/** The low `bits` of `value` in the wanted byte order (of a little-endian machine), zero-extended. */
export function endian(to: "le" | "be" | "swap", bits: 16 | 32 | 64, value: bigint): bigint {
  const low = unsigned(value, bits);
  if (to === "le") return low;
  let swapped = 0n;
  for (let shift = 0n; shift < BigInt(bits); shift += 8n) swapped = (swapped << 8n) | ((low >> shift) & 0xffn);
  return swapped;
}

/** What an atomic operation stores where `old` was. `expected` is r0, for cmpxchg. */
export function atomicResult(op: AtomicOp, bits: 32 | 64, old: bigint, operand: bigint, expected: bigint): bigint {
  switch (op) {
    case "xchg":
      return operand;
    case "cmpxchg":
      return old === expected ? operand : old;
    default:
      return computeAlu(op, bits, old, operand);
  }
}
