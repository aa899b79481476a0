/** Values while lowering: SSA ids with their source types, and what exists only at compile time. Data only. */
import type ts from "typescript";
import type { BoundaryType, StructType } from "../kernel/abi/boundary.ts";
import type { Variable } from "../ir/builder.ts";
import type { RegionId, ValueId } from "../ir/types.ts";
import type { Range } from "./types/ranges.ts";
import type { ArrayType, IntType, MemoryType, SourceType } from "./types/types.ts";

export interface IntValue {
  readonly kind: "int";
  readonly type: IntType;
  readonly id: ValueId;
  /** Mathematical, under `type`. */
  readonly range: Range;
  /** The value is a constant that still takes the type of its context. */
  readonly literal?: bigint;
}
export interface BoolValue {
  readonly kind: "bool";
  readonly id: ValueId;
}
/** A place in memory: region + variable offset + constant bytes. */
export interface Place {
  readonly region: RegionId;
  /** Bytes of the region. */
  readonly size: number;
  /** int; absent: the place is constant. */
  readonly dynamic?: ValueId;
  /** Of a map's value: the pointer that the lookup gave, not null here. */
  readonly base?: ValueId;
  readonly constant: number;
}
/** Bytes or text: `length` bytes from `offset` of a region. 0 <= offset, offset + length <= region's size, always. */
export interface SliceValue {
  readonly kind: "slice";
  readonly text: boolean;
  readonly writable: boolean;
  readonly region: RegionId;
  readonly size: number;
  readonly offset: ValueId;
  readonly length: ValueId;
  readonly name: string;
  /** Contents, for string literals. */
  readonly literal?: Uint8Array;
}
export interface StructValue {
  readonly kind: "struct";
  readonly type: StructType;
  readonly place: Place;
}
export interface ArrayValue {
  readonly kind: "array";
  readonly type: ArrayType;
  readonly place: Place;
}
export interface StrValue {
  readonly kind: "str";
  readonly max: number;
  readonly place: Place;
}
export interface HandleValue {
  readonly kind: "handle";
  readonly id: ValueId;
  /** i32: where a failed open left -errno. */
  readonly err: RegionId;
  readonly name: string;
}
export interface StackValue {
  readonly kind: "stack";
  readonly element: MemoryType;
  readonly region: RegionId;
  readonly max: number;
  readonly length: Variable;
}
/** Rows of a struct in memory of the module. */
export interface TableValue {
  readonly kind: "table";
  readonly row: StructType;
  readonly length: number;
  readonly region: RegionId;
}
export interface HashValue {
  readonly kind: "hash";
  readonly region: RegionId;
  readonly key: MemoryType;
  readonly value: MemoryType;
}
export interface UnionValue {
  readonly kind: "union";
  /** int: index of the alternative. */
  readonly tag: ValueId;
  /** Undefined: this value is never that alternative. */
  readonly alternatives: readonly (Value | undefined)[];
  /** Of all alternatives. */
  readonly types: readonly SourceType[];
}
export interface FunctionValue {
  readonly kind: "function";
  readonly node: ts.FunctionLikeDeclaration;
  readonly scope: Scope | undefined;
}
export type Value =
  | IntValue
  | BoolValue
  | SliceValue
  | StructValue
  | ArrayValue
  | StrValue
  | HandleValue
  | StackValue
  | TableValue
  | HashValue
  | UnionValue
  | FunctionValue
  | { readonly kind: "null" }
  | { readonly kind: "void" }
  | { readonly kind: "tuple"; readonly elements: readonly Value[] }
  /** `arm`: one side of a `Result<T>`. */
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Value>; readonly arm?: "ok" | "error" }
  | { readonly kind: "range"; readonly from: IntValue; readonly to: IntValue; readonly step: IntValue }
  /** A name of the library: `sys`, `u8`, `anycall`; `path` for members. */
  | { readonly kind: "library"; readonly name: string }
  | { readonly kind: "global"; readonly region: RegionId; readonly type: BoundaryType }
  /** A namespace of constants: const object or enum. */
  | { readonly kind: "namespace"; readonly members: ReadonlyMap<string, () => Value>; readonly name: string };

/** Where a source variable lives: one SSA variable for each scalar part. */
export type Storage =
  | { readonly kind: "int"; readonly type: IntType; readonly variable: Variable }
  | { readonly kind: "bool"; readonly variable: Variable }
  | { readonly kind: "slice"; readonly slice: SliceValue; readonly offset: Variable; readonly length: Variable }
  | { readonly kind: "place"; readonly value: StructValue | ArrayValue | StrValue; readonly dynamic: Variable | undefined }
  | { readonly kind: "tuple"; readonly elements: readonly Storage[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Storage>; readonly arm?: "ok" | "error" }
  | { readonly kind: "union"; readonly tag: Variable; readonly alternatives: (Storage | undefined)[]; readonly types: readonly SourceType[] }
  /** Not assignable: handles, stacks, functions, null. */
  | { readonly kind: "fixed"; readonly value: Value };

export type Binding =
  | { readonly kind: "variable"; storage: Storage; readonly mutable: boolean; /** An out-parameter: assignment copies. */ readonly copies?: true }
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "poison" };

export class Scope {
  readonly parent: Scope | undefined;
  readonly #bindings = new Map<ts.Symbol, Binding>();
  constructor(parent?: Scope) {
    this.parent = parent;
  }
  set(symbol: ts.Symbol, binding: Binding): void {
    this.#bindings.set(symbol, binding);
  }
  get(symbol: ts.Symbol): Binding | undefined {
    return this.#bindings.get(symbol) ?? this.parent?.get(symbol);
  }
}
