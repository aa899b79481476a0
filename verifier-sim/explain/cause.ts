/**
 * The way of a value to the instruction that failed: where it came from, what changed it, what was tested. A walk backwards
 * over the trail of the failing path, one value at a time; never the whole log. Owns the choice of steps; wording of values
 * is value.ts's.
 */
import { formatInsn } from "../../backend-ebpf/isa/disasm.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { CLASS, MODE } from "../../backend-ebpf/isa/opcodes.ts";
import type { LinkedProgram } from "../../backend-ebpf/object/types.ts";
import { helperName } from "../../kernel/abi/helpers.ts";
import { ALU, isConst } from "../domain/index.ts";
import type { Place, Step } from "../log/trail.ts";
import { CALL, classOf, isConditional, isSubprogramCall, modeOf, operationOf, registerUse, usesRegister } from "../program/decode.ts";
import type { Reg } from "../state/register.ts";
import { slotOf } from "../state/stack.ts";
import { describe } from "./value.ts";

/** One step of the cause, oldest first in lists. `insn`: slot of the instruction. */
export interface CauseStep {
  readonly insn: number;
  readonly note: string;
}

/** Steps that are told; of a longer way the newest. */
const MAX_STEPS = 12;
const FP = 10;

/** Name of the register in the source at an instruction; undefined: none is known. */
export type Naming = (register: number, insn: number) => string | undefined;

/** How register `register` came to be what it is at the end of `steps`, whose last step is the instruction that failed. */
export function causeOf(program: LinkedProgram, steps: readonly Step[], register: number, naming: Naming): CauseStep[] {
  const walk = new Walk(program, steps, naming);
  return walk.back(steps.length - 1, { frame: steps.at(-1)?.frame ?? 0, kind: "register", number: register });
}


class Walk {
  readonly #program: LinkedProgram;
  readonly #steps: readonly Step[];
  readonly #naming: Naming;

  constructor(program: LinkedProgram, steps: readonly Step[], naming: Naming) {
    this.#program = program;
    this.#steps = steps;
    this.#naming = naming;
  }

  back(from: number, start: Place): CauseStep[] {
    const told: CauseStep[] = [];
    let place: Place | undefined = start;
    for (let i = from - 1; i >= 0 && place && told.length < MAX_STEPS; i--) {
      const step = this.#steps[i]!;
      const { note, next } = this.#look(step, this.#steps[i + 1]!, place);
      if (note !== undefined) told.unshift({ insn: step.insn, note });
      place = next;
    }
    return told;
  }

