/**
 * The states kept at each instruction, and the decision whether the current one needs exploring. As the kernel's
 * is_state_visited: when to keep a state, when a loop makes no progress, which states to forget.
 */
import { CALL, isKfuncCall, MAY_GOTO } from "../program/decode.ts";
import { isIteratorNext } from "../rules/kfunc-table.ts";
import { refuse } from "../failure.ts";
import { sameCallsites, type State } from "../state/state.ts";
import { identical, statesEqual } from "./equal.ts";
import type { Machine } from "./machine.ts";
import { propagatePrecision } from "./precision.ts";

interface Kept {
  readonly state: State;
  hits: number;
  misses: number;
}

/** A path inside a cycle that ended at a state still being explored: marks found later must reach it too. */
interface BackEdge {
  readonly state: State;
  readonly equal: State;
}
interface CycleVisit {
  entry: State | undefined;
  backEdges: BackEdge[];
}

/** BPF_F_TEST_STATE_FREQ: a state is kept wherever one may be. */
const F_TEST_STATE_FREQ = 8;
const MAX_HISTORY = 40;
const MAX_PROPAGATIONS = 64;

export class Visited {
  readonly #kept = new Map<number, Kept[]>();
  readonly #cycles = new Map<string, CycleVisit>();
  #jumps = 0;
  #processed = 0;

  /** True: a state that was explored (or is being explored) covers the current one. */
  covers(m: Machine, jumpsProcessed: number, processed: number): boolean {
    const { analysis, insn } = m;
    const current = m.state;
    current.insn = insn;
    const forced = (m.program.loadFlags & F_TEST_STATE_FREQ) !== 0 || analysis.checkpoint[insn] === 1 || current.history.length > MAX_HISTORY;
    const jumps = jumpsProcessed - this.#jumps;
    const steps = processed - this.#processed;
    let keep = forced || (jumps >= 2 && steps >= 8);
    const list = this.#kept.get(insn) ?? [];
    const opcode = m.program.insns[insn]!.opcode;
    for (let i = 0; i < list.length; i++) {
      const kept = list[i]!;
      const old = kept.state;
      this.#clean(m, old, current);
      const outcome = this.#compare(m, old, current, opcode);
      if (outcome === "loop" || outcome === "same") {
        kept.hits++;
        this.#hit(m, old, current, outcome === "loop");
        return true;
      }
      if (outcome === "running" && !forced && jumps < 20 && steps < 100) keep = false;
      if (keep) kept.misses++;
      const patience = analysis.checkpoint[insn] && old.branches > 0 ? 64 : 3;
      if (kept.misses > kept.hits * patience + patience) list.splice(i--, 1);
    }
    if (keep) this.#keep(m, current, list, jumpsProcessed, processed);
    return false;
  }

