/**
 * The SSA IR: the seam of the compiler. Nothing right of it knows TypeScript, nothing left of it knows eBPF.
 *
 * - Values are `int` (always 64 bits, canonically sign- or zero-extended by whoever made them), `ptr` or `handle`.
 * - A `ptr` is a region plus a byte offset. No integer↔pointer casts, no phis of pointers, no pointers in memory:
 *   loops carry integer offsets, and `ptradd` is made right before the access.
 * - A `handle` is affine: acquired by one call, null-tested by `isnull`, released exactly once on every path.
 * - Calls are ordered side effects: never merged, hoisted or dropped.
 * - Natural loops stay marked by the terminator `loop` in their header; the backend chooses their form late.
 */
import type { BoundarySignature, BoundaryType } from "../kernel/abi/boundary.ts";
import type { Span } from "../kernel/abi/diagnostics.ts";

export type ValueType = "int" | "ptr" | "handle";
export type ValueId = number;
export type BlockId = number;
/** ALU width. 32-bit operations read the low halves and zero-extend their result, as in eBPF. */
export type Width = 32 | 64;
/** Bytes of a memory access. */
export type Bytes = 1 | 2 | 4 | 8;

/** Division by zero gives 0, modulo by zero the dividend, minimum / -1 the minimum; shift counts are masked to the width. */
export type BinaryFn = "add" | "sub" | "mul" | "udiv" | "sdiv" | "umod" | "smod" | "and" | "or" | "xor" | "shl" | "lshr" | "ashr";
export type Predicate = "eq" | "ne" | "ult" | "ule" | "ugt" | "uge" | "slt" | "sle" | "sgt" | "sge";

interface InstrBase {
  /** The value defined, absent for instructions without one. Ids are unique in a function. */
  readonly id?: ValueId;
  readonly span?: Span;
  /** Source variable that this value is, for explanations and variable locations. */
  readonly name?: string;
}
interface Def extends InstrBase {
  readonly id: ValueId;
}

export type Instr =
  /** int: `value` is in [-2^63, 2^63). */
  | (Def & { readonly op: "const"; readonly value: bigint })
  | (Def & { readonly op: "bin"; readonly fn: BinaryFn; readonly width: Width; readonly a: ValueId; readonly b: ValueId })
  /** Sign- or zero-extends the low `from` bits to 64: the only narrowing operation. */
  | (Def & { readonly op: "ext"; readonly from: 8 | 16 | 32; readonly signed: boolean; readonly a: ValueId })
  /** int 0 or 1. */
  | (Def & { readonly op: "cmp"; readonly pred: Predicate; readonly width: Width; readonly a: ValueId; readonly b: ValueId })
  /** Only first in a block; one entry for each predecessor; int or handle. */
  | (Def & { readonly op: "phi"; readonly type: "int" | "handle"; readonly incoming: readonly { readonly from: BlockId; readonly value: ValueId }[] })
  /** ptr to a region's first byte. */
  | (Def & { readonly op: "addr"; readonly region: RegionId })
  /** ptr: base + int bytes. The result must stay inside the region: a dominating check or a proof guarantees it. */
  | (Def & { readonly op: "ptradd"; readonly base: ValueId; readonly offset: ValueId })
  /** ptr: base + the field's offset, symbolic until selection so that relocatable kernel structs are an addition. */
  | (Def & { readonly op: "field"; readonly base: ValueId; readonly struct: string; readonly path: readonly string[]; readonly offset: number })
  /** int, extended by `signed`. `offset`: constant bytes added to `ptr`. Little endian, unaligned allowed. */
  | (Def & { readonly op: "load"; readonly ptr: ValueId; readonly offset: number; readonly bytes: Bytes; readonly signed: boolean })
  | (InstrBase & { readonly op: "store"; readonly ptr: ValueId; readonly offset: number; readonly bytes: Bytes; readonly value: ValueId })
  /**
   * A kernel operation of kernel/abi's table (`sys.read`). `args` follow the row's kfunc parameters (kfuncParams): a
   * byte range is two operands (ptr, int length), an absent optional struct is null. Defines an int (canonically
   * extended by the row's result type) or, for rows that acquire, a possibly null handle.
   */
  | (InstrBase & { readonly op: "call"; readonly row: string; readonly args: readonly (ValueId | null)[] })
  /** int: 1 if the handle, or the pointer that a `lookup` gave, is null. */
  | (Def & { readonly op: "isnull"; readonly handle: ValueId })
  /**
   * ptr to the value under the key at `key`, or null: accessed only behind an `isnull` of it. A helper call, never moved
   * or merged: two lookups may give one element or two.
   */
  | (Def & { readonly op: "lookup"; readonly map: RegionId; readonly key: ValueId })
  /** int: 0 or a negative error number. `update` takes (key, value), `delete` (key); `flags` as BPF_ANY, BPF_NOEXIST. */
  | (Def & { readonly op: "mapcall"; readonly fn: MapFn; readonly map: RegionId; readonly args: readonly ValueId[]; readonly flags: number })
  /**
   * int: what was at `ptr` + `offset`, zero-extended; one step for everyone who shares the memory. `cmpxchg` stores `value`
   * where `expected` was found.
   */
  | (Def & {
      readonly op: "atomic"; readonly fn: AtomicFn; readonly ptr: ValueId; readonly offset: number; readonly bytes: 4 | 8;
      readonly value: ValueId; readonly expected?: ValueId;
    });