  /** What `step` did to `place`, and where to look further back. */
  #look(step: Step, after: Step, place: Place): { readonly note?: string; readonly next: Place | undefined } {
    const insn = this.#program.insns[step.insn]!;
    if (isSubprogramCall(insn) && after.frame === step.frame + 1) return this.#enter(step, place);
    // A function that was called and has returned: only r0 comes from it.
    if (step.frame > place.frame) return place.number === 0 && place.kind === "register" && after.frame === place.frame ? { next: { ...place, frame: step.frame } } : { next: place };
    if (step.frame < place.frame) return { next: undefined };
    if (place.kind === "slot") return this.#slot(step, insn, place);
    if (isConditional(insn)) return this.#tested(step, insn, place);
    const { def } = registerUse(insn, 5);
    if (!(def & (1 << place.number))) return { next: place };
    return this.#defined(step, insn, place);
  }

  #enter(step: Step, place: Place): { readonly note?: string; readonly next: Place | undefined } {
    if (place.frame !== step.frame + 1) return { next: place };
    const isArgument = place.kind === "register" && place.number >= 1 && place.number <= 5;
    return isArgument ? { note: `${this.#name(step.insn, place.number)} is passed to the function`, next: { ...place, frame: step.frame } } : { next: undefined };
  }

  #slot(step: Step, insn: Insn, place: Place): { readonly note?: string; readonly next: Place | undefined } {
    const writes = classOf(insn) === CLASS.STX || classOf(insn) === CLASS.ST;
    if (!writes || insn.dst !== FP || slotOf(insn.off) !== place.number) return { next: place };
    const value = step.slots.get(place.number);
    const note = `is stored on the stack${value ? `: ${describe(value)}` : ""}`;
    if (classOf(insn) === CLASS.ST || modeOf(insn) === MODE.ATOMIC) return { note, next: undefined };
    return { note: `${this.#name(step.insn, insn.src)} ${note}`, next: { ...place, kind: "register", number: insn.src } };
  }

  #tested(step: Step, insn: Insn, place: Place): { readonly note?: string; readonly next: Place } {
    const isOperand = insn.dst === place.number || (usesRegister(insn) && insn.src === place.number);
    const value = step.registers.get(place.number);
    if (!isOperand || !value) return { next: place };
    return { note: `after the test \`${this.#text(step.insn)}\`, ${this.#name(step.insn, place.number)} is ${describe(value)}`, next: place };
  }

  #defined(step: Step, insn: Insn, place: Place): { readonly note: string; readonly next: Place | undefined } {
    const value = step.registers.get(place.number);
    const name = this.#name(step.insn + 1, place.number);
    if (insn.opcode === CALL) return { note: this.#called(insn, place, name, value), next: undefined };
    const what = value ? `${name} is ${describe(value)}` : `${name} is written`;
    const kind = classOf(insn);
    const register = (number: number): Place => ({ ...place, kind: "register", number });
    if (kind === CLASS.LDX) {
      const index = slotOf(insn.off);
      const isFill = insn.src === FP && insn.off < 0 && step.slots.has(index);
      return { note: isFill ? `${what}, loaded from the stack` : `${what}: loaded from memory, of which nothing is known`, next: isFill ? { ...place, kind: "slot", number: index } : undefined };
    }
    if (kind !== CLASS.ALU && kind !== CLASS.ALU64) return { note: what, next: undefined };
    const operation = operationOf(insn);
    if (operation === ALU.MOV) return usesRegister(insn) ? { note: what, next: register(insn.src) } : { note: what, next: undefined };
    const text = `${what}, after \`${this.#text(step.insn)}\``;
    const source = usesRegister(insn) ? this.#valueAt(step, insn.src) : undefined;
    // A pointer moved by a number, or a constant by what varies: the number is what matters.
    const followsSource = source?.isScalar === true && !isConst(source) && (operation === ALU.ADD || operation === ALU.SUB) && value !== undefined && (!value.isScalar || this.#wasConstant(step, insn.dst));
    return { note: text, next: register(followsSource ? insn.src : insn.dst) };
  }

  #called(insn: Insn, place: Place, name: string, value: Reg | undefined): string {
    const callee = insn.src === 0 ? helperName(insn.imm) : insn.src === 2 ? (this.#program.kfuncs[insn.imm]?.name ?? "a kernel function") : "the function";
    if (place.number !== 0) return `the call of ${callee} leaves r1 to r5 without values`;
    return value ? `${name} is what ${callee} returns: ${describe(value)}` : `${callee} returns nothing`;
  }

  #valueAt(step: Step, register: number): Reg | undefined {
    return step.registers.get(register);
  }
  /** The destination of the step held a constant before it. */
  #wasConstant(step: Step, register: number): boolean {
    for (let i = this.#steps.indexOf(step) - 1; i >= 0; i--) {
      const before = this.#steps[i]!;
      const value = before.frame === step.frame ? before.registers.get(register) : undefined;
      if (value) return value.isScalar && isConst(value);
    }
    return false;
  }

  #name(insn: number, register: number): string {
    return this.#naming(register, insn) ?? `r${register}`;
  }
  #text(insn: number): string {
    return formatInsn(this.#program.insns, insn, { helper: helperName });
  }
}