  #compare(m: Machine, old: State, current: State, opcode: number): "loop" | "same" | "running" | "differs" {
    const { analysis, program, insn } = m;
    if (old.branches === 0) {
      const incomplete = this.#incomplete(m, old);
      if (!statesEqual(analysis, old, current, incomplete ? "within" : "imprecise")) return "differs";
      return incomplete ? "loop" : "same";
    }
    const iterates = opcode === CALL && isKfuncCall(program.insns[insn]!) && isIteratorNext(program.kfuncs[program.insns[insn]!.imm]?.name ?? "");
    if (iterates) return statesEqual(analysis, old, current, "within") && activeIterator(current) ? "loop" : "running";
    if (opcode === MAY_GOTO && old.mayGotoDepth !== current.mayGotoDepth && statesEqual(analysis, old, current, "within")) return "loop";
    if (maybeLooping(old, current) && old.mayGotoDepth === current.mayGotoDepth && statesEqual(analysis, old, current, "exact") && !iteratorsDiffer(old, current)) {
      refuse("infinite-loop", insn);
    }
    return "running";
  }

  /** Forgets what nobody reads after a state all of whose paths have ended. */
  #clean(m: Machine, old: State, current: State): void {
    if (old.branches > 0 || old.cleaned || !sameCallsites(old, current) || this.#incomplete(m, old)) return;
    old.cleaned = true;
    old.frames.forEach((frame, f) => {
      const at = f === old.frames.length - 1 ? old.insn : old.frames[f + 1]!.callsite;
      const live = m.analysis.live[at]!;
      for (let r = 0; r < 10; r++) if (!(live & (1 << r))) frame.regs[r]!.setNotInit();
      frame.stack.forEach((slot, s) => {
        if (!m.liveness.alive(old, f, s)) slot.forget();
      });
    });
  }

  #hit(m: Machine, old: State, current: State, loop: boolean): void {
    if (m.analysis.jump[m.insn]) m.record();
    propagatePrecision(m.program.insns, old, current, m.insn);
    if (!loop) return;
    const visit = this.#visitOf(m, current);
    if (!visit) return;
    const copy = current.copy();
    copy.insn = m.insn;
    visit.backEdges.push({ state: copy, equal: old });
  }

  #keep(m: Machine, current: State, list: Kept[], jumpsProcessed: number, processed: number): void {
    this.#jumps = jumpsProcessed;
    this.#processed = processed;
    current.eachRegister((reg) => {
      reg.precise = false;
    });
    const state = current.copy();
    state.insn = m.insn;
    state.branches = 1;
    const visit = this.#visitOf(m, state, true);
    if (visit) visit.entry ??= state;
    current.parent = state;
    current.firstInsn = m.insn;
    current.depth = state.depth + 1;
    current.history = [];
    m.entry = undefined;
    list.unshift({ state, hits: 0, misses: 0 });
    this.#kept.set(m.insn, list);
  }

  /** The chain of calls and the component of the cycle that `state` is in; undefined outside cycles. */
  #key(m: Machine, state: State): string | undefined {
    const sites: number[] = [];
    for (let f = 0; f < state.frames.length; f++) {
      const at = f === state.frames.length - 1 ? state.insn : state.frames[f + 1]!.callsite;
      const component = m.analysis.component[at]!;
      if (component !== 0) return [...sites, `c${component}`].join(",");
      sites.push(at);
    }
    return undefined;
  }
  #visitOf(m: Machine, state: State, create = false): CycleVisit | undefined {
    const key = this.#key(m, state);
    if (key === undefined) return undefined;
    const found = this.#cycles.get(key);
    if (found || !create) return found;
    const visit: CycleVisit = { entry: undefined, backEdges: [] };
    this.#cycles.set(key, visit);
    return visit;
  }
  #incomplete(m: Machine, state: State): boolean {
    return (this.#visitOf(m, state)?.backEdges.length ?? 0) > 0;
  }

  /** One path through `state` has ended; states without open paths are complete, and so are cycles entered by them. */
  finish(m: Machine, state: State | undefined): void {
    for (let at = state; at; at = at.parent) {
      at.branches--;
      if (at.branches > 0) return;
      const visit = this.#visitOf(m, at);
      if (visit?.entry !== at) continue;
      this.#settle(m, visit);
      visit.entry = undefined;
      visit.backEdges = [];
    }
  }

  /** Marks travel along back edges until none is new. */
  #settle(m: Machine, visit: CycleVisit): void {
    for (let round = 0; round < MAX_PROPAGATIONS; round++) {
      let changed = false;
      for (const { state, equal } of visit.backEdges) if (propagatePrecision(m.program.insns, equal, state, state.insn)) changed = true;
      if (!changed) return;
    }
    for (const { state } of visit.backEdges) {
      for (let at: State | undefined = state; at; at = at.parent) at.eachRegister((reg) => {
        reg.precise = reg.isScalar;
      });
    }
  }

  /** The state kept at `insn` one round earlier on the current path. */
  previous(m: Machine, current: State): State | undefined {
    const parent = current.parent;
    if (!parent) return undefined;
    return (this.#kept.get(m.insn) ?? []).find(({ state }) => state.branches > 0 && state.depth < parent.depth && sameCallsites(state, parent))?.state;
  }
}

/** The store of each machine; kept beside it so that rules need not know it. */
const stores = new WeakMap<Machine, Visited>();
export function visitedOf(m: Machine): Visited {
  let store = stores.get(m);
  if (!store) {
    store = new Visited();
    stores.set(m, store);
  }
  return store;
}
export function findPrevious(m: Machine, current: State): State | undefined {
  return visitedOf(m).previous(m, current);
}

/**
 * A loop without progress leaves every register of the function as it was, ids and all; only then is it worth a closer look.
 * Not the same as the comparison of states, which lets ids be renamed and dead registers differ.
 */
function maybeLooping(old: State, current: State): boolean {
  return old.frames.length === current.frames.length && old.top.regs.every((reg, r) => identical(reg, current.top.regs[r]!));
}

function activeIterator(state: State): boolean {
  const pointer = state.top.regs[1]!;
  if (pointer.type !== "fp") return false;
  const index = ((-(pointer.off + pointer.tvLo) - 1) / 8) | 0;
  return state.frames[pointer.frame]!.stack[index]?.iterator?.active === true;
}

function iteratorsDiffer(a: State, b: State): boolean {
  return a.frames.some((frame, f) => frame.stack.some((slot, s) => slot.iterator && slot.iterator.depth !== b.frames[f]!.stack[s]?.iterator?.depth));
}
