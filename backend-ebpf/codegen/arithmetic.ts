/**
 * Integer operations: two-address forms, immediates, strength reduction by powers of two, and expansions for kernels
 * without instruction set v4 (sign extension by shifts, signed division by the signs).
 */
import type { BinaryFn, Instr, ValueId, Width } from "../../ir/types.ts";
import { powerOfTwo } from "./constants.ts";
import type { AluFn, Operand, Reg } from "./mir.ts";
import type { SelectorContext } from "./select.ts";

type Binary = Instr & { op: "bin" };

const ALU: Readonly<Record<BinaryFn, AluFn>> = {
  add: "add", sub: "sub", mul: "mul", udiv: "div", sdiv: "sdiv", umod: "mod", smod: "smod",
  and: "and", or: "or", xor: "xor", shl: "lsh", lshr: "rsh", ashr: "arsh",
};
const COMMUTATIVE: ReadonlySet<BinaryFn> = new Set<BinaryFn>(["add", "mul", "and", "or", "xor"]);
const NEUTRAL_ZERO: ReadonlySet<BinaryFn> = new Set<BinaryFn>(["add", "sub", "or", "xor"]);
/** Low 32 bits of the result depend on the low 32 bits of the operands alone. */
const LOW_BITS: ReadonlySet<BinaryFn> = new Set<BinaryFn>(["add", "sub", "mul", "and", "or", "xor"]);
const SHIFTS: ReadonlySet<BinaryFn> = new Set<BinaryFn>(["shl", "lshr", "ashr"]);

/**
 * Since 6.11 the kernel's verifier links `x + constant` to x and keeps the constant in the register; one this large it then
 * refuses beside a pointer, whatever the bounds ("pointer offset … is not allowed"). A second addition drops the link.
 */
const LINKED_LIMIT = 1n << 29n;

export function selectBinary(cx: SelectorContext, instr: Binary): void {
  const { fn, width } = instr;
  const dst = cx.regOf(instr.id);
  const swap = COMMUTATIVE.has(fn) && cx.constant(instr.b) === undefined && (cx.constant(instr.a) !== undefined || prefersSecond(cx, instr));
  const [a, b] = swap ? [instr.b, instr.a] : [instr.a, instr.b];
  const constant = cx.constant(b);
  if (constant !== undefined && withConstant(cx, fn, width, dst, a, constant)) return;
  if (fn === "sub" && cx.constant(a) === 0n) {
    cx.copy(dst, b);
    cx.emit({ op: "neg", width, dst });
    return;
  }
  if ((fn === "sdiv" || fn === "smod") && !cx.v4) return signedDivision(cx, fn, width, dst, a, b);
  const right = cx.operand(b, width);
  cx.copy(dst, a);
  cx.emit({ op: "alu", fn: ALU[fn], width, dst, src: right });
}

/** A loop-carried value keeps its register when it is the first operand. */
function prefersSecond(cx: SelectorContext, { a, b }: Binary): boolean {
  return cx.definition(b).op === "phi" && cx.definition(a).op !== "phi";
}

/** Forms for a constant right operand other than the plain immediate; false if there is none. */
function withConstant(cx: SelectorContext, fn: BinaryFn, width: Width, dst: Reg, a: ValueId, constant: bigint): boolean {
  const alu = (op: AluFn, imm: number): true => {
    cx.copy(dst, a);
    cx.emit({ op: "alu", fn: op, width, dst, src: { imm } });
    return true;
  };
  const count = BigInt.asUintN(width === 64 ? 6 : 5, constant);
  const zero = BigInt.asUintN(width, constant) === 0n;
  if (width === 64 && (SHIFTS.has(fn) ? count === 0n : zero && NEUTRAL_ZERO.has(fn))) {
    cx.copy(dst, a);
    return true;
  }
  if (fn === "add" && width === 64 && constant >= LINKED_LIMIT && constant < 1n << 31n) {
    alu("add", Number(constant >> 1n));
    cx.emit({ op: "alu", fn: "add", width, dst, src: { imm: Number(constant - (constant >> 1n)) } });
    return true;
  }
  if (SHIFTS.has(fn)) return alu(ALU[fn], Number(count));
  if (zero && (fn === "udiv" || fn === "sdiv")) {
    cx.emit({ op: "mov", width: 64, dst, src: { imm: 0 } });
    return true;
  }
  if (zero && (fn === "umod" || fn === "smod")) {
    cx.emit({ op: "mov", width, dst, src: cx.operand(a, width) });
    return true;
  }
  const power = powerOfTwo(constant, width);
  if (power === undefined) return false;
  if (fn === "mul") return alu("lsh", power);
  if (fn === "udiv") return alu("rsh", power);
  if (fn === "umod" && power <= 31) return alu("and", Number(BigInt.asIntN(32, (1n << BigInt(power)) - 1n)));
  return false;
}

