/**
 * Instruction selection: SSA IR of one function → machine IR on virtual registers. Owns the choice of instructions and
 * of operand forms, the prologue and the epilogues; phis become copies here. Registers, order and offsets come later.
 *
 * The virtual register of IR value v is FIRST_VIRTUAL + v. Comparisons are fused into the branches that test them, so
 * that the verifier learns from the register that is used afterwards.
 */
import { buildCfg, buildDominators, findLoops } from "../../ir/cfg.ts";
import { operandsOf, terminatorOperand } from "../../ir/operands.ts";
import type { Block, BlockId, Func, Instr, Predicate, RegionId, Terminator, ValueId, Width } from "../../ir/types.ts";
import { FRAME, STATUS } from "../../kernel/abi/frame.ts";
import type { KernelProfile } from "../../kernel/abi/profiles.ts";
import { helperId } from "../../kernel/abi/helpers.ts";
import { findOp } from "../../kernel/abi/syscalls.ts";
import type { Span } from "../../kernel/abi/diagnostics.ts";
import { Addresses } from "./addresses.ts";
import { type CallContext, countCall, emitKfunc, emitStock, ITERATOR_BYTES, iteratorDestroy, iteratorNew, iteratorNext, stockForm } from "./calls.ts";
import { fusedExtension, selectBinary, signExtend, zeroExtend } from "./arithmetic.ts";
import { NEGATED, SWAPPED } from "../../ir/evaluate.ts";
import { fitsImmediate, lowImmediate } from "./constants.ts";
import { sequentialize } from "./copies.ts";
import { FRAMES_OFFSET, lastFrameOffset, type ModuleLayout } from "./layout.ts";
import type { LoopPlan } from "./loops.ts";
import { FIRST_VIRTUAL, type MBlock, type MFunc, type MInstr, type MTerminator, type Operand, type Reg } from "./mir.ts";

const MAP_HELPERS = { update: "map_update_elem", delete: "map_delete_elem" } as const;

/** Ids of the blocks that selection adds. */
const PROLOGUE: BlockId = -1;
const BAD_FRAME: BlockId = -2;

export interface Selected {
  readonly func: MFunc;
  readonly moduleOnly: readonly string[];
  readonly exact: readonly string[];
}

export interface SelectOptions {
  readonly profile: KernelProfile;
  readonly countCalls: boolean;
}

export function select(func: Func, layout: ModuleLayout, plan: LoopPlan, options: SelectOptions): Selected {
  return new Selector(func, layout, plan, options).run();
}

interface Test {
  readonly pred: Predicate;
  readonly width: Width;
  readonly a: Reg;
  readonly b: Operand;
}

class Selector {
  readonly v4: boolean;
  readonly frame: Reg;
  readonly #func: Func;
  readonly #layout: ModuleLayout;
  readonly #plan: LoopPlan;
  readonly #options: SelectOptions;
  readonly #defs = new Map<ValueId, Instr>();
  readonly #uses = new Map<ValueId, number>();
  readonly #out: MFunc;
  readonly #addresses: Addresses;
  readonly #iterators = new Map<BlockId, number>();
  readonly #moduleOnly = new Set<string>();
  readonly #exact = new Set<string>();
  /**
   * Every call has a stock form. Where one hasn't the function needs the module anyway and all its calls are the module's:
   * the helper that closes descriptors leaves the last step to the program's end, where other calls could see that.
   */
  #stockOnly = true;
  #instrs: MInstr[] = [];
  #span: Span | undefined;
  /** Stack object of the namespace helper's answer: one serves all calls of the function. */
  readonly #objects = new Map<number, number>();

  constructor(func: Func, layout: ModuleLayout, plan: LoopPlan, options: SelectOptions) {
    this.#func = func;
    this.#layout = layout;
    this.#plan = plan;
    this.#options = options;
    this.v4 = options.profile.features.has("isa_v4");
    this.#out = { blocks: [], nextReg: FIRST_VIRTUAL + func.nextValue, names: new Map(), objects: [], ranged: new Set(), nullable: new Set() };
    this.frame = this.newReg();
    for (const block of func.blocks.values()) {
      for (const instr of [...block.instrs, block.terminator]) for (const value of valuesRead(instr)) this.#uses.set(value, (this.#uses.get(value) ?? 0) + 1);
      for (const instr of block.instrs) {
        if (instr.id === undefined) continue;
        this.#defs.set(instr.id, instr);
        if (instr.name !== undefined) this.#out.names.set(FIRST_VIRTUAL + instr.id, instr.name);
      }
    }
    this.#addresses = new Addresses(this, this.#placeOf.bind(this));
  }

