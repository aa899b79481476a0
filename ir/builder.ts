/**
 * FunctionBuilder: makes one IR function, with SSA form constructed on the fly (Braun et al., "Simple and Efficient
 * Construction of Static Single Assignment Form", CC 2013). It owns block creation, value ids, phis and the pooling of
 * constants; it never optimizes and knows nothing about the source language.
 *
 * How to use it
 *
 *   const b = new FunctionBuilder({ name: "f", signature });
 *   b.addRegion({ id: "args", kind: "arg", size: 8, align: 8, name: "args", frameOffset: FRAME.args });
 *   const n = b.load(b.addr("args"), 0, 8, true);            // instructions go to the current block; it starts at the entry
 *   const i = b.declare("i", "int");                         // a mutable source variable
 *   b.write(i, b.const(0n));
 *   const head = b.newBlock(), body = b.newBlock(), out = b.newBlock(), done = b.newBlock();
 *   b.br(head);
 *   b.setBlock(head);                                        // not sealed: the back edge is still to come
 *   b.loop(body, out);                                       // the header ends in `loop`: one round is taken here
 *   b.setBlock(out); b.seal(out); b.stop("EXHAUSTED");
 *   b.setBlock(body); b.seal(body);
 *   b.write(i, b.bin("add", b.read(i), b.const(1n)));
 *   b.condbr(b.cmp("slt", b.read(i), n), head, done);
 *   b.seal(head);                                            // all predecessors of `head` are known now
 *   b.setBlock(done); b.seal(done);
 *   b.ret(b.read(i));
 *   const func = b.finish();
 *
 * Rules
 * - Blocks: `newBlock()` makes an empty, unsealed block. A block ends with exactly one terminator; emitting behind it
 *   throws (ask `terminated`). Code behind a return: `b.startDead()` moves to a fresh block without predecessors;
 *   `finish()` drops unreachable blocks.
 * - Sealing: `seal(block)` promises that no further predecessor will be added (adding one then throws). Seal as early as
 *   possible; only loop headers and the targets of pending breaks and continues wait. `finish()` seals what is left.
 * - Variables: `declare`, `write`, `read`, at the current block (`writeVariable` and `readVariable` name the block).
 *   Ints and handles only: a pointer must not live in a variable, since pointers have no phis. Make `addr`/`ptradd` anew
 *   where it is used. Reading a variable that no path wrote gives 0 for ints and throws for handles.
 * - Ids returned stay valid until `finish()` even when they name a phi that proves trivial; `resolve(id)` tells the value
 *   it has become, `constantOf(id)` its constant.
 * - The value of `c ? x : y` and of `&&`/`||` is a declared variable written on both ways and read behind them.
 * - Constants and region addresses are pooled per block. `write` gives the value its variable's name if it has none
 *   (constants stay unnamed).
 * - Spans: `b.span` is attached to everything emitted until it is changed; `b.withSpan(span, () => …)` restores it.
 * Every misuse throws an Error: it is a bug of the caller, never of the program being compiled.
 */
import type { BoundarySignature } from "../kernel/abi/boundary.ts";
import type { Span } from "../kernel/abi/diagnostics.ts";
import { findOp } from "../kernel/abi/syscalls.ts";
import { mapOperands, mapTerminatorOperand, resultType, successorsOf } from "./operands.ts";
import { SsaConstruction, type Variable } from "./ssa.ts";
import type {
  AtomicFn, BinaryFn, Block, BlockId, Bytes, Check, Fault, Func, Instr, LoopInfo, MapFn, Predicate, Region, RegionId, Terminator, ValueId, ValueType,
  Width,
} from "./types.ts";

export type { Variable } from "./ssa.ts";

export interface FunctionInit {
  readonly name: string;
  readonly signature: BoundarySignature;
  readonly span?: Span;
}

interface BlockState {
  readonly block: Block;
  readonly body: Instr[];
  readonly predecessors: BlockId[];
  sealed: boolean;
  terminated: boolean;
  readonly constants: Map<bigint, ValueId>;
  readonly addresses: Map<RegionId, ValueId>;
}