export type MapFn = "update" | "delete";
export type AtomicFn = "add" | "and" | "or" | "xor" | "xchg" | "cmpxchg";

export type Terminator =
  | { readonly op: "br"; readonly to: BlockId; readonly span?: Span }
  /** Goes to `then` if `cond` is not 0. `check` marks a branch that the compiler added on the author's behalf. */
  | { readonly op: "condbr"; readonly cond: ValueId; readonly then: BlockId; readonly else: BlockId; readonly check?: Check; readonly span?: Span }
  /**
   * Ends a loop's header: takes one round from the loop budget and goes to `body`, or to `exhausted` when none is left.
   * The exhausted path releases what is held and ends with EXHAUSTED; it never falls through into the program.
   */
  | { readonly op: "loop"; readonly body: BlockId; readonly exhausted: BlockId; readonly loop: LoopInfo; readonly span?: Span }
  /** Ends the call with OK; `value` goes to FRAME.result, absent when the result was stored in the result region or is void. */
  | { readonly op: "ret"; readonly value?: ValueId; readonly span?: Span }
  /** Ends the call with another status; `fault` indexes the function's `faults`. */
  | { readonly op: "stop"; readonly status: "EXHAUSTED" | "ABORTED" | "FAULT"; readonly fault?: number; readonly span?: Span }
  | { readonly op: "unreachable"; readonly span?: Span };

/** A branch added by the compiler: `then` is the good way, `else` ends in FAULT. */
export interface Check {
  readonly kind: "bounds" | "cast" | "assert" | "range" | "result-range";
  /**
   * `true`: keep even where the language's own facts prove it, because the kernel's verifier can't see that fact
   * (ranges of results of calls, lengths of strings). Everything behind it is then provable for both.
   */
  readonly keep: boolean;
  /** For hints: what is accessed and what is required, in the user's words. */
  readonly access?: string;
  readonly requirement?: string;
}

export interface LoopInfo {
  /** Sequential in a function. */
  readonly id: number;
  /** Exact or maximal number of rounds when the frontend knows it as a constant. */
  readonly maxTrips?: number;
}

export interface Block {
  readonly id: BlockId;
  readonly instrs: Instr[];
  terminator: Terminator;
}

export type RegionId = string;

/**
 * Memory. `buffer`, `global`, `const`, `map` belong to the module; `arg`, `result`, `local` to a call's frame.
 * Regions never overlap and nothing is known about their distance.
 */
export interface Region {
  readonly id: RegionId;
  /** `buffer`: zeroed, shared with Node; `global`: initialized by `init`; `const`: never written (string literals). */
  readonly kind: "buffer" | "global" | "const" | "map" | "arg" | "result" | "local";
  /** Bytes; of a map those of one value, which only a `lookup` reaches. */
  readonly size: number;
  readonly align: number;
  readonly name: string;
  readonly init?: Uint8Array;
  /** Exported from its source file. */
  readonly exported?: boolean;
  /** Boundary type, for struct views from Node. */
  readonly type?: BoundaryType;
  readonly span?: Span;
  /** For `arg` and `result`: fixed byte offset in the frame. Locals get theirs from the backend. */
  readonly frameOffset?: number;
  /** Of a map. */
  readonly map?: MapSpec;
}

/** A kernel map: keys and values by their types, as they lie in memory. */
export interface MapSpec {
  /** Number of BPF_MAP_TYPE_*. */
  readonly type: number;
  readonly entries: number;
  readonly key: BoundaryType;
  readonly value: BoundaryType;
}

export interface Func {
  /** Source name: `Logs.countLines` or `burst`. */
  readonly name: string;
  readonly signature: BoundarySignature;
  /** Frame regions, by id. */
  readonly regions: Map<RegionId, Region>;
  /** Reverse postorder is not required; `entry` has no predecessors and no phis. */
  readonly blocks: Map<BlockId, Block>;
  readonly entry: BlockId;
  readonly faults: readonly Fault[];
  readonly span?: Span;
  /** Next unused value and block ids. */
  nextValue: ValueId;
  nextBlock: BlockId;
}

export interface Fault {
  readonly kind: Check["kind"];
  readonly message: string;
  readonly span?: Span;
  readonly code?: number;
}

export interface Module {
  /** Source file name. */
  readonly source: string;
  /** Module regions, by id. */
  readonly regions: Map<RegionId, Region>;
  readonly funcs: Func[];
}
