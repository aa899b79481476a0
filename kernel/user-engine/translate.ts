/**
 * Programs as one WebAssembly module: every eBPF function becomes a function (r1 … r5) → r0 with a stack frame of its own,
 * every call target an import. Owns the shape of the module; single instructions are lower.ts, what calls do is the
 * importer's. Programs must have been verified unless `checked` says that every access is to be checked.
 */
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { type Action, isWide } from "../../backend-ebpf/isa/opcodes.ts";
import { DIRECT_STACK } from "./layout.ts";
import { actionOf, type ControlFlow, controlFlow, functionEntries } from "./cfg.ts";
import { type LowerContext, lowerAlu, lowerAtomic, lowerCondition, lowerEndian, lowerLoad, lowerMovsx, lowerNeg, lowerStore, type Window } from "./lower.ts";
import { emitStructured } from "./structure.ts";
import { assembleModule, Code, type FunctionType, type ValueType } from "./wasm.ts";

/** Types of r1 and on; i32 gets the low half, a register that is null is not passed. */
export type Parameters = readonly (ValueType | null)[];

/** What a call instruction calls: an import that takes the first registers, or a function that the module has itself. */
export type CallTarget =
  | {
      readonly kind: "import";
      /** Equal targets have equal keys. */
      readonly key: string;
      readonly params: Parameters;
      /** How r0 is made of the result: nothing gives 0, i32 is sign- or zero-extended. */
      readonly result: "none" | "i32_s" | "i32_u" | "i64";
    }
  | { readonly kind: "iterator"; readonly name: IteratorName }
  /** The helper bpf_loop, which the module implements itself too. */
  | { readonly kind: "loop" };

/** The open-coded number iterator, which the module implements itself. */
export const ITERATORS = ["bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy"] as const;
export type IteratorName = (typeof ITERATORS)[number];

export interface TranslatedProgram {
  /** The export: (context address i32) → r0 as i32; with `wide`, (r1 i32, r2 i32) → r0 as i64. */
  readonly name: string;
  readonly insns: readonly Insn[];
  readonly wide?: boolean;
  /** Rounds of bpf_iter_num count against the budget too. */
  readonly budgetedIterators?: boolean;
  /** The target of the call in this slot; the program was checked to have one. */
  target(slot: number): CallTarget;
  /** Value of a ldimm64 that names a map. */
  mapAddress(slot: number): number;
}

export interface TranslateOptions {
  readonly pages: number;
  /** First value of the stack pointer. */
  readonly stackTop: number;
  /** Check every access, the stack's depth and the number of rounds; for programs that nobody has verified. */
  readonly checked?: { readonly windows: readonly Window[]; readonly stackBottom: number };
}

/** An instruction that no program outside the kernel can have; `slot` counts from the program's start. */
export class NotTranslatable extends Error {
  readonly slot: number;
  constructor(slot: number, message: string) {
    super(message);
    this.slot = slot;
  }
}

/** Globals, by index. `budget`: rounds left before `refill` is asked. */
const GLOBAL = { stack: 0, budget: 1 } as const;
export const GLOBAL_NAMES = ["stack", "budget"] as const;
/** Import 0: () → i32, 1 if the budget of rounds is used up; else it has set the global `budget` again. */
const REFILL = 0;
const REFILL_TYPE: FunctionType = { params: [], result: "i32" };
const FUNCTION: FunctionType = { params: ["i64", "i64", "i64", "i64", "i64"], result: "i64" };
const PARAMS = 5;

export interface Translated {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Imports beside `refill`, by the key of their target. */
  readonly imports: readonly (CallTarget & { readonly kind: "import" })[];
}

/** Translates programs. Throws NotTranslatable, MalformedProgram. */
export function translate(programs: readonly TranslatedProgram[], options: TranslateOptions): Translated {
  return new Translator(programs, options).run();
}

interface Pending {
  readonly type: FunctionType;
  readonly exported?: string;
  readonly emit: () => Code;
}

