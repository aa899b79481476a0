/** Facts of single instructions that several rooms need: kinds, successors, registers read and written. Numbers per RFC 9669. */
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { CALL_KIND, CLASS, FORMS, JUMP, LOAD_ACQUIRE, MODE, SIZE, SOURCE, STORE_RELEASE } from "../../backend-ebpf/isa/opcodes.ts";

export const LDIMM64 = CLASS.LD | MODE.IMM | SIZE.DW;
export const CALL = CLASS.JMP | JUMP.CALL;
export const EXIT = CLASS.JMP | JUMP.EXIT;
export const GOTO = CLASS.JMP | JUMP.JA;
export const GOTOL = CLASS.JMP32 | JUMP.JA;
export const MAY_GOTO = CLASS.JMP | JUMP.JCOND;
const FETCH = 1;
const CMPXCHG = 0xf1;

export const classOf = (insn: Insn) => insn.opcode & 7;
export const operationOf = (insn: Insn) => insn.opcode & 0xf0;
export const modeOf = (insn: Insn) => insn.opcode & 0xe0;
export const usesRegister = (insn: Insn) => (insn.opcode & SOURCE.X) !== 0;
export const isJumpClass = (insn: Insn) => classOf(insn) === CLASS.JMP || classOf(insn) === CLASS.JMP32;

/** Compares and goes one of two ways; may_goto compares nothing. */
export const isConditional = (insn: Insn) => isJumpClass(insn) && operationOf(insn) !== JUMP.JA && operationOf(insn) < JUMP.JCOND && operationOf(insn) !== JUMP.CALL && operationOf(insn) !== JUMP.EXIT;

/** Bytes accessed by a memory instruction. */
export function accessSize(insn: Insn): number {
  switch (insn.opcode & 0x18) {
    case SIZE.W:
      return 4;
    case SIZE.H:
      return 2;
    case SIZE.B:
      return 1;
    default:
      return 8;
  }
}

export const isSubprogramCall = (insn: Insn) => insn.opcode === CALL && insn.src === CALL_KIND.SUBPROGRAM;
export const isHelperCall = (insn: Insn) => insn.opcode === CALL && insn.src === CALL_KIND.HELPER;
export const isKfuncCall = (insn: Insn) => insn.opcode === CALL && insn.src === CALL_KIND.KFUNC;
export const isAtomic = (insn: Insn) => classOf(insn) === CLASS.STX && modeOf(insn) === MODE.ATOMIC;

const KNOWN = new Set(FORMS.filter((form) => form.action.kind !== "callx").map((form) => form.opcode));
/** The kernel's instruction table has the opcode. */
export const isKnownOpcode = (opcode: number) => KNOWN.has(opcode);

/** Slot that a jump (not a call, exit) at `i` goes to when taken. */
export function jumpTarget(insn: Insn, i: number): number {
  return i + 1 + (insn.opcode === GOTOL ? insn.imm : insn.off);
}

/** Where control may go from `i` inside its function. */
export function successors(insns: readonly Insn[], i: number): number[] {
  const insn = insns[i]!;
  if (insn.opcode === LDIMM64) return [i + 2];
  if (!isJumpClass(insn) || insn.opcode === CALL) return [i + 1];
  if (insn.opcode === EXIT) return [];
  if (insn.opcode === GOTO || insn.opcode === GOTOL) return [jumpTarget(insn, i)];
  return [i + 1, jumpTarget(insn, i)];
}

/** r0 to r5 (bit r): what no call leaves as it was. */
export const CALLER_SAVED = 0b11_1111;

/** Registers (bit r) that the instruction reads and writes. `parameters`: how many of r1… a call reads. */
export function registerUse(insn: Insn, parameters: number): { use: number; def: number } {
  const dst = 1 << insn.dst;
  const src = 1 << insn.src;
  switch (classOf(insn)) {
    case CLASS.LD:
      return modeOf(insn) === MODE.IMM ? { use: 0, def: dst } : { use: (1 << 6) | (modeOf(insn) === MODE.IND ? src : 0), def: CALLER_SAVED };
    case CLASS.LDX:
      return { use: src, def: dst };
    case CLASS.ST:
      return { use: dst, def: 0 };
    case CLASS.STX:
      if (modeOf(insn) !== MODE.ATOMIC || insn.imm === STORE_RELEASE) return { use: dst | src, def: 0 };
      if (insn.imm === LOAD_ACQUIRE) return { use: src, def: dst };
      if (insn.imm === CMPXCHG) return { use: dst | src | 1, def: 1 };
      return { use: dst | src, def: insn.imm & FETCH ? src : 0 };
    case CLASS.ALU:
    case CLASS.ALU64: {
      const operation = operationOf(insn);
      if (operation === 0xd0 || operation === 0x80) return { use: dst, def: dst };
      const source = usesRegister(insn) ? src : 0;
      return { use: operation === 0xb0 ? source : dst | source, def: dst };
    }
    default:
      if (insn.opcode === EXIT) return { use: 1, def: 0 };
      if (insn.opcode === CALL) return { use: ((1 << (parameters + 1)) - 1) & ~1, def: CALLER_SAVED };
      if (insn.opcode === GOTO || insn.opcode === GOTOL || insn.opcode === MAY_GOTO) return { use: 0, def: 0 };
      return { use: dst | (usesRegister(insn) ? src : 0), def: 0 };
  }
}
