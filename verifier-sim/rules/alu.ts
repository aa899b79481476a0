/** ALU and ALU64 instructions: arithmetic on numbers and on pointers. */
import { ALU_OPS, CLASS, SOURCE } from "../../backend-ebpf/isa/opcodes.ts";
import {
  ALU, byteOrder, constSigned, decimalSigned, forkWidth, isConst, markUnbounded32, scalarAlu, signExtend32, signExtend64, smin, syncBounds, umax, umin, smax, zeroExtend32,
} from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse, unmodelled } from "../failure.ts";
import { classOf, operationOf, usesRegister } from "../program/decode.ts";
import { Reg, kindName } from "../state/register.ts";
import { distanceOver, keepLink } from "./linked.ts";
import { habitsOf } from "./versions.ts";

const MAX_VAR_OFF = 2 ** 29;
const SYMBOLS = new Map(ALU_OPS.map((row) => [row.code as number, row.symbol as string]));

export function checkAlu(m: Machine): void {
  const insn = m.current;
  const operation = operationOf(insn);
  switch (operation) {
    case ALU.END:
    case ALU.NEG:
      return checkUnary(m);
    case ALU.MOV:
      return checkMove(m);
    default:
      if (operation > ALU.END) refuse("alu-opcode", operation.toString(16));
      return checkBinary(m);
  }
}

function checkUnary(m: Machine): void {
  const { opcode, dst, src, off, imm } = m.current;
  const is64 = classOf(m.current) === CLASS.ALU64;
  const neg = operationOf(m.current) === ALU.NEG;
  if (neg) {
    if (opcode & SOURCE.X || src !== 0 || off !== 0 || imm !== 0) refuse("reserved-fields", "BPF_NEG");
  } else if (src !== 0 || off !== 0 || ![16, 32, 64].includes(imm) || (is64 && opcode & SOURCE.X)) refuse("reserved-fields", "BPF_END");
  m.read(dst);
  const reg = m.target(dst);
  if (!reg.isScalar) return reg.setUnknown();
  if (neg) {
    const value = reg.copy();
    scalarAlu(ALU.NEG, is64, reg, value);
  } else byteOrder(reg, is64 || (opcode & SOURCE.X) !== 0, imm);
  reg.id = 0;
  reg.off = 0;
}

function checkMove(m: Machine): void {
  const insn = m.current;
  const { dst, src, off, imm } = insn;
  const is64 = classOf(insn) === CLASS.ALU64;
  if (!usesRegister(insn)) {
    if (src !== 0 || off !== 0) refuse("reserved-fields", "BPF_MOV");
    const reg = m.target(dst);
    return is64 ? reg.setKnown(imm >> 31, imm) : reg.setKnown(0, imm);
  }
  if (is64 && (off === 1 || off === -1)) unmodelled("address space cast");
  const widths = !habitsOf(m.options.profile).instructionsV4 ? [0] : is64 ? [0, 8, 16, 32] : [0, 8, 16];
  if (!widths.includes(off) || imm !== 0) refuse("reserved-fields", "BPF_MOV");
  const source = m.read(src);
  const reg = m.target(dst);
  if (is64 && off === 0) {
    m.link(source);
    return reg.assign(source);
  }
  if (!source.isScalar) {
    reg.setUnknown();
    return is64 ? undefined : zeroExtend32(reg);
  }
  // The copy stays linked to its origin only if the conversion changes no value.
  const same = off === 0 ? umax(source) <= 0xffff_ffff : umax(source) < 2 ** (off - 1);
  if (same) m.link(source);
  reg.assign(source);
  if (!same) {
    reg.id = 0;
    reg.off = 0;
  }
  if (is64) return signExtend64(reg, off / 8);
  if (off !== 0) signExtend32(reg, off / 8);
  zeroExtend32(reg);
}

function checkBinary(m: Machine): void {
  const insn = m.current;
  const { dst, src, off, imm } = insn;
  const operation = operationOf(insn);
  const is64 = classOf(insn) === CLASS.ALU64;
  const divides = operation === ALU.DIV || operation === ALU.MOD;
  const badOff = off !== 0 && !(off === 1 && divides && habitsOf(m.options.profile).instructionsV4);
  if (usesRegister(insn)) {
    if (imm !== 0 || badOff) refuse("reserved-fields", "BPF_ALU");
    m.read(src);
  } else if (src !== 0 || badOff) refuse("reserved-fields", "BPF_ALU");
  m.read(dst);
  if (divides && !usesRegister(insn) && imm === 0) refuse("div-by-zero");
  const shifts = operation === ALU.LSH || operation === ALU.RSH || operation === ALU.ARSH;
  if (shifts && !usesRegister(insn) && (imm < 0 || imm >= (is64 ? 64 : 32))) refuse("invalid-shift", imm);
  const reg = m.target(dst);
  combine(m, reg, operation, is64);
}