  run(): Selected {
    const calls = [...this.#func.blocks.values()].flatMap((block) => block.instrs.filter((instr) => instr.op === "call"));
    this.#stockOnly = calls.every((call) => findOp(call.row) === undefined || this.#stockForm(call) !== undefined);
    const cfg = buildCfg(this.#func);
    const { loopOf } = findLoops(cfg, buildDominators(cfg));
    for (const header of [...this.#plan.created.values()].flat()) this.#iterators.set(header, this.#out.objects.push(ITERATOR_BYTES) - 1);
    this.#prologue();
    for (const id of cfg.order) this.#block(this.#func.blocks.get(id)!, loopOf(id)?.depth ?? 0);
    this.#findRanged();
    return { func: this.#out, moduleOnly: [...this.#moduleOnly].sort(), exact: [...this.#exact].sort() };
  }

  // ---- What the parts of selection share ------------------------------------------------------------------------------

  emit(instr: MInstr): void {
    this.#instrs.push(this.#span ? { span: this.#span, ...instr } : instr);
  }

  newReg(): Reg {
    return this.#out.nextReg++;
  }

  definition(value: ValueId): Instr {
    const def = this.#defs.get(value);
    if (!def) throw new Error(`${this.#func.name}: v${value} has no definition`);
    return def;
  }

  constant(value: ValueId): bigint | undefined {
    const def = this.definition(value);
    return def.op === "const" ? def.value : undefined;
  }

  /** The value's own register. */
  regOf(value: ValueId): Reg {
    return FIRST_VIRTUAL + value;
  }

  /** A register that holds `value` here; constants are made anew where they are used. */
  reg(value: ValueId): Reg {
    const constant = this.constant(value);
    if (constant === undefined) return this.regOf(value);
    const reg = this.newReg();
    this.emit(makeConstant(reg, constant));
    return reg;
  }

  /** An immediate if `value` is a constant that fits the width, else a register. */
  operand(value: ValueId, width: Width): Operand {
    const constant = this.constant(value);
    if (constant === undefined) return this.regOf(value);
    if (width === 32) return { imm: lowImmediate(constant) };
    return fitsImmediate(constant) ? { imm: Number(constant) } : this.reg(value);
  }

  /** Copies `value` to `dst`. */
  copy(dst: Reg, value: ValueId): void {
    const constant = this.constant(value);
    this.emit(constant === undefined ? { op: "mov", width: 64, dst, src: this.regOf(value) } : makeConstant(dst, constant));
  }

  #placeOf(region: string) {
    const place = this.#layout.frames.get(this.#original)?.get(region) ?? this.#layout.places.get(region);
    if (!place) throw new Error(`${this.#func.name}: region ${region} has no place`);
    return place;
  }

  /** The layout knows functions before they were cloned: frame regions are shared with the clone. */
  get #original(): Func {
    for (const func of this.#layout.frames.keys()) if (func.regions === this.#func.regions) return func;
    throw new Error(`${this.#func.name} has no frame layout`);
  }

  // ---- Blocks ---------------------------------------------------------------------------------------------------------

  #begin(span: Span | undefined): void {
    this.#instrs = [];
    this.#span = span;
    this.#addresses.forget();
  }

  #end(id: BlockId, terminator: MTerminator, depth: number, cold = false): void {
    const block: MBlock = { id, instrs: this.#instrs, terminator: this.#span ? { span: this.#span, ...terminator } : terminator, depth, cold };
    this.#out.blocks.push(block);
  }

  /** Loads the frame's offset from the context and refuses one beyond the last frame. */
  #prologue(): void {
    const offset = this.newReg();
    const limit = lastFrameOffset(this.#layout.memory.frameSize);
    this.#begin(this.#func.span);
    this.emit({ op: "load", dst: offset, base: 1, offset: 0, bytes: 8, signed: false });
    const body: BlockId = -3;
    this.#end(PROLOGUE, { op: "branch", pred: "ugt", width: 64, a: offset, b: { imm: limit }, then: BAD_FRAME, else: body }, 0);
    this.#begin(this.#func.span);
    this.emit({ op: "address", dst: this.frame, section: ".bss", addend: FRAMES_OFFSET });
    this.emit({ op: "alu", fn: "add", width: 64, dst: this.frame, src: offset });
    this.#end(body, { op: "jump", to: this.#func.entry }, 0);
    this.#begin(this.#func.span);
    this.emit({ op: "mov", width: 64, dst: 0, src: { imm: STATUS.FAULT } });
    this.#end(BAD_FRAME, { op: "exit" }, 0, true);
  }

  #block(block: Block, depth: number): void {
    this.#begin(block.instrs.find((i) => i.span)?.span ?? block.terminator.span ?? this.#func.span);
    for (const header of this.#plan.destroyed.get(block.id) ?? []) for (const instr of iteratorDestroy(this.#iterators.get(header)!)) this.emit(instr);
    for (const instr of block.instrs) {
      this.#span = instr.span ?? this.#span;
      this.#instr(instr);
    }
    for (const header of this.#plan.created.get(block.id) ?? []) for (const instr of iteratorNew(this.#iterators.get(header)!)) this.emit(instr);
    this.#span = block.terminator.span ?? this.#span;
    const { terminator } = block;
    this.#end(block.id, this.#terminator(block, terminator), depth, terminator.op === "stop" || terminator.op === "unreachable");
  }

  #instr(instr: Instr): void {
    switch (instr.op) {
      case "const":
      case "phi":
      case "addr":
      case "field":
        return;
      case "bin":
        return selectBinary(this, instr);
      case "ext":
        return this.#extend(instr);
      case "cmp":
      case "isnull":
        return this.emit({ op: "set", dst: this.regOf(instr.id), ...this.#test(instr) });
      case "ptradd":
        return this.#addresses.add(instr);
      case "load":
        return this.#load(instr);
      case "store": {
        const { base, offset } = this.#addresses.memory(instr.ptr, instr.offset);
        return this.emit({ op: "store", base, offset, bytes: instr.bytes, src: this.#stored(instr.value, instr.bytes) });
      }
      case "call":
        return this.#call(instr);
      case "lookup":
        this.#mapHelper("map_lookup_elem", instr.map, [instr.key]);
        return this.emit({ op: "mov", width: 64, dst: this.regOf(instr.id), src: 0 });
      case "mapcall":
        this.#mapHelper(MAP_HELPERS[instr.fn], instr.map, instr.args, instr.fn === "update" ? instr.flags : undefined);
        return this.emit({ op: "mov", width: 64, dst: this.regOf(instr.id), src: 0 });
      case "atomic":
        return this.#atomic(instr);
    }
  }

  #extend(instr: Instr & { op: "ext" }): void {
    const fused = this.#uses.get(instr.a) === 1 ? fusedExtension(this.definition(instr.a), instr) : undefined;
    if (fused) return selectBinary(this, fused);
    const extend = instr.signed ? signExtend : zeroExtend;
    extend(this, this.regOf(instr.id), this.reg(instr.a), instr.from);
  }

  /** What to store of `value`: an immediate's sign extension beyond 32 bits must be the constant's. */
  #stored(value: ValueId, bytes: number): Operand {
    return this.operand(value, bytes === 8 ? 64 : 32);
  }

  #load(instr: Instr & { op: "load" }): void {
    const { base, offset } = this.#addresses.memory(instr.ptr, instr.offset);
    const dst = this.regOf(instr.id);
    const narrow = instr.signed && instr.bytes < 8;
    if (!narrow || this.v4) return this.emit({ op: "load", dst, base, offset, bytes: instr.bytes, signed: narrow });
    const raw = this.newReg();
    this.emit({ op: "load", dst: raw, base, offset, bytes: instr.bytes, signed: false });
    signExtend(this, dst, raw, (instr.bytes * 8) as 8 | 16 | 32);
  }

  // ---- Tests ----------------------------------------------------------------------------------------------------------

  #test(def: Instr & { op: "cmp" | "isnull" }): Test {
    if (def.op === "isnull") {
      this.#out.nullable.add(this.regOf(def.handle));
      return { pred: "eq", width: 64, a: this.regOf(def.handle), b: { imm: 0 } };
    }
    const { pred, width } = def;
    if (this.constant(def.a) !== undefined && this.constant(def.b) === undefined) {
      return { pred: SWAPPED[pred], width, a: this.regOf(def.b), b: this.operand(def.a, width) };
    }
    return { pred, width, a: this.reg(def.a), b: this.operand(def.b, width) };
  }

  /** The condition "`value` is not 0" as a test, through comparisons with 0 of comparisons. */
  #condition(value: ValueId, inverted = false): Test {
    const def = this.definition(value);
    if (def.op !== "cmp" && def.op !== "isnull") return { pred: inverted ? "eq" : "ne", width: 64, a: this.reg(value), b: { imm: 0 } };
    if (def.op === "cmp" && (def.pred === "eq" || def.pred === "ne") && this.constant(def.b) === 0n) {
      const inner = this.definition(def.a).op;
      if (inner === "cmp" || inner === "isnull") return this.#condition(def.a, inverted !== (def.pred === "eq"));
    }
    const test = this.#test(def);
    return inverted ? { ...test, pred: NEGATED[test.pred] } : test;
  }

  // ---- Calls ----------------------------------------------------------------------------------------------------------

  #call(instr: Instr & { op: "call" }): void {
    const row = findOp(instr.row);
    if (!row) throw new Error(`unknown operation ${instr.row}`);
    const dst = instr.id === undefined ? this.newReg() : this.regOf(instr.id);
    const context: CallContext = {
      emit: this.emit.bind(this),
      newReg: this.newReg.bind(this),
      newObject: (bytes) => this.#object(bytes),
      argument: (index, to) => this.#argument(instr.args[index]!, to),
      signExtend: (to, from, bits) => signExtend(this, to, from, bits),
      memory: (index) => this.#addresses.memory(instr.args[index]!, 0),
      op: instr.row,
    };
    const stock = this.#stockForm(instr);
    if (stock && this.#stockOnly) {
      for (const fact of stock.form.exact) this.#exact.add(fact);
      emitStock(stock.form.form, stock.helper, context, dst);
    } else {
      if (!stock) this.#moduleOnly.add(instr.row);
      emitKfunc(row, instr.args.length, context, dst);
    }
    this.#addresses.forget();
    if (this.#options.countCalls) for (const counting of countCall(this.frame, FRAME.calls)) this.emit(counting);
  }

  /** Calls a helper that takes a map, pointers, and flags. */
  #mapHelper(name: string, map: RegionId, args: readonly ValueId[], flags?: number): void {
    args.forEach((arg, i) => this.#argument(arg, i + 2));
    if (flags !== undefined) this.emit({ op: "mov", width: 64, dst: args.length + 2, src: { imm: flags } });
    this.emit({ op: "map", dst: 1, map: this.#layout.mapSymbols.get(map)! });
    this.emit({ op: "call", target: { kind: "helper", id: helperId(name)! }, args: args.length + 1 + Number(flags !== undefined) });
    this.#addresses.forget();
  }

  /** The operand's register is where the old value goes: a copy of it; R0 is what cmpxchg compares and answers in. */
  #atomic(instr: Instr & { op: "atomic" }): void {
    const { base, offset } = this.#addresses.memory(instr.ptr, instr.offset);
    this.copy(1, instr.value);
    if (instr.expected !== undefined) {
      this.copy(0, instr.expected);
      // A 32-bit comparison is with the low half.
      if (instr.bytes === 4) this.emit({ op: "mov", width: 32, dst: 0, src: 0 });
    }
    this.emit({ op: "atomic", fn: instr.fn, base, offset, bytes: instr.bytes, src: 1 });
    this.emit({ op: "mov", width: 64, dst: this.regOf(instr.id), src: instr.fn === "cmpxchg" ? 0 : 1 });
  }

  #stockForm(instr: Instr & { op: "call" }): ReturnType<typeof stockForm> {
    return stockForm(findOp(instr.row)!, (arg) => {
      const value = instr.args[arg];
      return value === null || value === undefined ? undefined : this.constant(value);
    });
  }

  #object(bytes: number): number {
    const known = this.#objects.get(bytes);
    if (known !== undefined) return known;
    const object = this.#out.objects.push(bytes) - 1;
    this.#objects.set(bytes, object);
    return object;
  }

  #argument(value: ValueId | null, to: Reg): void {
    if (value === null) return this.emit({ op: "mov", width: 64, dst: to, src: { imm: 0 } });
    const { op } = this.definition(value);
    if (op === "addr" || op === "field" || op === "ptradd" || op === "lookup") return this.#addresses.make(value, to);
    return this.copy(to, value);
  }