class Translator {
  readonly #options: TranslateOptions;
  readonly #programs: readonly TranslatedProgram[];
  readonly #imports: (CallTarget & { readonly kind: "import" })[] = [];
  readonly #functions: Pending[] = [];
  /** Index in `#functions` of intrinsics in use. */
  readonly #intrinsics = new Map<string, number>();

  constructor(programs: readonly TranslatedProgram[], options: TranslateOptions) {
    this.#programs = programs;
    this.#options = options;
  }

  run(): Translated {
    for (const program of this.#programs) this.#collect(program);
    const functions = [];
    // Emitting may add intrinsics at the end. Imports are all known by now.
    for (let i = 0; i < this.#functions.length; i++) {
      const { type, exported, emit } = this.#functions[i]!;
      functions.push({ type, code: emit(), ...(exported !== undefined && { exported }) });
    }
    const imports = this.#imports.map(({ key, params, result }) => ({ name: key, type: importType(params, result) }));
    const bytes = assembleModule({
      pages: this.#options.pages,
      imports: [{ name: "refill", type: REFILL_TYPE }, ...imports],
      functions,
      globals: [{ name: GLOBAL_NAMES[GLOBAL.stack], initial: this.#options.stackTop }, { name: GLOBAL_NAMES[GLOBAL.budget], initial: 0 }],
    });
    return { bytes, imports: this.#imports };
  }

  /** Registers a program's imports and functions. */
  #collect(program: TranslatedProgram): void {
    const entries = functionEntries(program.insns, 0);
    const first = this.#functions.length;
    const indexOf = new Map(entries.map((entry, i) => [entry, first + i]));
    for (const entry of entries) {
      const flow = controlFlow(program.insns, entry);
      for (const slot of slotsOf(program.insns, flow)) this.#collectCall(program, slot);
      this.#functions.push({ type: FUNCTION, emit: () => this.#function(program, flow, (target) => indexOf.get(target)!) });
    }
    this.#functions.push({ exported: program.name, type: entryType(program), emit: () => this.#entry(program, first) });
  }

  #collectCall(program: TranslatedProgram, slot: number): void {
    const action = actionOf(program.insns[slot]!);
    const external = action?.kind === "callx" || (action?.kind === "call" && action.callee !== "subprogram");
    if (!external) return;
    const target = program.target(slot);
    if (target.kind === "import" && !this.#imports.some(({ key }) => key === target.key)) this.#imports.push(target);
  }

  #functionIndex(index: number): number {
    return 1 + this.#imports.length + index;
  }
  #importIndex(key: string): number {
    return 1 + this.#imports.findIndex((target) => target.key === key);
  }

  /** The exported function around a program. */
  #entry(program: TranslatedProgram, main: number): Code {
    const given = program.wide ? 2 : 1;
    const code = new Code(given);
    for (let i = 0; i < PARAMS; i++) {
      if (i < given) code.get(i).op("i64.extend_i32_u");
      else code.i64(0n);
    }
    code.call(this.#functionIndex(main));
    return program.wide ? code : code.op("i32.wrap_i64");
  }

  #function(program: TranslatedProgram, flow: ControlFlow, functionOf: (entry: number) => number): Code {
    const code = new Code(PARAMS);
    // r1 … r5 are the parameters.
    const registers = Array.from({ length: 11 }, (_, r) => (r >= 1 && r <= PARAMS ? r - 1 : code.local("i64")));
    const emitter = new FunctionEmitter(program, flow, code, registers, {
      ...(this.#options.checked && { checked: this.#options.checked }),
      call: (slot) => this.#call(program, slot, code, registers, functionOf),
    });
    emitter.emit();
    return code;
  }

  #call(program: TranslatedProgram, slot: number, code: Code, registers: readonly number[], functionOf: (entry: number) => number): void {
    const insn = program.insns[slot]!;
    const action = actionOf(insn)!;
    const push = (params: Parameters, first: readonly number[]) =>
      params.forEach((type, i) => {
        if (type !== null) code.get(first[i]!);
        if (type === "i32") code.op("i32.wrap_i64");
      });
    if (action.kind === "call" && action.callee === "subprogram") {
      push(FUNCTION.params, registers.slice(1, 6));
      code.call(this.#functionIndex(functionOf(slot + 1 + insn.imm))).set(registers[0]!);
      return;
    }
    const target = program.target(slot);
    if (target.kind === "loop") {
      push(LOOP.params, registers.slice(1, 5));
      code.call(this.#functionIndex(this.#loop(program, functionOf))).set(registers[0]!);
      return;
    }
    if (target.kind === "iterator") {
      push(ITERATOR_PARAMS[target.name], registers.slice(1, 6));
      code.call(this.#functionIndex(this.#iterator(target.name, program.budgetedIterators === true)));
      code.op("i64.extend_i32_s").set(registers[0]!);
      return;
    }
    // callx passes the number of the helper in front.
    push(target.params, action.kind === "callx" ? [registers[insn.dst]!, ...registers.slice(1, 6)] : registers.slice(1, 6));
    code.call(this.#importIndex(target.key));
    if (target.result === "none") code.i64(0n);
    else if (target.result !== "i64") code.op(target.result === "i32_s" ? "i64.extend_i32_s" : "i64.extend_i32_u");
    code.set(registers[0]!);
  }

  /** bpf_loop of one program, whose functions it tells apart by their addresses. */
  #loop(program: TranslatedProgram, functionOf: (entry: number) => number): number {
    const key = `loop:${program.name}`;
    let index = this.#intrinsics.get(key);
    if (index === undefined) {
      const called = addressed(program.insns).map((entry) => ({ address: FUNCTION_BASE + BigInt(entry), func: this.#functionIndex(functionOf(entry)) }));
      index = this.#functions.push({ type: LOOP, emit: () => loopCode(called) }) - 1;
      this.#intrinsics.set(key, index);
    }
    return index;
  }

  #iterator(name: IteratorName, budgeted: boolean): number {
    const key = `${name}:${budgeted}`;
    let index = this.#intrinsics.get(key);
    if (index === undefined) {
      const type: FunctionType = { params: ITERATOR_PARAMS[name], result: "i32" };
      index = this.#functions.push({ type, emit: () => ITERATOR_CODE[name](budgeted) }) - 1;
      this.#intrinsics.set(key, index);
    }
    return index;
  }
}

function importType(registers: Parameters, result: "none" | "i32_s" | "i32_u" | "i64"): FunctionType {
  const params = registers.filter((type) => type !== null);
  return result === "none" ? { params } : { params, result: result === "i64" ? "i64" : "i32" };
}
function entryType({ wide }: TranslatedProgram): FunctionType {
  return wide ? { params: ["i32", "i32"], result: "i64" } : { params: ["i32"], result: "i32" };
}

function* slotsOf(insns: readonly Insn[], { blocks }: ControlFlow): Generator<number> {
  for (const { start, end } of blocks) for (let slot = start; slot < end; slot += isWide(insns[slot]!) ? 2 : 1) yield slot;
}

interface FunctionOptions {
  readonly checked?: NonNullable<TranslateOptions["checked"]>;
  /** Emits the call in this slot and sets r0. */
  call(slot: number): void;
}

/** One function's code. */
class FunctionEmitter {
  readonly #program: TranslatedProgram;
  readonly #flow: ControlFlow;
  readonly #cx: LowerContext;
  readonly #options: FunctionOptions;
  readonly #old: number;
  readonly #address: number;
  readonly #usesStack: boolean;

  constructor(program: TranslatedProgram, flow: ControlFlow, code: Code, registers: readonly number[], options: FunctionOptions) {
    this.#program = program;
    this.#flow = flow;
    this.#options = options;
    this.#cx = { code, registers, scratch64: code.local("i64"), ...(options.checked && { windows: options.checked.windows }) };
    this.#old = code.local("i64");
    this.#address = code.local("i32");
    const slots = [...slotsOf(program.insns, flow), ...flow.blocks.map(({ end }) => end)];
    this.#usesStack = options.checked !== undefined || slots.some((slot) => program.insns[slot]?.src === 10 || program.insns[slot]?.dst === 10);
  }

  emit(): void {
    const { code } = this.#cx;
    if (this.#usesStack) this.#enter();
    emitStructured(this.#flow, code, {
      body: (block) => this.#body(block),
      condition: (slot) => this.#condition(slot),
      exit: () => this.#exit(),
      round: () => this.#options.checked && emitBudget(code, () => code.open("if").op("unreachable").end()),
    });
  }

  #enter(): void {
    const { code, registers } = this.#cx;
    code.getGlobal(GLOBAL.stack).op("i64.extend_i32_u").set(registers[10]!);
    code.getGlobal(GLOBAL.stack).i32(DIRECT_STACK).op("i32.sub").setGlobal(GLOBAL.stack);
    const { checked } = this.#options;
    if (checked) code.getGlobal(GLOBAL.stack).i32(checked.stackBottom).op("i32.lt_s").open("if").op("unreachable").end();
  }

  #exit(): void {
    const { code, registers } = this.#cx;
    if (this.#usesStack) code.get(registers[10]!).op("i32.wrap_i64").setGlobal(GLOBAL.stack);
    code.get(registers[0]!).op("return");
  }

  #body(block: number): void {
    const { start, end } = this.#flow.blocks[block]!;
    const { insns } = this.#program;
    for (let slot = start; slot < end; slot += isWide(insns[slot]!) ? 2 : 1) this.#insn(slot, insns[slot]!);
  }

  #condition(slot: number): void {
    const insn = this.#program.insns[slot]!;
    const action = actionOf(insn)!;
    if (action.kind === "may_goto") emitBudget(this.#cx.code, () => {});
    else lowerCondition(this.#cx, action as Extract<Action, { kind: "jump" }>, insn);
  }

  #insn(slot: number, insn: Insn): void {
    const action = actionOf(insn);
    switch (action?.kind) {
      case "alu":
        return lowerAlu(this.#cx, action, insn);
      case "neg":
        return lowerNeg(this.#cx, action.bits, insn);
      case "movsx":
        return lowerMovsx(this.#cx, action.from, action.bits, insn);
      case "end":
        return lowerEndian(this.#cx, action.to, action.bits, insn);
      case "load":
        return lowerLoad(this.#cx, action.bits, action.signed, insn);
      case "load_acquire":
        return lowerLoad(this.#cx, action.bits, false, insn);
      case "store":
        return lowerStore(this.#cx, action.bits, action.source, insn);
      case "store_release":
        return lowerStore(this.#cx, action.bits, "reg", insn);
      case "atomic":
        return lowerAtomic(this.#cx, action, insn, this.#old, this.#address);
      case "ldimm64":
        return this.#wide(action.pseudo, slot, insn);
      case "call":
      case "callx":
        return this.#options.call(slot);
      // Jumps and exit are terminators.
      case "goto":
      case "gotol":
        return;
      default:
        throw new NotTranslatable(slot, action ? `${action.kind.replaceAll("_", " ")} exists only in the kernel` : `opcode 0x${insn.opcode.toString(16)} is no instruction`);
    }
  }

  #wide(pseudo: Extract<Action, { kind: "ldimm64" }>["pseudo"], slot: number, insn: Insn): void {
    const { code, registers } = this.#cx;
    const high = this.#program.insns[slot + 1]?.imm ?? 0;
    switch (pseudo) {
      case "imm64":
        code.i64((BigInt(high) << 32n) | BigInt(insn.imm >>> 0));
        break;
      case "func":
        code.i64(FUNCTION_BASE + BigInt(slot + 1 + insn.imm));
        break;
      case "map_fd":
      case "map_value":
        code.i64(BigInt(this.#program.mapAddress(slot)));
        break;
      default:
        throw new NotTranslatable(slot, `an address of kind ${pseudo} exists only in the kernel`);
    }
    code.set(registers[insn.dst]!);
  }
}

/** Takes one round; pushes an i32 that is 1 if there was none left, and hands it to `used`. */
function emitBudget(code: Code, used: () => void): void {
  code.getGlobal(GLOBAL.budget).i32(1).op("i32.sub").setGlobal(GLOBAL.budget);
  code.getGlobal(GLOBAL.budget).i32(0).op("i32.lt_s").open("if", "i32").call(REFILL).else().i32(0).end();
  used();
}

/** Subprograms have addresses that are no memory: this plus the slot. */
const FUNCTION_BASE = 0xffff_c000_0000_0000n;
/** bpf_loop(count, function, context, flags). */
const LOOP: FunctionType = { params: ["i64", "i64", "i64", "i64"], result: "i64" };

/** First slots of the functions whose addresses the program takes. */
function addressed(insns: readonly Insn[]): number[] {
  const found = new Set<number>();
  insns.forEach((insn, slot) => {
    const action = actionOf(insn);
    if (action?.kind === "ldimm64" && action.pseudo === "func") found.add(slot + 1 + insn.imm);
  });
  return [...found];
}

/** Calls the function until it does not return 0, at most `count` times, each a round of the budget; the number of calls. */
function loopCode(called: readonly { readonly address: bigint; readonly func: number }[]): Code {
  const code = new Code(LOOP.params.length);
  const [count, func, context, flags] = [0, 1, 2, 3];
  const [round, result] = [code.local("i64"), code.local("i64")];
  code.get(count).i64(0xffffffffn).op("i64.and").set(count);
  code.get(flags).i64(0n).op("i64.ne").open("if").i64(BigInt(-EINVAL)).op("return").end();
  code.get(count).i64(BigInt(ITERATOR_MAX)).op("i64.gt_u").open("if").i64(BigInt(-E2BIG)).op("return").end();
  code.open("loop");
  code.get(round).get(count).op("i64.ge_u").open("if").get(round).op("return").end();
  emitBudget(code, () => code.open("if").get(round).op("return").end());
  for (const { address, func: index } of called) {
    code.get(func).i64(address).op("i64.eq").open("if");
    code.get(round).get(context).i64(0n).i64(0n).i64(0n).call(index).set(result).end();
  }
  code.get(round).i64(1n).op("i64.add").set(round);
  code.get(result).i64(0n).op("i64.ne").open("if").get(round).op("return").end();
  code.br(0).end();
  return code.op("unreachable");
}

/** Helpers of the iterator take its address on the stack: struct {s32 next − 1, s32 end}. */
const ITERATOR_PARAMS: Readonly<Record<IteratorName, readonly ValueType[]>> = {
  bpf_iter_num_new: ["i32", "i32", "i32"],
  bpf_iter_num_next: ["i32"],
  bpf_iter_num_destroy: ["i32"],
};
const ITERATOR_MAX = 8 * 1024 * 1024;
const E2BIG = 7;
const EINVAL = 22;

const ITERATOR_CODE: Readonly<Record<IteratorName, (budgeted: boolean) => Code>> = {
  bpf_iter_num_new: () => {
    const code = new Code(3);
    const [it, start, end] = [0, 1, 2];
    const range = code.local("i64");
    const fail = (errno: number) => code.open("if").get(it).i64(0n).access("i64.store").i32(-errno).op("return").end();
    code.get(end).op("i64.extend_i32_s").get(start).op("i64.extend_i32_s", "i64.sub").set(range);
    code.get(range).i64(0n).op("i64.lt_s");
    fail(EINVAL);
    code.get(range).i64(BigInt(ITERATOR_MAX)).op("i64.gt_s");
    fail(E2BIG);
    code.get(it).get(start).i32(1).op("i32.sub").access("i32.store");
    code.get(it).get(end).access("i32.store", 4);
    return code.i32(0);
  },
  bpf_iter_num_next: (budgeted) => {
    const code = new Code(1);
    const [it, next] = [0, code.local("i32")];
    code.get(it).access("i32.load").i32(1).op("i32.add").tee(next);
    code.get(it).access("i32.load", 4).op("i32.ge_s");
    if (budgeted) {
      code.open("if", "i32").i32(1).else();
      emitBudget(code, () => {});
      code.end();
    }
    code.open("if").get(it).i64(0n).access("i64.store").i32(0).op("return").end();
    code.get(it).get(next).access("i32.store");
    return code.get(it);
  },
  bpf_iter_num_destroy: () => new Code(1).get(0).i64(0n).access("i64.store").i32(0),
};
