/** The state of the abstract machine at one instruction: frames, references, and its place in the exploration. */
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { Reg } from "./register.ts";
import { Slot } from "./stack.ts";

export class Frame {
  readonly regs: Reg[];
  stack: Slot[];
  /** Slot of the call that made this frame; -1 for main. */
  readonly callsite: number;
  readonly number: number;
  readonly subprog: number;

  constructor(callsite: number, number: number, subprog: number, regs: Reg[], stack: Slot[]) {
    this.callsite = callsite;
    this.number = number;
    this.subprog = subprog;
    this.regs = regs;
    this.stack = stack;
  }
  static enter(callsite: number, number: number, subprog: number): Frame {
    const regs = Array.from({ length: 11 }, () => new Reg());
    regs[10]!.setPointer("fp");
    regs[10]!.frame = number;
    return new Frame(callsite, number, subprog, regs, []);
  }
  copy(): Frame {
    return new Frame(this.callsite, this.number, this.subprog, this.regs.map((r) => r.copy()), this.stack.map((s) => s.copy()));
  }
  /** Grows the stack to hold `bytes`. */
  grow(bytes: number): void {
    while (this.stack.length * 8 < bytes) this.stack.push(new Slot());
  }
}

export interface Reference {
  readonly id: number;
  /** Slot of the instruction that acquired it. */
  readonly insn: number;
}

/** One step that did not simply follow its predecessor, or that touched the stack or linked registers. */
export interface HistoryEntry {
  readonly insn: number;
  readonly previous: number;
  /** Stack slot accessed by a spill or fill, with its frame; -1 if none. */
  slot: number;
  frame: number;
  /** Registers linked when this conditional jump was refined: bit r of registers[frame], and slots. */
  linked: readonly Linked[] | undefined;
}

export interface Linked {
  readonly frame: number;
  readonly register: number;
  readonly slot: number;
}

export class State {
  frames: Frame[] = [];
  refs: Reference[] = [];
  /** The spin lock that is held: the map of the value it is in, and the identity of the value. */
  lock: { readonly map: MapDef; readonly id: number } | undefined;
  /** RCU regions that are open. */
  rcu = 0;
  /** The checkpoint this state was explored from. */
  parent: State | undefined;
  /** Paths through this state not yet finished. */
  branches = 0;
  insn = 0;
  /** First instruction since the parent, and the one before the parent's. */
  firstInsn = 0;
  lastInsn = 0;
  history: HistoryEntry[] = [];
  mayGotoDepth = 0;
  depth = 0;
  /** What nobody reads again was forgotten. */
  cleaned = false;

  get top(): Frame {
    return this.frames[this.frames.length - 1]!;
  }
  /** A copy with its own frames; history and place in the tree are shared until they change. */
  copy(): State {
    const state = new State();
    state.frames = this.frames.map((f) => f.copy());
    state.refs = [...this.refs];
    state.lock = this.lock;
    state.rcu = this.rcu;
    state.parent = this.parent;
    state.branches = this.branches;
    state.insn = this.insn;
    state.firstInsn = this.firstInsn;
    state.lastInsn = this.lastInsn;
    state.history = [...this.history];
    state.mayGotoDepth = this.mayGotoDepth;
    state.depth = this.depth;
    return state;
  }
  /** Calls `visit` for every register and spilled slot. */
  eachRegister(visit: (reg: Reg, frame: Frame) => void): void {
    for (const frame of this.frames) {
      for (const reg of frame.regs) visit(reg, frame);
      for (const slot of frame.stack) if (slot.spilled) visit(slot.reg, frame);
    }
  }
}

/** The same chain of calls leads to both. */
export function sameCallsites(a: State, b: State): boolean {
  return a.frames.length === b.frames.length && a.frames.every((f, i) => f.callsite === b.frames[i]!.callsite);
}
