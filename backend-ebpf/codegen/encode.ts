/**
 * One machine instruction on physical registers → instruction slots (RFC 9669, section 4 and 5). Owns opcodes; positions,
 * targets and relocations belong to emit.ts.
 */
import type { Predicate, Width } from "../../ir/types.ts";
import type { Insn } from "../isa/insn.ts";
import type { AluFn } from "./mir.ts";

const CLASS = { LD: 0x00, LDX: 0x01, ST: 0x02, STX: 0x03, ALU: 0x04, JMP: 0x05, JMP32: 0x06, ALU64: 0x07 } as const;
const REGISTER_SOURCE = 0x08;
const MODE = { IMM: 0x00, MEM: 0x60, MEMSX: 0x80 } as const;
const SIZE: Readonly<Record<number, number>> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };
/** Operation bits, and the offset that selects the signed forms. */
const ALU: Readonly<Record<AluFn, { readonly code: number; readonly off: number }>> = {
  add: { code: 0x00, off: 0 }, sub: { code: 0x10, off: 0 }, mul: { code: 0x20, off: 0 }, div: { code: 0x30, off: 0 }, sdiv: { code: 0x30, off: 1 },
  or: { code: 0x40, off: 0 }, and: { code: 0x50, off: 0 }, lsh: { code: 0x60, off: 0 }, rsh: { code: 0x70, off: 0 },
  mod: { code: 0x90, off: 0 }, smod: { code: 0x90, off: 1 }, xor: { code: 0xa0, off: 0 }, arsh: { code: 0xc0, off: 0 },
};
const NEG = 0x80;
const MOV = 0xb0;
const JUMP: Readonly<Record<Predicate, number>> = {
  eq: 0x10, ugt: 0x20, uge: 0x30, ne: 0x50, sgt: 0x60, sge: 0x70, ult: 0xa0, ule: 0xb0, slt: 0xc0, sle: 0xd0,
};
const CALL = 0x80;
const EXIT = 0x90;
const MAY_GOTO = 0xe0;

/** A register number, or an immediate. */
export type Source = number | { readonly imm: number };

const insn = (opcode: number, dst: number, src: number, off: number, imm: number): Insn => ({ opcode, dst, src, off, imm });
const aluClass = (width: Width) => (width === 64 ? CLASS.ALU64 : CLASS.ALU);
const jumpClass = (width: Width) => (width === 64 ? CLASS.JMP : CLASS.JMP32);

function withSource(opcode: number, dst: number, src: Source, off: number): Insn {
  return typeof src === "number" ? insn(opcode | REGISTER_SOURCE, dst, src, off, 0) : insn(opcode, dst, 0, off, src.imm);
}

export const encode = {
  mov: (width: Width, dst: number, src: Source) => withSource(aluClass(width) | MOV, dst, src, 0),
  movsx: (from: 8 | 16 | 32, dst: number, src: number) => withSource(CLASS.ALU64 | MOV, dst, src, from),
  alu: (fn: AluFn, width: Width, dst: number, src: Source) => withSource(aluClass(width) | ALU[fn].code, dst, src, ALU[fn].off),
  neg: (width: Width, dst: number) => insn(aluClass(width) | NEG, dst, 0, 0, 0),
  /** Two slots. */
  imm64: (dst: number, value: bigint): Insn[] => [
    insn(CLASS.LD | MODE.IMM | SIZE[8]!, dst, 0, 0, Number(BigInt.asIntN(32, value))),
    insn(0, 0, 0, 0, Number(BigInt.asIntN(32, value >> 32n))),
  ],
  load: (bytes: number, signed: boolean, dst: number, base: number, off: number) => insn(CLASS.LDX | (signed ? MODE.MEMSX : MODE.MEM) | SIZE[bytes]!, dst, base, off, 0),
  store: (bytes: number, base: number, off: number, src: Source) =>
    typeof src === "number" ? insn(CLASS.STX | MODE.MEM | SIZE[bytes]!, base, src, off, 0) : insn(CLASS.ST | MODE.MEM | SIZE[bytes]!, base, 0, off, src.imm),
  /** `off` counts from the next slot. */
  jump: (off: number) => insn(CLASS.JMP, 0, 0, off, 0),
  /** gotol, ISA v4. */
  jumpLong: (imm: number) => insn(CLASS.JMP32, 0, 0, 0, imm),
  branch: (pred: Predicate, width: Width, a: number, b: Source, off: number) => withSource(jumpClass(width) | JUMP[pred], a, b, off),
  mayGoto: (off: number) => insn(CLASS.JMP | MAY_GOTO, 0, 0, off, 0),
  helper: (id: number) => insn(CLASS.JMP | CALL, 0, 0, 0, id),
  /** The linker fills the number; source register 2 says what it is. */
  kfunc: () => insn(CLASS.JMP | CALL, 0, 2, 0, 0),
  exit: () => insn(CLASS.JMP | EXIT, 0, 0, 0, 0),
} as const;
