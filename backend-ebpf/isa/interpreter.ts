/**
 * The reference interpreter of bytecode: the truth for the ISA (RFC 9669 sections 4 and 5). BigInt, slow and obvious: one
 * instruction at a time, every access checked, nothing remembered. Owns control and registers; values are arithmetic.ts,
 * memory is memory.ts; what helpers, kfuncs and maps are is the caller's. Registers hold unsigned 64-bit values.
 */
import { DEFAULT_ROUNDS } from "../../kernel/abi/frame.ts";
import { atomicResult, compare, computeAlu, endian, signExtend, unsigned } from "./arithmetic.ts";
import { wideImmediate } from "./disasm.ts";
import type { Insn } from "./insn.ts";
import { AddressSpace, MemoryFault } from "./memory.ts";
import { type Action, type Form, formOf, isWide, type PseudoName, reservedFieldsAreClear } from "./opcodes.ts";

/** Bytes of stack of one frame, and frames that calls may nest. */
export const STACK_SIZE = 512;
export const MAX_FRAMES = 8;
/** Instructions that a run may execute unless told otherwise. */
export const DEFAULT_STEPS = 50_000_000;

/** What runs: bare instructions, or anything that has them (a LinkedProgram). */
export interface BytecodeProgram {
  readonly insns: readonly Insn[];
}

/** What a call of a helper or kfunc sees. */
export interface CallSite {
  /** Slot of the call. */
  readonly pc: number;
  /** r1 … r5, unsigned. */
  readonly args: readonly bigint[];
  readonly memory: AddressSpace;
}

export interface Machine {
  /** Ranges that the program can reach; stacks are added and taken away by the run. A new, empty one by default. */
  readonly memory?: AddressSpace;
  /** r1 and on at the start; one value is the context's address. */
  readonly args?: readonly bigint[];
  /** Answers a helper call with r0. Absent: helper calls fault. */
  onHelper?(id: number, site: CallSite): bigint;
  /** Answers a kfunc call; `imm` and `off` as in the instruction. Absent: kfunc calls fault. */
  onKfunc?(imm: number, site: CallSite, off: number): bigint;
  /** Value of a ldimm64 that names a map or other kernel thing by its two immediates. Absent: such a ldimm64 faults. */
  onPseudo?(pseudo: Exclude<PseudoName, "imm64" | "func">, low: number, high: number): bigint;
  /** Before every instruction: its slot, r0 … r10 of the current frame (don't keep), and the depth of calls from 0. */
  onInsn?(pc: number, registers: readonly bigint[], depth: number): void;
  /** Instructions before the run stops with `steps`; DEFAULT_STEPS by default. */
  readonly steps?: number;
  /** Times that may_goto falls through before it jumps, and rounds of bpf_loop, all of them together; DEFAULT_ROUNDS by default. */
  readonly rounds?: number;
}

export type RunResult =
  | { readonly kind: "exit"; readonly r0: bigint; readonly steps: number; readonly roundsUsed: number }
  /** What no verified program does; `pc` is the last instruction executed. */
  | { readonly kind: "fault"; readonly pc: number; readonly message: string; readonly steps: number }
  /** Out of steps. */
  | { readonly kind: "steps"; readonly pc: number; readonly steps: number };

/** Registers that a call destroys hold this afterwards, so that using one shows. */
export const CLOBBERED = 0xdead_beef_dead_beefn;
/** Fresh stack bytes. */
export const STACK_POISON = 0xa5;
/** Subprograms have addresses (ldimm64 `func`) that are no memory: this plus the slot. */
const FUNCTION_BASE = 0xffff_c000_0000_0000n;

class Fault extends Error {}

interface Frame {
  readonly registers: bigint[];
  readonly stack: bigint;
  /** Where the caller goes on; -1 in the outermost frame. */
  readonly returnTo: number;
  /** The frame is a round of bpf_loop. */
  readonly loop?: Loop;
}

/** A call of the helper bpf_loop under way: `round` of `count` calls of the function in slot `target`. */
interface Loop {
  readonly round: bigint;
  readonly count: bigint;
  readonly target: number;
  readonly context: bigint;
}

/** The helper bpf_loop(count, function, context, flags), the most rounds that it makes (BPF_MAX_LOOPS), and what it refuses with. */
const BPF_LOOP = 181;
const MAX_LOOPS = 8n * 1024n * 1024n;
const [E2BIG, EINVAL] = [7n, 22n];

/** Runs a program from slot 0 to the outermost `exit`. Throws only what the callbacks throw, MemoryFault excepted. */
export function runBytecode(program: BytecodeProgram, machine: Machine = {}): RunResult {
  return new Run(program.insns, machine).run();
}

class Run {
  readonly #insns: readonly Insn[];
  readonly #machine: Machine;
  readonly #memory: AddressSpace;
  readonly #frames: Frame[] = [];
  #pc = 0;
  #steps = 0;
  readonly #rounds: number;
  #roundsUsed = 0;

