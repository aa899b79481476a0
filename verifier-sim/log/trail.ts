/** The path that an exploration is on, with what each step did: what explanations are made of. Bounded; text is not its business. */
import type { Reg } from "../state/register.ts";
import type { State } from "../state/state.ts";
import type { Observer, Touches } from "./observer.ts";

/** A register of a frame, or a stack slot by its index. */
export interface Place {
  readonly frame: number;
  readonly kind: "register" | "slot";
  readonly number: number;
}

/** One instruction of the path, and the registers and slots of its frame as they were after it. */
export interface Step {
  readonly insn: number;
  readonly frame: number;
  /** By number and index; what the instruction neither read nor wrote is not there. */
  readonly registers: ReadonlyMap<number, Reg>;
  readonly slots: ReadonlyMap<number, Reg>;
}

const REGISTERS = 11;

export class Trail implements Observer {
  readonly steps: Step[] = [];
  #registers = new Map<number, Reg>();
  #slots = new Map<number, Reg>();

  get position(): number {
    return this.steps.length;
  }
  /** What branched off at a step shares that step, but not what it left behind. */
  rewind(position: number): void {
    this.steps.length = Math.min(this.steps.length, position);
    this.#fresh();
    const last = this.steps.pop();
    if (last) this.steps.push({ ...last, registers: this.#registers, slots: this.#slots });
  }
  arrive(insn: number, _from: number | undefined, state: State, touched: Touches): void {
    this.settle(insn, state, touched);
    this.#fresh();
    this.steps.push({ insn, frame: state.frames.length - 1, registers: this.#registers, slots: this.#slots });
  }
  settle(_insn: number, state: State, touched: Touches): void {
    const frame = state.top;
    for (let r = 0; r < REGISTERS; r++) if (touched.registers & (1 << r)) this.#registers.set(r, frame.regs[r]!.copy());
    for (const index of touched.slots) {
      const slot = frame.stack[index];
      if (slot?.spilled) this.#slots.set(index, slot.reg.copy());
    }
    touched.clear();
  }
  #fresh(): void {
    this.#registers = new Map();
    this.#slots = new Map();
  }
  functions(): void {}
  safe(): void {}
  call(): void {}
  leave(): void {}
  line(): void {}
}
