/**
 * Machine operations on physical registers → instruction slots, in terms of isa/'s assembler. Owns the correspondence of
 * names only; positions, targets and relocations belong to emit.ts.
 */
import type { AtomicFn, Predicate, Width } from "../../ir/types.ts";
import * as asm from "../isa/asm.ts";
import type { Insn } from "../isa/insn.ts";
import type { JumpOp } from "../isa/opcodes.ts";
import type { AluFn } from "./mir.ts";

/** A register number, or an immediate. */
export type Source = number | { readonly imm: number };

const JUMPS: Readonly<Record<Predicate, JumpOp>> = {
  eq: "jeq", ne: "jne", ult: "jlt", ule: "jle", ugt: "jgt", uge: "jge", slt: "jslt", sle: "jsle", sgt: "jsgt", sge: "jsge",
};
const { reg } = asm;
const operand = (source: Source): asm.Operand => (typeof source === "number" ? reg(source) : source.imm);
const bitsOf = (bytes: 1 | 2 | 4 | 8) => (bytes * 8) as 8 | 16 | 32 | 64;

export const encode = {
  mov: (width: Width, dst: number, src: Source): Insn => asm.alu("mov", width, reg(dst), operand(src)),
  movsx: (from: 8 | 16 | 32, dst: number, src: number): Insn => asm.movsx(from, 64, reg(dst), reg(src)),
  alu: (fn: AluFn, width: Width, dst: number, src: Source): Insn => asm.alu(fn, width, reg(dst), operand(src)),
  neg: (width: Width, dst: number): Insn => asm.neg(width, reg(dst)),
  /** Two slots. */
  imm64: (dst: number, value: bigint): Insn[] => asm.ldimm64(reg(dst), value),
  load: (bytes: 1 | 2 | 4 | 8, signed: boolean, dst: number, base: number, off: number): Insn =>
    signed && bytes !== 8 ? asm.loadSigned((bytes * 8) as 8 | 16 | 32, reg(dst), reg(base), off) : asm.load(bitsOf(bytes), reg(dst), reg(base), off),
  store: (bytes: 1 | 2 | 4 | 8, base: number, off: number, src: Source): Insn => asm.store(bitsOf(bytes), reg(base), off, operand(src)),
  /** The old value goes to `src`, of cmpxchg to R0. */
  atomic: (fn: AtomicFn, bytes: 4 | 8, base: number, off: number, src: number): Insn => asm.atomic(fn, (bytes * 8) as 32 | 64, reg(base), off, reg(src), true),
  /** `off` counts from the next slot. */
  jump: asm.goto,
  /** ISA v4. */
  jumpLong: asm.gotol,
  branch: (pred: Predicate, width: Width, a: number, b: Source, off: number): Insn => asm.jump(JUMPS[pred], width, reg(a), operand(b), off),
  mayGoto: asm.mayGoto,
  helper: asm.callHelper,
  /** The linker fills the number. */
  kfunc: (): Insn => asm.callKfunc(0),
  exit: asm.exit,
} as const;
