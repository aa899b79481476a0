/**
 * Precision: which scalars a decision depended on. Starting from registers at an instruction, walks the path backwards and
 * marks their origins in the checkpoints it passes, so that only scalars that mattered are compared when states are. As
 * the kernel does (verifier.c, "precision backtracking").
 */
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { CLASS, LOAD_ACQUIRE } from "../../backend-ebpf/isa/opcodes.ts";
import { CALL, classOf, EXIT, isAtomic, isJumpClass, isSubprogramCall, MAY_GOTO, modeOf, operationOf, usesRegister } from "../program/decode.ts";
import type { HistoryEntry, State } from "../state/state.ts";
import { Unmodelled } from "../failure.ts";

/** Registers and slots still looked for, by frame. */
class Wanted {
  frame: number;
  readonly regs: number[] = [0, 0, 0, 0, 0, 0, 0, 0];
  readonly slots: Set<number>[] = Array.from({ length: 8 }, () => new Set<number>());

  constructor(frame: number) {
    this.frame = frame;
  }
  has(reg: number): boolean {
    return (this.regs[this.frame]! & (1 << reg)) !== 0;
  }
  add(reg: number, frame = this.frame): void {
    this.regs[frame]! |= 1 << reg;
  }
  drop(reg: number): void {
    this.regs[this.frame]! &= ~(1 << reg);
  }
  get empty(): boolean {
    for (let f = 0; f <= this.frame; f++) if (this.regs[f] !== 0 || this.slots[f]!.size > 0) return false;
    return true;
  }
}

/** Cannot be followed further: everything on the path becomes precise. */
const GIVE_UP = Symbol("give up");

/** Marks register `number` at instruction `insn` of `state`. */
export function markPrecise(insns: readonly Insn[], state: State, insn: number, number: number): void {
  const wanted = new Wanted(state.frames.length - 1);
  wanted.add(number);
  follow(insns, state, insn, wanted);
}

/** Marks what is spilled to `slot` of `frame`, at instruction `insn` of `state`. */
export function markSlotPrecise(insns: readonly Insn[], state: State, insn: number, frame: number, slot: number): void {
  const wanted = new Wanted(state.frames.length - 1);
  wanted.slots[frame]!.add(slot);
  follow(insns, state, insn, wanted);
}

/** Marks in `current` what is precise in `old`, a state it was found to be covered by. True if a mark was new. */
export function propagatePrecision(insns: readonly Insn[], old: State, current: State, insn: number): boolean {
  const wanted = new Wanted(current.frames.length - 1);
  old.frames.forEach((frame, f) => {
    frame.regs.forEach((reg, r) => reg.isScalar && reg.precise && wanted.add(r, f));
    frame.stack.forEach((slot, s) => slot.spilledScalar && slot.reg.precise && wanted.slots[f]!.add(s));
  });
  return follow(insns, current, insn, wanted);
}

function follow(insns: readonly Insn[], start: State, insn: number, wanted: Wanted): boolean {
  let changed = false;
  let state: State = start;
  let last = insn;
  let first = start.firstInsn;
  let subsequent = -1;
  let skip = true;
  if (wanted.empty) return false;
  for (;;) {
    let history = state.history.length;
    for (let i = last; ; ) {
      if (i < 0) return changed;
      if (skip) skip = false;
      else {
        const entry = history > 0 && state.history[history - 1]!.insn === i ? state.history[history - 1] : undefined;
        if (stepBack(insns, i, subsequent, entry, wanted) === GIVE_UP) {
          markAll(start);
          return true;
        }
      }
      if (wanted.empty) return changed;
      subsequent = i;
      if (i === state.firstInsn && (history === 0 || (history === 1 && state.history[0]!.insn === i))) break;
      if (history > 0 && state.history[history - 1]!.insn === i) i = state.history[--history]!.previous;
      else i--;
    }
    const parent = state.parent;
    if (!parent) break;
    state = parent;
    if (markIn(state, wanted)) changed = true;
    if (wanted.empty) return changed;
    subsequent = first;
    last = state.lastInsn;
    first = state.firstInsn;
  }
  if (!wanted.empty) {
    markAll(start);
    return true;
  }
  return changed;
}

/** Marks what is wanted in a checkpoint; what was marked before, or is no scalar, is wanted no more. */
function markIn(state: State, wanted: Wanted): boolean {
  let changed = false;
  for (let f = wanted.frame; f >= 0; f--) {
    const frame = state.frames[f];
    if (!frame) {
      wanted.regs[f] = 0;
      wanted.slots[f]!.clear();
      continue;
    }
    for (let r = 0; r < 10; r++) {
      if (!(wanted.regs[f]! & (1 << r))) continue;
      const reg = frame.regs[r]!;
      if (!reg.isScalar || reg.precise) wanted.regs[f]! &= ~(1 << r);
      else {
        reg.precise = true;
        changed = true;
      }
    }
    for (const s of [...wanted.slots[f]!]) {
      const slot = frame.stack[s];
      if (!slot?.spilledScalar || slot.reg.precise) wanted.slots[f]!.delete(s);
      else {
        slot.reg.precise = true;
        changed = true;
      }
    }
  }
  return changed;
}

