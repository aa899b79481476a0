/**
 * What rules see of the exploration: the current state and instruction, and what they may ask for. Owns ids, branches put
 * off, and the path's history; never decides what an instruction means.
 */
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import type { LinkedProgram } from "../../backend-ebpf/object/types.ts";
import type { Analysis } from "../program/analysis.ts";
import { ADD_CONST, type Reg } from "../state/register.ts";
import type { Frame, HistoryEntry, Linked, State } from "../state/state.ts";
import { isConst } from "../domain/index.ts";
import { refuse } from "../failure.ts";
import { type Observer, Touches } from "../log/observer.ts";
import type { VerifyOptions } from "../types.ts";
import { StackLiveness } from "./liveness.ts";
import { markPrecise, markSlotPrecise } from "./precision.ts";

/** Branches that may wait. */
const MAX_PENDING = 8192;

export interface Pending {
  readonly state: State;
  readonly insn: number;
  readonly previous: number;
  /** Lines of the log when it was put off. */
  readonly logged: number;
}

export class Machine {
  readonly program: LinkedProgram;
  readonly analysis: Analysis;
  readonly options: VerifyOptions;
  state: State;
  insn = 0;
  previous = -1;
  /** The history entry of the current instruction, if it has one. */
  entry: HistoryEntry | undefined;
  readonly pending: Pending[] = [];
  #ids = 0;
  /** What each memory instruction was seen to access: mixing kinds is refused. */
  readonly accessKinds = new Map<number, string>();
  /** A call of a kernel function that does not exist was reached. */
  missingFunctions = false;
  /** Which stack slots anyone still reads. */
  readonly liveness: StackLiveness;
  /** Absent: nobody watches. */
  readonly log: Observer | undefined;
  /** What was read or written since the log last printed it. */
  readonly touched = new Touches();
  /** Deepest stack of each subprogram, in bytes. */
  readonly stackDepth: number[];

  constructor(program: LinkedProgram, analysis: Analysis, options: VerifyOptions, state: State, observer?: Observer) {
    this.program = program;
    this.analysis = analysis;
    this.options = options;
    this.state = state;
    this.liveness = new StackLiveness(analysis);
    this.log = observer;
    this.stackDepth = analysis.subprograms.map(() => 0);
  }

  /** Types of the kernel, if they are known. */
  get kernelBtf(): Btf | undefined {
    return this.options.kernelBtf;
  }
  get current(): Insn {
    return this.program.insns[this.insn]!;
  }
  get frame(): Frame {
    return this.state.top;
  }
  get regs(): Reg[] {
    return this.state.top.regs;
  }

  newId(): number {
    return ++this.#ids;
  }

  /** The register, which must have been written. */
  read(number: number): Reg {
    if (number > 10) refuse("register-invalid", number);
    this.touched.registers |= 1 << number;
    const reg = this.regs[number]!;
    if (reg.type === "not_init") refuse("uninitialized-register", number);
    return reg;
  }
  /** The register, about to be written. */
  target(number: number): Reg {
    if (number > 10) refuse("register-invalid", number);
    if (number === 10) refuse("frame-pointer");
    this.touched.registers |= 1 << number;
    return this.regs[number]!;
  }

  /** Equal scalars share an id: gives `reg` one before it is copied. */
  link(reg: Reg): void {
    if (!reg.isScalar) return;
    if (reg.id & ADD_CONST) {
      reg.id = 0;
      reg.off = 0;
    }
    if (reg.id === 0 && !isConst(reg)) reg.id = this.newId();
  }

  /** Records that the current instruction spilled to or filled from a slot. */
  recordSlot(frame: number, slot: number): void {
    const entry = this.record();
    entry.frame = frame;
    entry.slot = slot;
  }
  recordLinked(linked: readonly Linked[]): void {
    this.record().linked = linked;
  }
  record(): HistoryEntry {
    if (!this.entry) {
      this.entry = { insn: this.insn, previous: this.previous, slot: -1, frame: 0, linked: undefined };
      this.state.history.push(this.entry);
    }
    return this.entry;
  }

  /** Everything that `number` was computed from must be compared exactly when states are compared. */
  precise(number: number): void {
    markPrecise(this.program.insns, this.state, this.insn, number);
  }

  /** As `precise`, for what is spilled to a slot of a frame. */
  preciseSlot(frame: number, slot: number): void {
    markSlotPrecise(this.program.insns, this.state, this.insn, frame, slot);
  }

  /** Puts off a branch that continues at `insn`; the copy of the state that it starts with. */
  branch(insn: number, from = this.insn): State {
    const state = this.state.copy();
    if (state.parent) state.parent.branches++;
    state.branches = 1;
    this.pending.push({ state, insn, previous: from, logged: this.log?.position ?? 0 });
    if (this.pending.length > MAX_PENDING) refuse("too-many-jumps", this.pending.length);
    return state;
  }

  /** The stack of `frame` reaches `bytes` down. */
  grow(frame: Frame, bytes: number): void {
    frame.grow(bytes);
    const depth = this.stackDepth;
    if (bytes > depth[frame.subprog]!) depth[frame.subprog] = bytes;
  }
}