  constructor(insns: readonly Insn[], machine: Machine) {
    this.#insns = insns;
    this.#machine = machine;
    this.#memory = machine.memory ?? new AddressSpace();
    this.#rounds = machine.rounds ?? DEFAULT_ROUNDS;
  }

  run(): RunResult {
    const limit = this.#machine.steps ?? DEFAULT_STEPS;
    this.#enter(-1, this.#machine.args ?? []);
    try {
      for (;;) {
        const pc = this.#pc;
        if (this.#steps >= limit) return { kind: "steps", pc, steps: this.#steps };
        this.#steps++;
        const r0 = this.#step(pc);
        if (r0 !== undefined) return { kind: "exit", r0, steps: this.#steps, roundsUsed: this.#roundsUsed };
      }
    } catch (error) {
      if (!(error instanceof Fault || error instanceof MemoryFault)) throw error;
      return { kind: "fault", pc: this.#at, message: error.message, steps: this.#steps };
    } finally {
      for (const frame of this.#frames) this.#memory.unmap(frame.stack);
    }
  }

  /** Slot of the instruction being executed. */
  #at = 0;

  /** Executes one instruction; returns r0 when the program is over. */
  #step(pc: number): bigint | undefined {
    const insn = this.#insns[pc];
    if (!insn) throw new Fault(`no instruction in slot ${pc}`);
    this.#at = pc;
    const form = formOf(insn);
    if (!form) throw new Fault(`no such instruction: opcode 0x${insn.opcode.toString(16)}`);
    this.#check(insn, form);
    const frame = this.#frames.at(-1)!;
    this.#machine.onInsn?.(pc, frame.registers, this.#frames.length - 1);
    this.#pc = pc + (isWide(insn) ? 2 : 1);
    return this.#execute(form.action, insn, frame.registers);
  }

  #check(insn: Insn, form: Form): void {
    if (!reservedFieldsAreClear(insn, form)) throw new Fault(`${form.name}: reserved fields are in use`);
    if (insn.dst > 10 || insn.src > 10) throw new Fault("registers are r0 to r10");
    const store = ["store", "atomic", "store_release"].includes(form.action.kind);
    if (insn.dst === 10 && !store && form.operands.includes("dst") && form.action.kind !== "jump") throw new Fault("r10 is read only");
  }

  #execute(action: Action, insn: Insn, r: bigint[]): bigint | undefined {
    const { dst, src, off, imm } = insn;
    /** The second operand: a register, or the immediate sign-extended to 64 bits. */
    const operand = (source: "imm" | "reg") => (source === "reg" ? r[src]! : unsigned(BigInt(imm), 64));
    const address = (base: number) => unsigned(r[base]! + BigInt(off), 64);
    switch (action.kind) {
      case "alu":
        r[dst] = computeAlu(action.op, action.bits, r[dst]!, operand(action.source));
        return undefined;
      case "neg":
        r[dst] = unsigned(-r[dst]!, action.bits);
        return undefined;
      case "movsx":
        r[dst] = unsigned(signExtend(r[src]!, action.from), action.bits);
        return undefined;
      case "end":
        r[dst] = endian(action.to, action.bits, r[dst]!);
        return undefined;
      case "load": {
        const value = this.#memory.load(address(src), action.bits);
        r[dst] = action.signed ? unsigned(signExtend(value, action.bits), 64) : value;
        return undefined;
      }
      case "load_acquire":
        r[dst] = this.#memory.load(address(src), action.bits);
        return undefined;
      case "store":
        this.#memory.store(address(dst), action.bits, operand(action.source));
        return undefined;
      case "store_release":
        this.#memory.store(address(dst), action.bits, r[src]!);
        return undefined;
      case "atomic":
        return this.#atomic(action, address(dst), src, r);
      case "ldimm64":
        r[dst] = this.#wide(action.pseudo, insn);
        return undefined;
      case "jump":
        if (compare(action.op, action.bits, r[dst]!, operand(action.source))) this.#pc += off;
        return undefined;
      case "goto":
        this.#pc += off;
        return undefined;
      case "gotol":
        this.#pc += imm;
        return undefined;
      case "may_goto":
        if (this.#roundsUsed >= this.#rounds) this.#pc += off;
        else this.#roundsUsed++;
        return undefined;
      case "call":
        return this.#call(action.callee, insn, r);
      case "callx":
        return this.#return(r, this.#helper(Number(BigInt.asIntN(32, r[dst]!)), r));
      case "exit":
        return this.#exit(r[0]!);
      case "addr_space_cast":
      case "percpu_address":
      case "packet":
        throw new Fault(`${action.kind} is not for programs without arena, per-CPU data or packet`);
    }
  }

  #atomic(action: Extract<Action, { kind: "atomic" }>, address: bigint, src: number, r: bigint[]): undefined {
    const old = this.#memory.load(address, action.bits);
    const next = atomicResult(action.op, action.bits, old, unsigned(r[src]!, action.bits), unsigned(r[0]!, action.bits));
    this.#memory.store(address, action.bits, next);
    // A 32-bit fetch zero-extends, as every 32-bit operation does.
    if (action.op === "cmpxchg") r[0] = old;
    else if (action.fetch) r[src] = old;
    return undefined;
  }

  #wide(pseudo: PseudoName, insn: Insn): bigint {
    const next = this.#insns[this.#at + 1];
    if (next?.opcode !== 0 || next.dst !== 0 || next.src !== 0 || next.off !== 0) throw new Fault("the second slot of a ldimm64 is missing");
    if (pseudo === "imm64") return wideImmediate(insn, next);
    if (pseudo === "func") return FUNCTION_BASE + BigInt(this.#at + 1 + insn.imm);
    const { onPseudo } = this.#machine;
    if (!onPseudo) throw new Fault(`nothing says what ${pseudo}(${insn.imm}, ${next.imm}) is`);
    return unsigned(onPseudo.call(this.#machine, pseudo as Exclude<PseudoName, "imm64" | "func">, insn.imm, next.imm), 64);
  }

  #call(callee: "helper" | "subprogram" | "kfunc", insn: Insn, r: bigint[]): undefined {
    if (callee === "helper" && insn.imm === BPF_LOOP) return this.#loop(r);
    if (callee === "helper") return this.#return(r, this.#helper(insn.imm, r));
    if (callee === "subprogram") {
      if (this.#frames.length >= MAX_FRAMES) throw new Fault(`calls nest deeper than ${MAX_FRAMES} frames`);
      const target = this.#pc + insn.imm;
      this.#enter(this.#pc, r.slice(1, 6));
      this.#pc = target;
      return undefined;
    }
    const { onKfunc } = this.#machine;
    if (!onKfunc) throw new Fault(`no kfunc ${insn.imm}`);
    return this.#return(r, onKfunc.call(this.#machine, insn.imm, this.#site(r), insn.off));
  }

  /** Calls the function in r2 up to r1 times, until it does not return 0; every round is one of the budget. r0: rounds made, or an error. */
  #loop(r: bigint[]): undefined {
    const [count, address, context, flags] = [unsigned(r[1]!, 32), r[2]!, r[3]!, r[4]!];
    if (flags !== 0n) return this.#return(r, -EINVAL);
    if (count > MAX_LOOPS) return this.#return(r, -E2BIG);
    return this.#round({ round: 0n, count, target: Number(address - FUNCTION_BASE), context }, this.#pc);
  }

  #round(loop: Loop, returnTo: number): undefined {
    const caller = this.#frames.at(-1)!;
    if (loop.round >= loop.count || this.#roundsUsed >= this.#rounds) {
      this.#pc = returnTo;
      return this.#return(caller.registers, loop.round);
    }
    if (this.#frames.length >= MAX_FRAMES) throw new Fault(`calls nest deeper than ${MAX_FRAMES} frames`);
    this.#roundsUsed++;
    this.#enter(returnTo, [loop.round, loop.context], loop);
    this.#pc = loop.target;
    return undefined;
  }

  #helper(id: number, r: readonly bigint[]): bigint {
    const { onHelper } = this.#machine;
    if (!onHelper) throw new Fault(`no helper ${id}`);
    return onHelper.call(this.#machine, id, this.#site(r));
  }

  #site(r: readonly bigint[]): CallSite {
    return { pc: this.#at, args: r.slice(1, 6), memory: this.#memory };
  }

  /** What a call leaves in the caller's registers. */
  #return(r: bigint[], r0: bigint): undefined {
    r.fill(CLOBBERED, 1, 6);
    r[0] = unsigned(r0, 64);
    return undefined;
  }

  #enter(returnTo: number, args: readonly bigint[], loop?: Loop): void {
    const depth = this.#frames.length;
    const stack = this.#memory.map(`stack ${depth}`, new Uint8Array(STACK_SIZE).fill(STACK_POISON));
    const registers = new Array<bigint>(11).fill(CLOBBERED);
    args.forEach((value, i) => {
      registers[i + 1] = unsigned(value, 64);
    });
    registers[10] = stack + BigInt(STACK_SIZE);
    this.#frames.push({ registers, stack, returnTo, ...(loop && { loop }) });
  }

  #exit(r0: bigint): bigint | undefined {
    if (this.#frames.length === 1) return r0;
    const { stack, returnTo, loop } = this.#frames.pop()!;
    this.#memory.unmap(stack);
    if (loop && r0 === 0n) return this.#round({ ...loop, round: loop.round + 1n }, returnTo);
    if (loop) {
      this.#pc = returnTo;
      return this.#return(this.#frames.at(-1)!.registers, loop.round + 1n);
    }
    this.#return(this.#frames.at(-1)!.registers, r0);
    this.#pc = returnTo;
    return undefined;
  }
}
