/** When a visited state stands for the current one: comparison of registers, stacks and references, up to renaming of ids. */
import { sameScalar, scalarWithin } from "../domain/index.ts";
import type { Analysis } from "../program/analysis.ts";
import { ADD_CONST, Reg } from "../state/register.ts";
import { BYTE, type Slot } from "../state/stack.ts";
import type { Frame, State } from "../state/state.ts";

/**
 * `imprecise`: scalars that decided nothing need not agree. `within`: every scalar must be covered, as in loops where what
 * decides is not known yet. `exact`: everything is the same, as a loop that makes no progress.
 */
export type Strictness = "imprecise" | "within" | "exact";

/** Ids of the old state and what they are called in the current one. */
export class IdMap {
  /** What stood for itself covers what is linked to others: links only say more (6.18). */
  readonly linksMayGrow: boolean;
  readonly #current = new Map<number, number>();
  readonly #old = new Map<number, number>();
  #temporary = 0x3fff_0000;

  constructor(linksMayGrow = false) {
    this.linksMayGrow = linksMayGrow;
  }

  match(old: number, current: number): boolean {
    if ((old === 0) !== (current === 0)) return false;
    if (old === 0) return true;
    const known = this.#current.get(old);
    if (known !== undefined) return known === current;
    if (this.#old.has(current)) return false;
    this.#current.set(old, current);
    this.#old.set(current, old);
    return true;
  }
  /** A scalar without id is equal to nothing else. */
  matchScalar(old: number, current: number): boolean {
    return this.match(old || ++this.#temporary, current || ++this.#temporary);
  }
}

const ALL_REGISTERS = 0x3ff;

export function statesEqual(analysis: Analysis, old: State, current: State, strictness: Strictness): boolean {
  if (old.frames.length !== current.frames.length) return false;
  const ids = new IdMap(analysis.linksMayGrow);
  if (old.refs.length !== current.refs.length || old.rcu !== current.rcu) return false;
  if (old.lock?.map !== current.lock?.map || (old.lock && !ids.match(old.lock.id, current.lock!.id))) return false;
  if (!old.refs.every((ref, i) => ids.match(ref.id, current.refs[i]!.id))) return false;
  for (let f = 0; f < old.frames.length; f++) {
    const a = old.frames[f]!;
    const b = current.frames[f]!;
    if (a.callsite !== b.callsite) return false;
    const at = f === old.frames.length - 1 ? old.insn : old.frames[f + 1]!.callsite;
    const live = analysis.comparesDead && strictness !== "imprecise" ? ALL_REGISTERS : analysis.live[at]!;
    if (!framesEqual(live, a, b, ids, strictness)) return false;
  }
  return true;
}

function framesEqual(live: number, old: Frame, current: Frame, ids: IdMap, strictness: Strictness): boolean {
  for (let r = 0; r < 10; r++) if (live & (1 << r) && !registersEqual(old.regs[r]!, current.regs[r]!, ids, strictness)) return false;
  return stacksEqual(old, current, ids, strictness);
}

function registersEqual(old: Reg, current: Reg, ids: IdMap, strictness: Strictness): boolean {
  if (strictness === "exact") return sameRegister(old, current, ids);
  if (old.type === "not_init") return strictness === "imprecise" || current.type === "not_init";
  if (old.type !== current.type || old.nullable !== current.nullable) return false;
  switch (old.type) {
    case "scalar":
      if (!old.precise && strictness === "imprecise") return true;
      if (old.id === 0 && ids.linksMayGrow) return scalarWithin(old, current);
      if ((old.id & ADD_CONST) !== (current.id & ADD_CONST)) return false;
      if (old.id & ADD_CONST && old.off !== current.off) return false;
      return ids.matchScalar(old.id & ~ADD_CONST, current.id & ~ADD_CONST) && scalarWithin(old, current);
    case "map_value":
    case "mem":
    case "ringbuf_mem":
      return samePointer(old, current) && scalarWithin(old, current) && ids.match(old.id, current.id) && ids.match(old.ref, current.ref);
    default:
      return sameRegister(old, current, ids);
  }
}

function samePointer(a: Reg, b: Reg): boolean {
  return a.off === b.off && a.map === b.map && a.memSize === b.memSize && a.readOnly === b.readOnly && a.frame === b.frame && a.struct === b.struct && a.typeId === b.typeId && a.btf === b.btf && a.modifiers === b.modifiers && a.subprog === b.subprog;
}

function sameRegister(old: Reg, current: Reg, ids: IdMap): boolean {
  return (
    old.type === current.type && old.nullable === current.nullable && samePointer(old, current) && sameScalar(old, current) &&
    (old.id & ADD_CONST) === (current.id & ADD_CONST) && ids.match(old.id & ~ADD_CONST, current.id & ~ADD_CONST) && ids.match(old.ref, current.ref)
  );
}

/** The same register in every field but the marks of precision. */
export function identical(a: Reg, b: Reg): boolean {
  return a.type === b.type && a.nullable === b.nullable && a.id === b.id && a.ref === b.ref && samePointer(a, b) && sameScalar(a, b);
}

/** Nothing is known of bytes without a spill: they compare as an unknown scalar. */
const UNKNOWN = new Reg();
UNKNOWN.setUnknown();

function scalarOf(slot: Slot): Reg | undefined {
  if (slot.spilledScalar && slot.spillSize === 8) return slot.reg;
  return slot.bytes.every((byte) => byte === BYTE.MISC || byte === BYTE.INVALID) ? UNKNOWN : undefined;
}

function stacksEqual(old: Frame, current: Frame, ids: IdMap, strictness: Strictness): boolean {
  for (let s = 0; s < old.stack.length; s++) {
    const a = old.stack[s]!;
    const b = current.stack[s];
    if (strictness !== "imprecise" && (!b || !a.bytes.every((byte, i) => byte === b.bytes[i]))) return false;
    if (a.bytes.every((byte) => byte === BYTE.INVALID || byte === BYTE.MISC)) continue;
    if (!b) return false;
    const oldScalar = scalarOf(a);
    const currentScalar = scalarOf(b);
    if (oldScalar && currentScalar) {
      if (!registersEqual(oldScalar, currentScalar, ids, strictness)) return false;
      continue;
    }
    for (let i = 0; i < 8; i++) {
      const byte = a.bytes[i]!;
      if (byte === BYTE.INVALID || byte === BYTE.MISC) continue;
      if (byte !== b.bytes[i]) return false;
    }
    if (a.spilled && !registersEqual(a.reg, b.reg, ids, strictness)) return false;
    if (a.iterator && !sameIterator(a, b, ids)) return false;
  }
  return true;
}

function sameIterator(a: Slot, b: Slot, ids: IdMap): boolean {
  // Depth is left out: a loop makes progress by it, and only by it.
  return b.iterator !== undefined && a.iterator!.name === b.iterator.name && a.iterator!.active === b.iterator.active && ids.match(a.iterator!.ref, b.iterator.ref);
}
