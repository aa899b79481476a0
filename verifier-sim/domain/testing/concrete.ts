/** What instructions compute on concrete numbers of any even width, as BigInt: the truth for soundness tests. RFC 9669 section 4. */
import { ALU, JMP } from "../ops.ts";

/** x op y in `bits` (the register's width or its half), zero-extended. Shift amounts must be below the width. */
export function concreteAlu(op: number, bits: number, x: bigint, y: bigint): bigint {
  const u = (v: bigint): bigint => BigInt.asUintN(bits, v);
  const s = (v: bigint): bigint => BigInt.asIntN(bits, v);
  const a = u(x);
  const b = u(y);
  switch (op) {
    case ALU.ADD: return u(a + b);
    case ALU.SUB: return u(a - b);
    case ALU.MUL: return u(a * b);
    case ALU.DIV: return b === 0n ? 0n : a / b;
    case ALU.MOD: return b === 0n ? a : a % b;
    case ALU.AND: return a & b;
    case ALU.OR: return a | b;
    case ALU.XOR: return a ^ b;
    case ALU.LSH: return u(a << b);
    case ALU.RSH: return a >> b;
    case ALU.ARSH: return u(s(a) >> b);
    case ALU.NEG: return u(-a);
    default: throw new Error(`no concrete meaning for operation ${op}`);
  }
}

/** The condition `x op y` in `bits`. */
export function concreteJump(op: number, bits: number, x: bigint, y: bigint): boolean {
  const a = BigInt.asUintN(bits, x);
  const b = BigInt.asUintN(bits, y);
  const sa = BigInt.asIntN(bits, x);
  const sb = BigInt.asIntN(bits, y);
  switch (op) {
    case JMP.JEQ: return a === b;
    case JMP.JNE: return a !== b;
    case JMP.JGT: return a > b;
    case JMP.JGE: return a >= b;
    case JMP.JLT: return a < b;
    case JMP.JLE: return a <= b;
    case JMP.JSGT: return sa > sb;
    case JMP.JSGE: return sa >= sb;
    case JMP.JSLT: return sa < sb;
    case JMP.JSLE: return sa <= sb;
    case JMP.JSET: return (a & b) !== 0n;
    default: throw new Error(`no concrete meaning for condition ${op}`);
  }
}