/**
 * Signed division on unsigned division: |a| / |b| with the sign of a·b, or |a| % |b| with the sign of a. Division by
 * zero gives 0 and modulo the dividend; minimum / -1 wraps to the minimum: all as the instruction of v4 does.
 */
function signedDivision(cx: SelectorContext, fn: "sdiv" | "smod", width: Width, dst: Reg, a: ValueId, b: ValueId): void {
  const signs: Reg[] = [];
  const magnitude = (value: ValueId): Reg => {
    const [sign, reg] = [cx.newReg(), cx.newReg()];
    cx.copy(sign, value);
    cx.emit({ op: "alu", fn: "arsh", width, dst: sign, src: { imm: width - 1 } });
    cx.copy(reg, value);
    applySign(cx, width, reg, sign);
    signs.push(sign);
    return reg;
  };
  const dividend = magnitude(a);
  const divisor = magnitude(b);
  cx.emit({ op: "mov", width: 64, dst, src: dividend });
  cx.emit({ op: "alu", fn: fn === "sdiv" ? "div" : "mod", width, dst, src: divisor });
  const sign = cx.newReg();
  cx.emit({ op: "mov", width: 64, dst: sign, src: signs[0]! });
  if (fn === "sdiv") cx.emit({ op: "alu", fn: "xor", width, dst: sign, src: signs[1]! });
  applySign(cx, width, dst, sign);
}

/** Negates `reg` if `sign` is -1, leaves it if 0: (reg ^ sign) - sign. */
function applySign(cx: SelectorContext, width: Width, reg: Reg, sign: Operand): void {
  cx.emit({ op: "alu", fn: "xor", width, dst: reg, src: sign });
  cx.emit({ op: "alu", fn: "sub", width, dst: reg, src: sign });
}

export function signExtend(cx: Pick<SelectorContext, "emit" | "v4">, dst: Reg, src: Reg, from: 8 | 16 | 32): void {
  if (cx.v4) return cx.emit({ op: "movsx", from, dst, src });
  cx.emit({ op: "mov", width: 64, dst, src });
  cx.emit({ op: "alu", fn: "lsh", width: 64, dst, src: { imm: 64 - from } });
  cx.emit({ op: "alu", fn: "arsh", width: 64, dst, src: { imm: 64 - from } });
}

/** Zero extension from 32 bits of a 64-bit operation that nothing else reads: the 32-bit operation does both. */
export function fusedExtension(def: Instr, instr: Instr & { op: "ext" }): Binary | undefined {
  if (instr.signed || instr.from !== 32 || def.op !== "bin" || !LOW_BITS.has(def.fn)) return undefined;
  return { ...def, id: instr.id, width: 32 };
}

export function zeroExtend(cx: Pick<SelectorContext, "emit">, dst: Reg, src: Reg, from: 8 | 16 | 32): void {
  if (from === 32) return cx.emit({ op: "mov", width: 32, dst, src });
  cx.emit({ op: "mov", width: 64, dst, src });
  cx.emit({ op: "alu", fn: "and", width: 64, dst, src: { imm: from === 8 ? 0xff : 0xffff } });
}