  // ---- Terminators ----------------------------------------------------------------------------------------------------

  #terminator(block: Block, terminator: Terminator): MTerminator {
    switch (terminator.op) {
      case "br":
        this.#copyPhis(block.id, terminator.to);
        return { op: "jump", to: terminator.to };
      case "condbr": {
        const test = this.#condition(terminator.cond);
        return { op: "branch", ...test, then: terminator.then, else: terminator.else };
      }
      case "loop":
        return this.#loop(block.id, terminator);
      case "ret":
        if (terminator.value !== undefined) {
          this.emit({ op: "store", base: this.frame, offset: FRAME.result, bytes: 8, src: this.operand(terminator.value, 64) });
        }
        return this.#finish(STATUS.OK, 0);
      case "stop":
        return this.#finish(STATUS[terminator.status], terminator.fault === undefined ? 0 : terminator.fault + 1);
      case "unreachable":
        return this.#finish(STATUS.FAULT, 0);
    }
  }

  #loop(header: BlockId, terminator: Terminator & { op: "loop" }): MTerminator {
    switch (this.#plan.forms.get(header)) {
      case "may_goto":
        return { op: "maygoto", body: terminator.body, exhausted: terminator.exhausted };
      case "bpf_loop":
        return { op: "round", body: terminator.body, exhausted: terminator.exhausted };
      case "iter_num":
        for (const instr of iteratorNext(this.#iterators.get(header)!)) this.emit(instr);
        return { op: "branch", pred: "eq", width: 64, a: 0, b: { imm: 0 }, then: terminator.exhausted, else: terminator.body };
      default:
        // A plain loop, or a header that no edge goes back to any more.
        return { op: "jump", to: terminator.body };
    }
  }

  /** Status and detail are neighbours: one store of 8 bytes. */
  #finish(status: number, detail: number): MTerminator {
    if (detail === 0) {
      this.emit({ op: "store", base: this.frame, offset: FRAME.status, bytes: 8, src: { imm: status } });
    } else {
      this.emit({ op: "store", base: this.frame, offset: FRAME.status, bytes: 4, src: { imm: status } });
      this.emit({ op: "store", base: this.frame, offset: FRAME.detail, bytes: 4, src: { imm: detail } });
    }
    this.emit({ op: "mov", width: 64, dst: 0, src: { imm: status } });
    return { op: "exit" };
  }

  #copyPhis(from: BlockId, to: BlockId): void {
    const copies = this.#func.blocks.get(to)!.instrs.flatMap((phi) => {
      if (phi.op !== "phi") return [];
      const { value } = phi.incoming.find((entry) => entry.from === from)!;
      const constant = this.constant(value);
      return [{ dst: this.regOf(phi.id), src: constant === undefined ? this.regOf(value) : { make: (dst: Reg) => makeConstant(dst, constant) } }];
    });
    for (const instr of sequentialize(copies, () => this.newReg())) this.emit(instr);
  }

  // ---- Ranges ---------------------------------------------------------------------------------------------------------

  /** Values that a branch tests and an address or a length depends on, directly or by what is computed from them. */
  #findRanged(): void {
    const tested = new Set<ValueId>();
    const needed = new Set<ValueId>();
    for (const def of this.#defs.values()) if (def.op === "cmp") tested.add(def.a).add(def.b);
    for (const block of this.#func.blocks.values()) {
      for (const instr of block.instrs) {
        const used = instr.op === "ptradd" ? [instr.offset] : instr.op === "call" ? instr.args : [];
        for (const value of used) if (value !== null) needed.add(value);
      }
    }
    for (const value of needed) {
      if (tested.has(value)) this.#out.ranged.add(this.regOf(value));
      const def = this.#defs.get(value);
      if (def?.op === "phi") for (const { value: from } of def.incoming) needed.add(from);
      else if (def?.op === "bin" || def?.op === "ext") for (const from of operandsOf(def)) needed.add(from);
    }
  }
}

export type SelectorContext = Pick<Selector, "emit" | "newReg" | "definition" | "constant" | "regOf" | "reg" | "operand" | "copy" | "v4" | "frame">;

function valuesRead(instr: Instr | Terminator): readonly ValueId[] {
  if (instr.op === "condbr" || instr.op === "ret") return [terminatorOperand(instr)].filter((v) => v !== undefined);
  return instr.op === "br" || instr.op === "loop" || instr.op === "stop" || instr.op === "unreachable" ? [] : operandsOf(instr);
}

function makeConstant(dst: Reg, value: bigint): MInstr {
  return fitsImmediate(value) ? { op: "mov", width: 64, dst, src: { imm: Number(value) } } : { op: "imm64", dst, value };
}
