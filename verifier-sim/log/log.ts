/**
 * The log of an exploration in the kernel's format (levels 1 and 2 of BPF_PROG_LOAD, as 6.18 prints them), so that the tools
 * that read the kernel's logs read ours. Owns the text and what was touched since the last print; never decides anything.
 * Not printed: liveness of registers and stack, and the search for precision (`mark_precise: …`).
 */
import { formatLogInsn } from "../../backend-ebpf/isa/disasm.ts";
import type { LinkedProgram } from "../../backend-ebpf/object/types.ts";
import { helperName } from "../../kernel/abi/helpers.ts";
import type { State } from "../state/state.ts";
import { ALL_REGISTERS, type Observer, type Touches } from "./observer.ts";
import { formatFrame } from "./register.ts";

/** Columns where the state after an instruction starts: 40, or the next multiple of 8 that leaves room for 4. */
const STATE_COLUMN = 40;
const STATE_STEP = 8;
/** Lines that are kept: of a longer log its end, as the kernel keeps it. */
const MAX_LINES = 400_000;

export class Log implements Observer {
  readonly #program: LinkedProgram;
  readonly #all: boolean;
  #lines: string[] = [];
  /** The last line is an instruction that its state may still be added to. */
  #open = false;
  /** File and line that were printed last. */
  #source = "";

  /** Level 1 keeps the path that failed only, level 2 every path. */
  constructor(program: LinkedProgram, level: 1 | 2) {
    this.#program = program;
    this.#all = level === 2;
  }

  /** Lines so far: where `rewind` returns to. */
  get position(): number {
    return this.#lines.length;
  }
  /** Another path begins that left this one at `position`: level 1 forgets what came after. */
  rewind(position: number): void {
    this.#open = false;
    if (!this.#all) this.#lines.length = Math.min(this.#lines.length, position);
  }

  /** The program's functions, before anything else. */
  functions(starts: readonly number[]): void {
    if (this.#all) for (const [i, start] of starts.entries()) this.#print(`func#${i} @${start}`);
  }

  /** Before the instruction in slot `insn`. `from`: the path was just taken up, it branched off there. */
  arrive(insn: number, from: number | undefined, state: State, touched: Touches): void {
    if (this.#all && from !== undefined) {
      this.#print("");
      this.#print(`from ${from} to ${insn}:${formatFrame(state, state.top)}`);
    }
    this.settle(insn, state, touched);
    this.#instruction(insn);
  }
  /** A state that was explored before covers the current one. `previous`: where this path branched off, if it was just taken up. */
  safe(insn: number, previous: number | undefined): void {
    if (previous === undefined) return this.#print(`${insn}: safe`);
    this.#print("");
    this.#print(`from ${previous} to ${insn}: safe`);
  }

  /** What was touched and not yet printed, behind the instruction that did it if nothing came between. `insn`: where the path is. */
  settle(insn: number, state: State, touched: Touches): void {
    if (touched.registers === 0 && touched.slots.size === 0) return;
    const text = formatFrame(state, state.top, touched.registers === ALL_REGISTERS ? undefined : touched);
    touched.clear();
    if (!this.#open) return this.#print(`${insn}:${text}`);
    const last = this.#lines.pop()!;
    const column = Math.max(STATE_COLUMN, Math.ceil((last.length + 1 + STATE_STEP / 2) / STATE_STEP) * STATE_STEP);
    this.#print(`${last.padEnd(column - 2)};${text}`);
  }
  #instruction(insn: number): void {
    this.#sourceLine(insn);
    const { insns, kfuncs } = this.#program;
    const text = formatLogInsn(insns, insn, {
      helper: helperName,
      kfunc: (call) => ({ name: kfuncs[call.imm]?.name ?? "unknown", id: kfuncs[call.imm]?.btfId ?? 0 }),
      pseudo: () => "0x0",
    });
    this.#print(`${insn}: ${text}`);
    this.#open = true;
  }
  /** Anything else that the kernel says between instructions. */
  line(text: string): void {
    this.#print(text);
  }

  /** Control enters a function of the program, or returns from one; the callee is the top frame. */
  call(state: State): void {
    const { frames } = state;
    this.#print("caller:");
    this.#print(`${formatFrame(state, frames.at(-2)!)}`);
    this.#print("callee:");
    this.#print(`${formatFrame(state, frames.at(-1)!)}`);
  }
  leave(state: State, to: number): void {
    const { frames } = state;
    this.#print("returning from callee:");
    this.#print(`${formatFrame(state, frames.at(-1)!)}`);
    this.#print(`to caller at ${to}:`);
    this.#print(`${formatFrame(state, frames.at(-2)!)}`);
  }

  /** The whole log, oldest line first. `processed`: instructions in all. */
  finish(processed: number): string[] {
    return [...this.#lines, `processed ${processed} insns (limit 1000000)`];
  }

  #sourceLine(insn: number): void {
    const line = this.#program.lineInfo.findLast((entry) => entry.insn <= insn);
    if (!line || this.#source === `${line.file}:${line.line}`) return;
    this.#source = `${line.file}:${line.line}`;
    this.#print(`; ${line.text.trimStart()} @ ${line.file.slice(line.file.lastIndexOf("/") + 1)}:${line.line}`);
  }
  #print(line: string): void {
    this.#open = false;
    this.#lines.push(line);
    if (this.#lines.length > MAX_LINES) this.#lines.splice(0, MAX_LINES / 2);
  }
}