/** Every scalar on the path is precise, as when nothing is known of what matters. */
export function markAll(start: State): void {
  for (let state: State | undefined = start.parent; state; state = state.parent) {
    state.eachRegister((reg) => {
      if (reg.isScalar) reg.precise = true;
    });
  }
}

/** What the instruction at `i` means for what is wanted after it. */
function stepBack(insns: readonly Insn[], i: number, subsequent: number, entry: HistoryEntry | undefined, wanted: Wanted): typeof GIVE_UP | undefined {
  const insn = insns[i]!;
  const { dst, src } = insn;
  syncLinked(entry, wanted);
  switch (classOf(insn)) {
    case CLASS.ALU:
    case CLASS.ALU64: {
      if (!wanted.has(dst)) return undefined;
      const operation = operationOf(insn);
      if (operation === 0xd0 || operation === 0x80) return undefined;
      if (operation === 0xb0) wanted.drop(dst);
      if (usesRegister(insn) && src !== 10) wanted.add(src);
      return undefined;
    }
    case CLASS.LDX:
      return stepBackLoad(entry, wanted, dst);
    case CLASS.STX:
      if (isAtomic(insn) && insn.imm === LOAD_ACQUIRE) return stepBackLoad(entry, wanted, dst);
      return stepBackStore(entry, wanted, dst, src);
    case CLASS.ST:
      return stepBackStore(entry, wanted, dst, undefined);
    case CLASS.LD:
      if (!wanted.has(dst)) return undefined;
      wanted.drop(dst);
      return modeOf(insn) === 0 ? undefined : GIVE_UP;
    default:
      return stepBackJump(insns, i, subsequent, entry, wanted);
  }
}

function stepBackLoad(entry: HistoryEntry | undefined, wanted: Wanted, dst: number): undefined {
  if (!wanted.has(dst)) return;
  wanted.drop(dst);
  if (entry && entry.slot >= 0) wanted.slots[entry.frame]!.add(entry.slot);
}

function stepBackStore(entry: HistoryEntry | undefined, wanted: Wanted, dst: number, src: number | undefined): typeof GIVE_UP | undefined {
  // The address itself is wanted: a difference of pointers went into it.
  if (wanted.has(dst)) return GIVE_UP;
  if (!entry || entry.slot < 0 || !wanted.slots[entry.frame]!.delete(entry.slot)) return undefined;
  if (src !== undefined) wanted.add(src);
  return undefined;
}

function stepBackJump(insns: readonly Insn[], i: number, subsequent: number, entry: HistoryEntry | undefined, wanted: Wanted): typeof GIVE_UP | undefined {
  const insn = insns[i]!;
  if (isSubprogramCall(insn)) {
    // Leaving the callee backwards: what its arguments were is wanted of the caller.
    const args = wanted.regs[wanted.frame]! & 0b11_1110;
    wanted.regs[wanted.frame] = 0;
    wanted.slots[wanted.frame]!.clear();
    if (wanted.frame === 0) return GIVE_UP;
    wanted.frame--;
    wanted.regs[wanted.frame]! |= args;
    return undefined;
  }
  if (insn.opcode === CALL) {
    wanted.drop(0);
    if (wanted.regs[wanted.frame]! & 0b11_1110) return GIVE_UP;
    return undefined;
  }
  if (insn.opcode === EXIT) {
    const result = subsequent >= 1 && isSubprogramCall(insns[subsequent - 1]!) && wanted.has(0);
    wanted.drop(0);
    wanted.frame++;
    if (wanted.frame >= 8) throw new Unmodelled("precision through more than 8 frames");
    if (result) wanted.add(0);
    return undefined;
  }
  if (isJumpClass(insn) && insn.opcode !== MAY_GOTO && (insn.opcode & 0xf0) !== 0 && usesRegister(insn)) {
    if (!wanted.has(insn.dst) && !wanted.has(insn.src)) return undefined;
    wanted.add(insn.dst);
    wanted.add(insn.src);
  }
  syncLinked(entry, wanted);
  return undefined;
}

/** Registers that gained their range together are wanted together. */
function syncLinked(entry: HistoryEntry | undefined, wanted: Wanted): void {
  if (!entry?.linked) return;
  const isWanted = ({ frame, register, slot }: { frame: number; register: number; slot: number }) =>
    register >= 0 ? (wanted.regs[frame]! & (1 << register)) !== 0 : wanted.slots[frame]!.has(slot);
  if (!entry.linked.some(isWanted)) return;
  for (const { frame, register, slot } of entry.linked) {
    if (register >= 0) wanted.regs[frame]! |= 1 << register;
    else wanted.slots[frame]!.add(slot);
  }
}
