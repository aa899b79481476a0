/**
 * The reference interpreter of the IR: the truth for semantics. BigInt, slow and obvious; one instruction at a time, no
 * analysis. Owns execution only; arithmetic is evaluate.ts, operations are the Host's.
 *
 * What the language or the backend must rule out (access outside a region, use of a null or released handle, `unreachable`
 * reached) throws IrTrap: a bug of the compiler, never a result.
 */
import type { Host, HostArg } from "../kernel/abi/host.ts";
import { layoutOf } from "../kernel/abi/boundary.ts";
import { DEFAULT_ROUNDS, type StatusName } from "../kernel/abi/frame.ts";
import { STRUCTS } from "../kernel/abi/structs.ts";
import { findOp, type IntName, type OpRow } from "../kernel/abi/syscalls.ts";
import { evaluateBinary, evaluateCompare, evaluateExtend, wrap64 } from "./evaluate.ts";
import { ReferenceMap } from "./maps.ts";
import { printInstr, printTerminator } from "./text.ts";
import type { Block, BlockId, Func, Instr, Module, Region, RegionId, ValueId } from "./types.ts";

/** The IR did what no correct compilation does. `where` names function, block and instruction. */
export class IrTrap extends Error {
  readonly where: string;
  constructor(message: string, where: string) {
    super(`${message} (${where})`);
    this.where = where;
  }
}

export interface InterpretOptions {
  /**
   * Memory by region id, changed in place. Regions that are missing are added: module regions and `arg`/`result` zeroed
   * (or from `init`), `local` regions filled with LOCAL_POISON, since frames are reused and locals start undefined.
   * Keep the map between calls to keep module regions; take frame regions out of it (`frameRegionsOf`).
   */
  readonly memory?: Map<RegionId, Uint8Array>;
  /** Contents of maps by region id, changed in place; maps that are missing are added, empty. */
  readonly maps?: Map<RegionId, ReferenceMap>;
  /** Performs calls; without one every call traps. */
  readonly host?: Host;
  /** Rounds that all loops of the call may make together; default DEFAULT_ROUNDS. */
  readonly rounds?: number;
}

export interface InterpretResult {
  readonly status: StatusName;
  /** The value of `ret`, in its signed 64-bit form; absent when `ret` has none or the call did not end with OK. */
  readonly result?: bigint;
  /** As FRAME.detail: index of the fault + 1, or 0. */
  readonly detail: number;
  readonly roundsUsed: number;
  /** The call's memory: `options.memory` if given. */
  readonly memory: Map<RegionId, Uint8Array>;
}

/** What locals hold before anything is stored in them. */
export const LOCAL_POISON = 0xa5;

const ATOMIC = {
  add: (a: bigint, b: bigint) => a + b, and: (a: bigint, b: bigint) => a & b, or: (a: bigint, b: bigint) => a | b, xor: (a: bigint, b: bigint) => a ^ b,
  xchg: (_: bigint, b: bigint) => b,
} as const;

interface Pointer {
  readonly region: RegionId;
  readonly offset: bigint;
  /** Of a map's value: the element's bytes, null where there is none. */
  readonly element?: Uint8Array | null;
}
interface Handle {
  /** The host's number; 0n is null. */
  readonly number: bigint;
}
type Value = bigint | Pointer | Handle;

/** Runs `funcName` of `module`. Throws IrTrap for compiler bugs and an Error for an unknown function. */
export function interpret(module: Module, funcName: string, options: InterpretOptions = {}): InterpretResult {
  const func = module.funcs.find((candidate) => candidate.name === funcName);
  if (!func) throw new Error(`no function ${funcName} in ${module.source}`);
  return new Interpreter(module, func, options).run();
}

/** Ids of the regions that belong to a call's frame, not to the module. */
export function frameRegionsOf(func: Func): RegionId[] {
  return [...func.regions.keys()];
}