function combine(m: Machine, reg: Reg, operation: number, is64: boolean): void {
  const insn = m.current;
  const { dst, src } = insn;
  let operand: Reg;
  if (usesRegister(insn)) {
    operand = m.regs[src]!;
    if (!operand.isScalar) {
      if (!reg.isScalar) {
        if (operation === ALU.SUB) return reg.setUnknown();
        refuse("pointer-pointer", dst, SYMBOLS.get(operation)!);
      }
      m.precise(dst);
      return pointerArithmetic(m, operand.copy(), reg.copy(), reg, operation, is64, true);
    }
    if (!reg.isScalar) {
      m.precise(src);
      return pointerArithmetic(m, reg.copy(), operand.copy(), reg, operation, is64, false);
    }
    if (reg.precise) m.precise(src);
    operand = operand.copy();
  } else {
    operand = new Reg();
    operand.setKnown(insn.imm >> 31, insn.imm);
    if (!reg.isScalar) return pointerArithmetic(m, reg.copy(), operand, reg, operation, is64, false);
  }
  fork(m, reg, operand, operation);
  const distance = distanceOver(m, reg, operand, operation, is64, !usesRegister(insn));
  scalarAlu(operation, is64, reg, operand);
  keepLink(reg, distance, is64);
}

/** x & c and x | c with x in [-1, 0] are followed for 0, by this instruction once more, and for -1. */
function fork(m: Machine, reg: Reg, operand: Reg, operation: number): void {
  const width = forkWidth(operation, reg, operand);
  if (width === 0) return;
  m.branch(m.insn).top.regs[m.current.dst]!.setKnown(0, 0);
  if (width === 64) reg.setKnown(-1, -1);
  else reg.setKnown(0, -1);
}

const ARITHMETIC_POINTERS: readonly string[] = ["ctx", "map_value", "fp", "btf", "mem", "ringbuf_mem", "func"];

/** reg = pointer operation offset; `swapped`: the scalar was the destination. */
function pointerArithmetic(m: Machine, pointer: Reg, offset: Reg, reg: Reg, operation: number, is64: boolean, swapped: boolean): void {
  const { dst } = m.current;
  const known = isConst(offset);
  if ((known && (smin(offset) !== smax(offset) || umin(offset) !== umax(offset))) || smin(offset) > smax(offset) || umin(offset) > umax(offset)) return reg.setUnknown();
  if (!is64) {
    if (operation === ALU.SUB) return reg.setUnknown();
    refuse("pointer-32bit", dst);
  }
  if (pointer.nullable) refuse("pointer-null", dst, kindName(pointer));
  const amount = known ? constSigned(offset) : 0;
  if (!ARITHMETIC_POINTERS.includes(pointer.type) && !(pointer.type === "map_ptr" && known && amount === 0 && operation === ALU.ADD)) refuse("pointer-kind", dst, kindName(pointer));
  reg.assign(pointer);
  checkOffset(offset, pointer);
  checkOffset(pointer, pointer);
  const plus = operation === ALU.ADD;
  if (plus || operation === ALU.SUB) {
    if (!plus && swapped) refuse("pointer-from-scalar", dst);
    if (!plus && pointer.type === "fp") refuse("pointer-stack-sub", dst);
    const fixed = pointer.off + (plus ? amount : -amount);
    if (known && fixed === (fixed | 0)) reg.off = fixed;
    else {
      addVariable(reg, pointer, offset, plus);
      // A pointer with a new variable part is another pointer: comparisons of copies say nothing of it.
    }
  } else if (operation === ALU.AND || operation === ALU.OR || operation === ALU.XOR) refuse("pointer-bitwise", dst, SYMBOLS.get(operation)!);
  else refuse("pointer-operator", dst, SYMBOLS.get(operation)!);
  markUnbounded32(reg);
  checkOffset(reg, pointer);
  syncBounds(reg);
}

function addVariable(reg: Reg, pointer: Reg, offset: Reg, plus: boolean): void {
  const sum = pointer.copy();
  scalarAlu(plus ? ALU.ADD : ALU.SUB, true, sum, offset);
  reg.copyFrom(sum);
}

/** An offset that pointers may have: bounded below, not absurd. */
function checkOffset(value: Reg, pointer: Reg): void {
  const type = kindName(pointer);
  const low = smin(value);
  if (isConst(value) && Math.abs(constSigned(value)) >= MAX_VAR_OFF) refuse("math-constant", type, decimalSigned(value.tvHi, value.tvLo));
  if (!value.isScalar && Math.abs(value.off) >= MAX_VAR_OFF) refuse("math-offset", type, value.off);
  if (value.sminHi === -(2 ** 31) && value.sminLo === 0) refuse("math-unbounded", type);
  if (Math.abs(low) >= MAX_VAR_OFF) refuse("math-out", decimalSigned(value.sminHi, value.sminLo), type);
}
