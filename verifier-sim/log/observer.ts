/** Who may watch an exploration: the log in the kernel's format, the trail that explanations are made of. */
import type { State } from "../state/state.ts";

/** Registers (bit r) and stack slots (by index, of any frame) that were read or written and not yet looked at. */
export class Touches {
  registers = ALL_REGISTERS;
  readonly slots = new Set<number>();
  all(): void {
    this.registers = ALL_REGISTERS;
  }
  clear(): void {
    this.registers = 0;
    this.slots.clear();
  }
}
export const ALL_REGISTERS = 0x7ff;

export interface Observer {
  /** How much was recorded: where `rewind` returns to. */
  readonly position: number;
  /** Another path begins that left this one at `position`. */
  rewind(position: number): void;
  /** The program's functions, before anything else. */
  functions(starts: readonly number[]): void;
  /** Before the instruction in slot `insn`. `from`: the path was just taken up, it branched off there. */
  arrive(insn: number, from: number | undefined, state: State, touched: Touches): void;
  /** The state after an instruction, before the next one or none. `insn`: where the path is. */
  settle(insn: number, state: State, touched: Touches): void;
  /** A state that was explored before covers the current one. */
  safe(insn: number, from: number | undefined): void;
  /** Control enters a function of the program (the top frame), or is about to leave it for `to`. */
  call(state: State): void;
  leave(state: State, to: number): void;
  /** A message of the verifier's. */
  line(text: string): void;
}