class Interpreter {
  readonly #func: Func;
  readonly #host: Host | undefined;
  readonly #memory: Map<RegionId, Uint8Array>;
  readonly #maps: Map<RegionId, ReferenceMap>;
  readonly #rounds: number;
  #roundsUsed = 0;
  #currentBlock: Block | undefined;
  #currentItem: Instr | Block["terminator"] | undefined;
  readonly #values = new Map<ValueId, Value>();
  /** Handles held, by identity: what was released or passed back twice is seen. */
  readonly #held = new Set<Handle>();

  constructor(module: Module, func: Func, options: InterpretOptions) {
    this.#func = func;
    this.#host = options.host;
    this.#rounds = options.rounds ?? DEFAULT_ROUNDS;
    this.#memory = options.memory ?? new Map<RegionId, Uint8Array>();
    this.#maps = options.maps ?? new Map<RegionId, ReferenceMap>();
    for (const region of [...module.regions.values(), ...func.regions.values()]) {
      if (region.map) {
        if (!this.#maps.has(region.id)) this.#maps.set(region.id, new ReferenceMap(region.map));
      } else if (!this.#memory.has(region.id)) this.#memory.set(region.id, initialBytes(region));
    }
  }

  run(): InterpretResult {
    let from: BlockId | undefined;
    let block = this.#block(this.#func.entry);
    for (;;) {
      this.#enter(block, from);
      for (const instr of block.instrs) if (instr.op !== "phi") this.#execute(instr, block);
      const next = this.#terminate(block);
      if (typeof next !== "number") return next;
      from = block.id;
      block = this.#block(next);
    }
  }

  /** Phis read all their operands before any of them is written. */
  #enter(block: Block, from: BlockId | undefined): void {
    const values: [ValueId, Value][] = [];
    for (const instr of block.instrs) {
      if (instr.op !== "phi") break;
      this.#at(block, instr);
      const entry = instr.incoming.find((candidate) => candidate.from === from);
      if (!entry) return this.#trap(`no entry for b${from}`);
      values.push([instr.id, this.#value(entry.value)]);
    }
    for (const [id, value] of values) this.#values.set(id, value);
  }

  #execute(instr: Instr, block: Block): void {
    this.#at(block, instr);
    switch (instr.op) {
      case "const":
        this.#values.set(instr.id, instr.value);
        break;
      case "bin":
        this.#values.set(instr.id, evaluateBinary(instr.fn, instr.width, this.#int(instr.a), this.#int(instr.b)));
        break;
      case "ext":
        this.#values.set(instr.id, evaluateExtend(instr.from, instr.signed, this.#int(instr.a)));
        break;
      case "cmp":
        this.#values.set(instr.id, evaluateCompare(instr.pred, instr.width, this.#int(instr.a), this.#int(instr.b)) ? 1n : 0n);
        break;
      case "phi":
        break;
      case "addr":
        this.#values.set(instr.id, { region: instr.region, offset: 0n });
        break;
      case "ptradd": {
        const base = this.#pointer(instr.base);
        this.#values.set(instr.id, { ...base, offset: wrap64(base.offset + this.#int(instr.offset)) });
        break;
      }
      case "field": {
        const base = this.#pointer(instr.base);
        this.#values.set(instr.id, { ...base, offset: wrap64(base.offset + BigInt(instr.offset)) });
        break;
      }
      case "load": {
        const bytes = this.#bytes(this.#pointer(instr.ptr), BigInt(instr.offset), BigInt(instr.bytes));
        const raw = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
        this.#values.set(instr.id, wrap64(instr.signed ? BigInt.asIntN(instr.bytes * 8, raw) : raw));
        break;
      }
      case "store": {
        const bytes = this.#bytes(this.#pointer(instr.ptr), BigInt(instr.offset), BigInt(instr.bytes));
        const value = this.#int(instr.value);
        for (let i = 0; i < instr.bytes; i++) bytes[i] = Number(BigInt.asUintN(8, value >> BigInt(8 * i)));
        break;
      }
      case "call":
        this.#call(instr);
        break;
      case "lookup": {
        const { map, key } = this.#map(instr.map, instr.key);
        this.#values.set(instr.id, { region: instr.map, offset: 0n, element: map.lookup(key) ?? null });
        break;
      }
      case "mapcall": {
        const { map, key } = this.#map(instr.map, instr.args[0]!);
        const result = instr.fn === "delete" ? map.delete(key) : map.update(key, this.#bytes(this.#pointer(instr.args[1]!), 0n, BigInt(layoutOf(map.spec.value).size)), instr.flags);
        this.#values.set(instr.id, BigInt(result));
        break;
      }
      case "atomic":
        this.#atomic(instr);
        break;
      case "isnull": {
        const tested = this.#value(instr.handle);
        if (typeof tested === "object" && "element" in tested) {
          this.#values.set(instr.id, tested.element === null ? 1n : 0n);
          break;
        }
        const handle = this.#handle(instr.handle);
        if (handle.number !== 0n && !this.#held.has(handle)) this.#trap("null test of a released handle");
        this.#values.set(instr.id, handle.number === 0n ? 1n : 0n);
        break;
      }
    }
  }

  /** The map of a region, and the bytes of the key at `key`. */
  #map(region: RegionId, key: ValueId): { readonly map: ReferenceMap; readonly key: Uint8Array } {
    const map = this.#maps.get(region) ?? this.#trap(`no map ${region}`);
    return { map, key: this.#bytes(this.#pointer(key), 0n, BigInt(layoutOf(map.spec.key).size)) };
  }

  /** Nobody else runs: what was there, and what is stored then. */
  #atomic(instr: Extract<Instr, { op: "atomic" }>): void {
    const bytes = this.#bytes(this.#pointer(instr.ptr), BigInt(instr.offset), BigInt(instr.bytes));
    const bits = instr.bytes * 8;
    const before = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const operand = BigInt.asUintN(bits, this.#int(instr.value));
    const expected = instr.expected === undefined ? before : BigInt.asUintN(bits, this.#int(instr.expected));
    const after = instr.fn === "cmpxchg" ? (before === expected ? operand : before) : ATOMIC[instr.fn](before, operand);
    for (let i = 0; i < instr.bytes; i++) bytes[i] = Number(BigInt.asUintN(8, after >> BigInt(8 * i)));
    this.#values.set(instr.id, wrap64(before));
  }

  #terminate(block: Block): BlockId | InterpretResult {
    const { terminator } = block;
    this.#at(block, terminator);
    switch (terminator.op) {
      case "br":
        return terminator.to;
      case "condbr":
        return this.#int(terminator.cond) !== 0n ? terminator.then : terminator.else;
      case "loop":
        if (this.#roundsUsed >= this.#rounds) return terminator.exhausted;
        this.#roundsUsed++;
        return terminator.body;
      case "ret":
        return this.#end("OK", 0, terminator.value === undefined ? undefined : this.#int(terminator.value));
      case "stop":
        return this.#end(terminator.status, terminator.fault === undefined ? 0 : terminator.fault + 1);
      case "unreachable":
        return this.#trap("reached `unreachable`");
    }
  }

  #end(status: StatusName, detail: number, result?: bigint): InterpretResult {
    if (this.#held.size > 0) this.#trap("a handle is still held at the end");
    return { status, detail, ...(result === undefined ? {} : { result }), roundsUsed: this.#roundsUsed, memory: this.#memory };
  }

  // ---- Calls -----------------------------------------------------------------------------------------------------

  #call(instr: Extract<Instr, { op: "call" }>): void {
    const row = findOp(instr.row);
    if (!row) return this.#trap(`unknown operation ${instr.row}`);
    if (!this.#host) return this.#trap("a call without a host");
    const result = this.#host.call(row, this.#marshal(row, instr.args));
    const flags: readonly string[] = row.flags;
    if (flags.includes("release")) this.#held.delete(this.#handle(instr.args[0]!));
    if (row.result.type === "handle") {
      const handle: Handle = { number: result };
      if (result !== 0n) this.#held.add(handle);
      if (instr.id === undefined) return this.#trap("a handle that nobody can release");
      this.#values.set(instr.id, handle);
    } else if (instr.id !== undefined) {
      this.#values.set(instr.id, wrap64(toIntType(row.result.type, result)));
    }
  }

  /** One HostArg for each ArgSpec: a byte range takes two operands. */
  #marshal(row: OpRow, operands: readonly (ValueId | null)[]): HostArg[] {
    let next = 0;
    return row.args.map((spec): HostArg => {
      const operand = operands[next++];
      if (operand === undefined) return this.#trap("too few operands");
      if (operand === null) return spec.kind === "struct" && spec.optional ? null : this.#trap(`null for ${spec.name}`);
      switch (spec.kind) {
        case "int":
        case "fd":
        case "flags":
          return toIntType(spec.type, this.#int(operand));
        case "path":
        case "in":
        case "out": {
          const length = operands[next++];
          if (length === undefined || length === null) return this.#trap(`no length for ${spec.name}`);
          return this.#bytes(this.#pointer(operand), 0n, this.#int(length));
        }
        case "struct":
          return this.#bytes(this.#pointer(operand), 0n, BigInt(STRUCTS[spec.struct].size));
        case "err":
          return this.#bytes(this.#pointer(operand), 0n, 4n);
        case "handle": {
          const handle = this.#handle(operand);
          if (!this.#held.has(handle)) return this.#trap("a call with a null or released handle");
          return handle.number;
        }
      }
    });
  }

  // ---- Values and memory -----------------------------------------------------------------------------------------

  #value(id: ValueId): Value {
    const value = this.#values.get(id);
    return value === undefined ? this.#trap(`v${id} has no value`) : value;
  }

  #int(id: ValueId): bigint {
    const value = this.#value(id);
    return typeof value === "bigint" ? value : this.#trap(`v${id} is no int`);
  }

  #pointer(id: ValueId): Pointer {
    const value = this.#value(id);
    return typeof value === "object" && "region" in value ? value : this.#trap(`v${id} is no pointer`);
  }

  #handle(id: ValueId): Handle {
    const value = this.#value(id);
    return typeof value === "object" && "number" in value ? value : this.#trap(`v${id} is no handle`);
  }

  /** A view of `length` bytes at `pointer` + `offset`. An empty range may sit at a region's end. */
  #bytes(pointer: Pointer, offset: bigint, length: bigint): Uint8Array {
    if (pointer.element === null) return this.#trap(`the null that a lookup in ${pointer.region} gave`);
    const memory = pointer.element ?? this.#memory.get(pointer.region);
    if (!memory) return this.#trap(`no region ${pointer.region}`);
    const start = pointer.offset + offset;
    if (start < 0n || length < 0n || start + length > BigInt(memory.length)) {
      return this.#trap(`bytes ${start} to ${start + length} are outside ${pointer.region} of ${memory.length} bytes`);
    }
    return memory.subarray(Number(start), Number(start + length));
  }

  #block(id: BlockId): Block {
    return this.#func.blocks.get(id) ?? this.#trap(`no block b${id}`);
  }

  #at(block: Block, item: Instr | Block["terminator"]): void {
    this.#currentBlock = block;
    this.#currentItem = item;
  }

  #trap(message: string): never {
    const item = this.#currentItem;
    const text = item === undefined ? "" : isTerminator(item) ? printTerminator(item) : printInstr(item);
    throw new IrTrap(message, `${this.#func.name} b${this.#currentBlock?.id}: ${text}`);
  }
}

function isTerminator(item: Instr | Block["terminator"]): item is Block["terminator"] {
  return ["br", "condbr", "loop", "ret", "stop", "unreachable"].includes(item.op);
}

/** The value as the type holds it: u32 0 … 2^32-1, i32 -2^31 … 2^31-1, and so on. */
export function toIntType(type: IntName | "handle", value: bigint): bigint {
  if (type === "handle") return value;
  const bits = Number(type.slice(1));
  return type.startsWith("u") ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
}

function initialBytes(region: Region): Uint8Array {
  const bytes = new Uint8Array(region.size);
  if (region.init) bytes.set(region.init);
  else if (region.kind === "local") bytes.fill(LOCAL_POISON);
  return bytes;
}
