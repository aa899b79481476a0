/**
 * Which stack slots may still be read: a data flow over what exploration has seen instructions do to the stack, for each
 * chain of calls. States are compared without the slots that nobody reads again. As kernel/bpf/liveness.c of Linux 6.18:
 * slots that may be read only become more, slots that must be written only fewer, and marks are propagated where a path ends.
 * Owns the marks; never looks at the contents of the stack.
 */
import type { Analysis } from "../program/analysis.ts";
import type { State } from "../state/state.ts";

/** Sets of the 64 slots of one frame by instruction: low and high half at 2i and 2i + 1. */
class Masks {
  readonly mayRead: Int32Array;
  readonly mustWrite: Int32Array;
  /** Written for certain by the instruction or by those behind it, inside the function. */
  readonly mustWriteBehind: Int32Array;
  readonly liveBefore: Int32Array;

  constructor(count: number) {
    this.mayRead = new Int32Array(2 * count);
    this.mustWrite = new Int32Array(2 * count);
    this.mustWriteBehind = new Int32Array(2 * count);
    this.liveBefore = new Int32Array(2 * count);
  }
}

/** One function called over one chain of calls. */
class Instance {
  readonly start: number;
  readonly count: number;
  /** Calls that lead here, outermost first. */
  readonly callsites: readonly number[];
  readonly outer: Instance | undefined;
  /** Marks in the stack of each frame of the chain; absent while there is none. */
  readonly frames: (Masks | undefined)[] = [];
  /** Instructions whose writes are known from at least one visit. */
  readonly visited: Uint8Array;
  updated = false;

  constructor(start: number, end: number, callsites: readonly number[], outer: Instance | undefined) {
    this.start = start;
    this.count = end - start;
    this.callsites = callsites;
    this.outer = outer;
    this.visited = new Uint8Array(this.count);
  }

  masks(frame: number): Masks {
    let masks = this.frames[frame];
    if (!masks) {
      masks = new Masks(this.count);
      this.frames[frame] = masks;
    }
    return masks;
  }

  markRead(frame: number, insn: number, half: 0 | 1, bits: number): void {
    if (bits === 0) return;
    const { mayRead } = this.masks(frame);
    const at = 2 * (insn - this.start) + half;
    if ((mayRead[at]! | bits) === mayRead[at]) return;
    mayRead[at]! |= bits;
    this.updated = true;
  }

  /** `written`: two words for each frame. The first visit says what is written, later ones take away. */
  commit(insn: number, written: Int32Array): void {
    const at = insn - this.start;
    const again = this.visited[at] === 1;
    for (let frame = 0; frame <= this.callsites.length; frame++) {
      for (const half of [0, 1] as const) {
        let bits = written[2 * frame + half]!;
        if (bits === 0 && (!again || !this.frames[frame])) continue;
        const { mustWrite } = this.masks(frame);
        const old = mustWrite[2 * at + half]!;
        if (again) bits &= old;
        if (old === bits) continue;
        mustWrite[2 * at + half] = bits;
        this.updated = true;
      }
    }
    this.visited[at] = 1;
  }

  isLive(frame: number, insn: number, slot: number): boolean {
    const masks = this.frames[frame];
    return masks !== undefined && (masks.liveBefore[2 * (insn - this.start) + (slot >> 5)]! & (1 << (slot & 31))) !== 0;
  }
}

export class StackLiveness {
  readonly #analysis: Analysis;
  readonly #instances = new Map<string, Instance>();
  /** Slots written by the current instruction: two words for each of eight frames. */
  readonly #written = new Int32Array(16);
  #current: Instance | undefined;
  #insn = 0;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
  }

  /** An instruction begins. */
  begin(state: State, insn: number): void {
    this.#current = this.#instance(state, state.frames.length - 1);
    this.#insn = insn;
    this.#written.fill(0);
  }
  read(frame: number, slot: number): void {
    this.#current?.markRead(frame, this.#insn, (slot >> 5) as 0 | 1, 1 << (slot & 31));
  }
  write(frame: number, slot: number): void {
    this.#written[2 * frame + (slot >> 5)]! |= 1 << (slot & 31);
  }
  /** The instruction is done; a call or return has no writes of its own. */
  commit(state: State): void {
    if (state.frames.length - 1 === this.#current!.callsites.length) this.#current!.commit(this.#insn, this.#written);
  }

  /** A path ended in `state`: what was seen on it becomes known to queries. */
  settle(state: State): void {
    for (let frame = state.frames.length - 1; frame >= 0; frame--) this.#propagate(this.#instance(state, frame));
  }

  /** Whether `slot` of frame `frame` may be read by what comes after `state`. */
  alive(state: State, frame: number, slot: number): boolean {
    const top = state.frames.length - 1;
    if (this.#instance(state, top).isLive(frame, state.insn, slot)) return true;
    for (let f = frame; f < top; f++) {
      if (this.#instance(state, f).isLive(frame, state.frames[f + 1]!.callsite + 1, slot)) return true;
    }
    return false;
  }

  #instance(state: State, frame: number): Instance {
    let key = "";
    for (let f = 1; f <= frame; f++) key += `${state.frames[f]!.callsite},`;
    let instance = this.#instances.get(key);
    if (!instance) {
      const { start, end } = this.#analysis.subprograms[state.frames[frame]!.subprog]!;
      const callsites = state.frames.slice(1, frame + 1).map(({ callsite }) => callsite);
      instance = new Instance(start, end, callsites, frame > 0 ? this.#instance(state, frame - 1) : undefined);
      this.#instances.set(key, instance);
    }
    return instance;
  }

  #propagate(instance: Instance): void {
    if (!instance.updated) return;
    for (const masks of instance.frames) if (masks) this.#flow(instance, masks);
    if (instance.outer) this.#tellCaller(instance, instance.outer);
    instance.updated = false;
  }

  /** live before = (live after − written) ∪ read; written behind = ∩ of the successors' ∪ written. */
  #flow({ start, count }: Instance, { mayRead, mustWrite, mustWriteBehind, liveBefore }: Masks): void {
    mustWriteBehind.fill(0);
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = count - 1; i >= 0; i--) {
        const next = this.#analysis.successors[start + i]!;
        if (next.length === 0) continue;
        for (let half = 0; half < 2; half++) {
          const at = 2 * i + half;
          let after = 0;
          let behind = -1;
          for (const to of next) {
            after |= liveBefore[2 * (to - start) + half]!;
            behind &= mustWriteBehind[2 * (to - start) + half]!;
          }
          behind |= mustWrite[at]!;
          const before = (after & ~mustWrite[at]!) | mayRead[at]!;
          if (before === liveBefore[at] && behind === mustWriteBehind[at]) continue;
          liveBefore[at] = before;
          mustWriteBehind[at] = behind;
          changed = true;
        }
      }
    }
  }

  /** What the function does to its callers' stacks, the call does. */
  #tellCaller(instance: Instance, outer: Instance): void {
    const callsite = instance.callsites.at(-1)!;
    const written = new Int32Array(16);
    for (let frame = 0; frame < instance.callsites.length; frame++) {
      const masks = instance.frames[frame];
      if (!masks) continue;
      for (const half of [0, 1] as const) {
        written[2 * frame + half] = masks.mustWriteBehind[half]!;
        outer.markRead(frame, callsite, half, masks.liveBefore[half]!);
      }
    }
    outer.commit(callsite, written);
  }
}
