/**
 * Scalars that are known to be equal, or a constant apart: what a comparison says of one holds for the others. Owns when a
 * link begins, survives arithmetic, and what it carries; ids are the machine's.
 */
import { olderThan } from "../../kernel/abi/profiles.ts";
import { ALU, constSigned, isConst, isConst32, scalarAlu } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { ADD_CONST, ADD_CONST32, ADD_CONST64, Reg } from "../state/register.ts";
import type { Linked, State } from "../state/state.ts";

/** Linked registers and slots that one comparison reaches. */
const MAX_LINKED = 6;
const FP = 10;
const ALL_REGISTERS = 0x7ff;
const I32_MIN = -(2 ** 31);
const I32_MAX = 2 ** 31 - 1;

/** Distances that a kernel keeps, newest first: since 6.18's later releases any constant, subtraction and 32 bits too. */
const DISTANCES: readonly { readonly since: readonly [number, number]; readonly kept: "any" | "positive immediates" | "none" }[] = [
  { since: [6, 18], kept: "any" },
  { since: [6, 11], kept: "positive immediates" },
  { since: [0, 0], kept: "none" },
];

/** Kernels that link only what is still read: registers that are dead at the comparison are left as they are. */
const ONLY_LIVE_SINCE = [6, 18] as const;

/** All that is linked to the operands of the comparison at the current instruction. What does not fit is linked no longer. */
export function linkedRegisters(m: Machine, compared: readonly (Reg | undefined)[]): Linked[] {
  const linked: Linked[] = [];
  const onlyLive = !olderThan(m.options.profile.version, ONLY_LIVE_SINCE);
  for (const operand of compared) {
    const id = operand?.isScalar ? operand.id & ~ADD_CONST : 0;
    if (id === 0) continue;
    const collect = (reg: Reg, entry: Linked) => {
      if (!reg.isScalar || (reg.id & ~ADD_CONST) !== id) return;
      if (linked.length < MAX_LINKED) linked.push(entry);
      else reg.id = reg.off = 0;
    };
    const { frames } = m.state;
    for (let number = frames.length - 1; number >= 0; number--) {
      const frame = frames[number]!;
      const live = onlyLive ? m.analysis.live[frames[number + 1]?.callsite ?? m.insn]! : ALL_REGISTERS;
      for (let register = 0; register < FP; register++) if (live & (1 << register)) collect(frame.regs[register]!, { frame: number, register, slot: -1 });
      frame.stack.forEach((s, slot) => s.spilled && collect(s.reg, { frame: number, register: -1, slot }));
    }
  }
  return linked;
}

/** What was learned of `known` holds for its copies, at their distance. */
export function syncLinked(state: State, known: Reg, linked: readonly Linked[]): void {
  const id = known.id & ~ADD_CONST;
  for (const { frame, register, slot } of linked) {
    const reg = register >= 0 ? state.frames[frame]!.regs[register]! : state.frames[frame]!.stack[slot]!.reg;
    if (!reg.isScalar || reg === known || (reg.id & ~ADD_CONST) !== id) continue;
    const sums = (reg.id | known.id) & ADD_CONST;
    // One is a sum of 64 bits, the other of 32: their distance is not a number.
    if (sums === ADD_CONST && ((reg.id ^ known.id) & ADD_CONST) === ADD_CONST) continue;
    if (sums === 0 || reg.off === known.off) {
      reg.assign(known);
      continue;
    }
    const { off, id: own } = reg;
    const distance = new Reg();
    const delta = BigInt(off) - BigInt(known.off);
    distance.setKnown(Number(BigInt.asIntN(32, delta >> 32n)), Number(BigInt.asIntN(32, delta)));
    reg.assign(known);
    reg.off = off;
    reg.id = own;
    scalarAlu(ALU.ADD, (sums & ADD_CONST32) === 0, reg, distance);
  }
}

/**
 * Distance by which `reg` stays linked over `reg operation= operand`, asked before it is done; undefined: the link ends.
 * `immediate`: the operand is in the instruction.
 */
export function distanceOver(m: Machine, reg: Reg, operand: Reg, operation: number, is64: boolean, immediate: boolean): number | undefined {
  if (reg.id === 0 || reg.id & ADD_CONST || (operation !== ALU.ADD && operation !== ALU.SUB)) return undefined;
  const { kept } = DISTANCES.find(({ since }) => !olderThan(m.options.profile.version, since))!;
  if (kept === "none") return undefined;
  if (kept === "positive immediates") return operation === ALU.ADD && is64 && immediate && isConst(operand) && operand.tvLo >= 0 ? operand.tvLo : undefined;
  if (is64 ? !isConst(operand) : !isConst32(operand)) return undefined;
  // A sum of 32 bits is one of the number only where the number has no more.
  if (!is64 && reg.umaxHi !== 0) return undefined;
  const value = is64 ? constSigned(operand) : operand.tvLo;
  if (value < I32_MIN || value > I32_MAX) return undefined;
  if (operation === ALU.ADD) return value;
  return value === I32_MIN ? undefined : -value;
}

/** After the operation: the register is linked at `distance` (of `distanceOver`), or to nothing. */
export function keepLink(reg: Reg, distance: number | undefined, is64: boolean): void {
  if (distance === undefined) {
    reg.id = 0;
    reg.off = 0;
    return;
  }
  reg.id |= is64 ? ADD_CONST64 : ADD_CONST32;
  reg.off = distance;
}