type WithoutId<T> = T extends Instr ? Omit<T, "id"> : never;
/** An instruction before it has an id. */
export type NewInstr = WithoutId<Instr>;

export class FunctionBuilder {
  /** Attached to everything emitted; undefined for none. */
  span: Span | undefined;
  readonly #init: FunctionInit;
  readonly #regions = new Map<RegionId, Region>();
  readonly #blocks = new Map<BlockId, BlockState>();
  readonly #faults: Fault[] = [];
  readonly #types = new Map<ValueId, ValueType>();
  readonly #constants = new Map<ValueId, bigint>();
  readonly #named = new Map<ValueId, string>();
  readonly #ssa = new SsaConstruction({
    entry: 0,
    isSealed: (block) => this.#state(block).sealed,
    predecessorsOf: (block) => this.#state(block).predecessors,
    newValue: (type) => this.#newValue(type),
    undefinedAtEntry: (variable) => this.#undefinedAtEntry(variable),
  });
  #nextValue: ValueId = 0;
  #nextBlock: BlockId = 0;
  #nextLoop = 0;
  #current: BlockId;
  #finished = false;

  constructor(init: FunctionInit) {
    this.#init = init;
    this.#current = this.newBlock();
    this.#state(this.#current).sealed = true;
  }

  /** The entry block's id (0). It has no predecessors and is sealed from the start. */
  get entry(): BlockId {
    return 0;
  }

  // ---- Regions, faults -------------------------------------------------------------------------------------------

  /** Adds a frame region (arg, result, local). Throws if the id is taken. */
  addRegion(region: Region): Region {
    if (this.#regions.has(region.id)) throw new Error(`region ${region.id} added twice`);
    this.#regions.set(region.id, region);
    return region;
  }

  /** The frame region `id` of this function, or undefined. */
  region(id: RegionId): Region | undefined {
    return this.#regions.get(id);
  }

  /** Adds a fault and returns its index, for `stop("FAULT", index)`. */
  addFault(fault: Fault): number {
    return this.#faults.push(fault) - 1;
  }

  // ---- Blocks ----------------------------------------------------------------------------------------------------

  /** A new empty block: unsealed, without terminator, not current. */
  newBlock(): BlockId {
    const id = this.#nextBlock++;
    const block: Block = { id, instrs: [], terminator: { op: "unreachable" } };
    this.#blocks.set(id, {
      block, body: [], predecessors: [], sealed: false, terminated: false, constants: new Map(), addresses: new Map(),
    });
    return id;
  }

  /** The block that instructions go to. */
  get currentBlock(): BlockId {
    return this.#current;
  }

  /** Makes `block` the current one. It may be returned to later as long as it has no terminator. */
  setBlock(block: BlockId): void {
    this.#state(block);
    this.#current = block;
  }

  /** True when the current block has its terminator. */
  get terminated(): boolean {
    return this.#state(this.#current).terminated;
  }

  /** True when `block` has its terminator. */
  isTerminated(block: BlockId): boolean {
    return this.#state(block).terminated;
  }

  /** Predecessors that `block` has so far, each once. */
  predecessorsOf(block: BlockId): readonly BlockId[] {
    return this.#state(block).predecessors;
  }

  /** Moves to a fresh sealed block without predecessors: what is emitted there is dropped by `finish()`. */
  startDead(): BlockId {
    const block = this.newBlock();
    this.seal(block);
    this.setBlock(block);
    return block;
  }

  /** Declares that `block` has all its predecessors. Sealing again does nothing. */
  seal(block: BlockId): void {
    const state = this.#state(block);
    if (state.sealed) return;
    state.sealed = true;
    this.#ssa.blockSealed(block);
  }

  // ---- Variables -------------------------------------------------------------------------------------------------

  /** A new variable. Names need not be unique: the object is the key. */
  declare(name: string, type: "int" | "handle" = "int"): Variable {
    const variable: Variable = { name, type };
    this.#ssa.declare(variable);
    return variable;
  }

  /** Assigns in the current block. */
  write(variable: Variable, value: ValueId): void {
    this.writeVariable(variable, this.#current, value);
  }

  /** The variable's value at the current position. */
  read(variable: Variable): ValueId {
    return this.readVariable(variable, this.#current);
  }

  /** Assigns at the end of what `block` has so far. Throws if the value's type is not the variable's. */
  writeVariable(variable: Variable, block: BlockId, value: ValueId): void {
    const type = this.typeOf(value);
    if (type !== variable.type) throw new Error(`variable ${variable.name} is ${variable.type}, value v${value} is ${type}`);
    this.#state(block);
    this.#ssa.write(variable, block, value);
    if (!this.#named.has(value) && !this.#constants.has(value)) this.#named.set(value, variable.name);
  }

  /** The variable's value at the end of what `block` has so far; makes phis as needed. */
  readVariable(variable: Variable, block: BlockId): ValueId {
    this.#state(block);
    return this.#ssa.read(variable, block);
  }

  // ---- Values ----------------------------------------------------------------------------------------------------

  /** The value that `value` stands for now: itself, or what a trivial phi was replaced by. */
  resolve(value: ValueId): ValueId {
    return this.#ssa.resolve(value);
  }

  /** Type of a value made by this builder. Throws for an unknown id. */
  typeOf(value: ValueId): ValueType {
    const type = this.#types.get(value);
    if (type === undefined) throw new Error(`unknown value v${value}`);
    return type;
  }

  /** The constant that `value` is, or undefined. A variable's value may turn out constant only after sealing. */
  constantOf(value: ValueId): bigint | undefined {
    return this.#constants.get(this.resolve(value));
  }

  /** Gives `value` the name of a source variable, for explanations; the first name wins, constants stay unnamed. */
  setName(value: ValueId, name: string): void {
    if (!this.#named.has(value) && !this.#constants.has(value)) this.#named.set(value, name);
  }

  // ---- Instructions ----------------------------------------------------------------------------------------------

  /** Emits any instruction but a phi at the end of the current block; gives its value, or undefined if it defines none. */
  emit(instr: NewInstr): ValueId | undefined {
    if (instr.op === "phi") throw new Error("phis are made by reading variables");
    const state = this.#state(this.#current);
    if (state.terminated) throw new Error(`b${this.#current} has its terminator already`);
    const defines = instr.op === "call" ? definesValue(instr.row) : instr.op !== "store";
    const span = instr.span ?? this.span;
    const base = span === undefined ? instr : { ...instr, span };
    if (!defines) {
      state.body.push(base as Instr);
      return undefined;
    }
    const id = this.#nextValue++;
    const made = { ...base, id } as Instr;
    state.body.push(made);
    this.#types.set(id, resultType(made)!);
    if (instr.name !== undefined) this.#named.set(id, instr.name);
    return id;
  }

  /** int: a constant, wrapped to the signed 64-bit form; pooled in the current block. */
  const(value: bigint | number): ValueId {
    const wrapped = BigInt.asIntN(64, BigInt(value));
    const pool = this.#state(this.#current).constants;
    const known = pool.get(wrapped);
    if (known !== undefined) return known;
    const id = this.emit({ op: "const", value: wrapped })!;
    pool.set(wrapped, id);
    this.#constants.set(id, wrapped);
    return id;
  }

  /** int: `a fn b`, 64 bits unless `width` says 32 (low halves in, zero-extended out). */
  bin(fn: BinaryFn, a: ValueId, b: ValueId, width: Width = 64): ValueId {
    return this.emit({ op: "bin", fn, width, a, b })!;
  }

  /** int: the low `from` bits of `a`, extended to 64. */
  ext(a: ValueId, from: 8 | 16 | 32, signed: boolean): ValueId {
    return this.emit({ op: "ext", from, signed, a })!;
  }

  /** int 0 or 1: `a pred b`. */
  cmp(pred: Predicate, a: ValueId, b: ValueId, width: Width = 64): ValueId {
    return this.emit({ op: "cmp", pred, width, a, b })!;
  }

  /** ptr to a region's first byte (module or frame region); pooled in the current block. */
  addr(region: RegionId): ValueId {
    const pool = this.#state(this.#current).addresses;
    const known = pool.get(region);
    if (known !== undefined) return known;
    const id = this.emit({ op: "addr", region })!;
    pool.set(region, id);
    return id;
  }

  /** ptr: `base` + `offset` bytes. */
  ptradd(base: ValueId, offset: ValueId): ValueId {
    return this.emit({ op: "ptradd", base, offset })!;
  }

  /** ptr to a struct's field, `offset` bytes behind `base`. */
  field(base: ValueId, struct: string, path: readonly string[], offset: number): ValueId {
    return this.emit({ op: "field", base, struct, path, offset })!;
  }

  /** int: `bytes` at `ptr` + `offset`, extended by `signed`. */
  load(ptr: ValueId, offset: number, bytes: Bytes, signed: boolean): ValueId {
    return this.emit({ op: "load", ptr, offset, bytes, signed })!;
  }

  /** Stores the low `bytes` of the int `value` at `ptr` + `offset`. */
  store(ptr: ValueId, offset: number, bytes: Bytes, value: ValueId): void {
    this.emit({ op: "store", ptr, offset, bytes, value });
  }

  /** A kernel operation; the result as the row says (int or handle). */
  call(row: string, args: readonly (ValueId | null)[]): ValueId {
    return this.emit({ op: "call", row, args })!;
  }

  /** ptr to the value of a map under the key at `key`, or null: tested by `isnull` before it is used. */
  lookup(map: RegionId, key: ValueId): ValueId {
    return this.emit({ op: "lookup", map, key })!;
  }

  /** An int: 0 or a negative error number. */
  mapCall(fn: MapFn, map: RegionId, args: readonly ValueId[], flags = 0): ValueId {
    return this.emit({ op: "mapcall", fn, map, args, flags })!;
  }

  /** An int: what was there before, zero-extended. */
  atomic(fn: AtomicFn, ptr: ValueId, offset: number, bytes: 4 | 8, value: ValueId, expected?: ValueId): ValueId {
    return this.emit({ op: "atomic", fn, ptr, offset, bytes, value, ...(expected === undefined ? {} : { expected }) })!;
  }

  /** int 0 or 1: is the handle, or what a lookup gave, null. */
  isnull(handle: ValueId): ValueId {
    return this.emit({ op: "isnull", handle })!;
  }

  // ---- Terminators -----------------------------------------------------------------------------------------------

  /** Ends the current block. The block stays current, `terminated` becomes true. */
  setTerminator(terminator: Terminator): void {
    const from = this.#current;
    const state = this.#state(from);
    if (state.terminated) throw new Error(`b${from} has its terminator already`);
    for (const to of successorsOf(terminator)) {
      const target = this.#state(to);
      if (target.sealed) throw new Error(`b${to} is sealed: b${from} can't become a predecessor`);
      target.predecessors.push(from);
    }
    const span = terminator.span ?? this.span;
    state.block.terminator = span === undefined ? terminator : { ...terminator, span };
    state.terminated = true;
  }

  br(to: BlockId): void {
    this.setTerminator({ op: "br", to });
  }

  condbr(cond: ValueId, then: BlockId, otherwise: BlockId, check?: Check): void {
    this.setTerminator({ op: "condbr", cond, then, else: otherwise, ...(check ? { check } : {}) });
  }

  /** Ends a natural loop's header. Returns the loop's info; `maxTrips` when a bound is known as a constant. */
  loop(body: BlockId, exhausted: BlockId, maxTrips?: number): LoopInfo {
    const loop: LoopInfo = { id: this.#nextLoop++, ...(maxTrips === undefined ? {} : { maxTrips }) };
    this.setTerminator({ op: "loop", body, exhausted, loop });
    return loop;
  }

  ret(value?: ValueId): void {
    this.setTerminator(value === undefined ? { op: "ret" } : { op: "ret", value });
  }

  /** Ends the call with a status other than OK. The caller has emitted the releases. */
  stop(status: "EXHAUSTED" | "ABORTED" | "FAULT", fault?: number): void {
    this.setTerminator(fault === undefined ? { op: "stop", status } : { op: "stop", status, fault });
  }

  unreachable(): void {
    this.setTerminator({ op: "unreachable" });
  }

  /**
   * A check: branches on `cond`, lets `otherwise` fill the failing block (releases, then `stop`; it must end in a
   * terminator) and goes on in the good block. Both blocks are sealed.
   */
  check(cond: ValueId, check: Check, otherwise: () => void): void {
    const good = this.newBlock();
    const bad = this.newBlock();
    this.condbr(cond, good, bad, check);
    this.seal(good);
    this.seal(bad);
    this.setBlock(bad);
    otherwise();
    if (!this.terminated) throw new Error("the failing side of a check must end in a terminator");
    this.setBlock(good);
  }

  /** Runs `body` with `span` attached to what it emits. */
  withSpan<T>(span: Span | undefined, body: () => T): T {
    const before = this.span;
    this.span = span ?? before;
    try {
      return body();
    } finally {
      this.span = before;
    }
  }

  // ---- The end ---------------------------------------------------------------------------------------------------

  /**
   * The finished function: everything sealed, unreachable blocks and trivial phis gone, operands resolved. Throws if a
   * reachable block has no terminator. The builder must not be used afterwards.
   */
  finish(): Func {
    if (this.#finished) throw new Error("finish() called twice");
    this.#finished = true;
    for (const id of this.#blocks.keys()) this.seal(id);
    const reachable = this.#reachable();
    for (const id of reachable) {
      const state = this.#state(id);
      if (!state.terminated) throw new Error(`b${id} of ${this.#init.name} has no terminator`);
    }
    this.#ssa.dropUnreachable(reachable);
    const blocks = new Map<BlockId, Block>();
    for (const [id, state] of this.#blocks) if (reachable.has(id)) blocks.set(id, this.#finishBlock(state));
    return {
      name: this.#init.name, signature: this.#init.signature, regions: this.#regions, blocks, entry: this.entry, faults: this.#faults,
      ...(this.#init.span ? { span: this.#init.span } : {}), nextValue: this.#nextValue, nextBlock: this.#nextBlock,
    };
  }

  #finishBlock(state: BlockState): Block {
    const resolve = (value: ValueId) => this.resolve(value);
    for (const phi of this.#ssa.phisOf(state.block.id)) state.block.instrs.push(phi);
    for (const instr of state.body) {
      const name = instr.id === undefined ? undefined : this.#named.get(instr.id);
      const mapped = mapOperands(instr, resolve);
      state.block.instrs.push(name === undefined || mapped.name !== undefined ? mapped : { ...mapped, name });
    }
    state.block.terminator = mapTerminatorOperand(state.block.terminator, resolve);
    return state.block;
  }

  #reachable(): Set<BlockId> {
    const seen = new Set<BlockId>([this.entry]);
    for (const id of seen) {
      const state = this.#state(id);
      if (state.terminated) for (const to of successorsOf(state.block.terminator)) seen.add(to);
    }
    return seen;
  }

  #newValue(type: ValueType): ValueId {
    const id = this.#nextValue++;
    this.#types.set(id, type);
    return id;
  }

  #undefinedAtEntry(variable: Variable): ValueId {
    if (variable.type === "handle") throw new Error(`handle ${variable.name} is read on a path that never wrote it`);
    const entry = this.#state(this.entry);
    const known = entry.constants.get(0n);
    if (known !== undefined) return known;
    // The entry may have its terminator already; instructions are kept apart from it, so that one more is fine.
    const id = this.#newValue("int");
    entry.body.push({ op: "const", id, value: 0n });
    entry.constants.set(0n, id);
    this.#constants.set(id, 0n);
    return id;
  }

  #state(block: BlockId): BlockState {
    const state = this.#blocks.get(block);
    if (!state) throw new Error(`unknown block b${block}`);
    return state;
  }
}

/** Every row gives a result; an unknown row throws. */
function definesValue(row: string): boolean {
  if (!findOp(row)) throw new Error(`unknown operation ${row}`);
  return true;
}
