/** What the functions of one source file share while they are lowered: module regions and the names bound to them. */
import type ts from "typescript";
import type { Diagnostic, Span } from "../../kernel/abi/diagnostics.ts";
import type { BoundaryType, StructType } from "../../kernel/abi/boundary.ts";
import type { Region, RegionId } from "../../ir/types.ts";
import { refuse } from "../diagnostics.ts";
import type { Library } from "../library.ts";
import { type TypeConverter, TypeProblem } from "../types/convert.ts";
import type { MemoryType, SourceType } from "../types/types.ts";

export type TS = typeof ts;

/** A module-level `const x = buffer(n)`, `global(v)`, `table<T>(n)` or `hash<K, V>(n)`. */
export interface ModuleMemory {
  readonly kind: "buffer" | "global" | "table" | "hash";
  readonly name: string;
  readonly node: ts.CallExpression;
  readonly region: Region;
  readonly type?: BoundaryType;
  /** Of a hash map. */
  readonly hash?: { readonly key: MemoryType; readonly value: MemoryType };
  /** Of a table. */
  readonly row?: StructType;
}

/** The type that a variable was given, at the name in its declaration. */
export interface InferredType {
  readonly name: string;
  readonly span: Span;
  /** `u32` … `i64`, `boolean`. */
  readonly type: string;
}

export class ModuleContext {
  readonly ts: TS;
  readonly checker: ts.TypeChecker;
  readonly library: Library;
  readonly converter: TypeConverter;
  readonly sourceFile: ts.SourceFile;
  readonly diagnostics: Diagnostic[] = [];
  readonly regions = new Map<RegionId, Region>();
  /** By the symbol of the variable. */
  readonly memory = new Map<ts.Symbol, ModuleMemory>();
  /** Variables whose declaration was refused already. */
  readonly refused = new Set<ts.Symbol>();
  /** Declared variables that are integers or booleans, with their inferred types, for editors. */
  readonly integers: InferredType[] = [];
  readonly #literals = new Map<string, RegionId>();

  constructor(tsModule: TS, checker: ts.TypeChecker, library: Library, converter: TypeConverter, sourceFile: ts.SourceFile) {
    this.ts = tsModule;
    this.checker = checker;
    this.library = library;
    this.converter = converter;
    this.sourceFile = sourceFile;
  }

  /** The region of a constant byte string; equal strings share one. */
  constantBytes(bytes: Uint8Array): RegionId {
    const key = Array.from(bytes).join();
    const known = this.#literals.get(key);
    if (known !== undefined) return known;
    const id = `literal.${this.#literals.size}`;
    this.#literals.set(key, id);
    this.regions.set(id, { id, kind: "const", size: bytes.length, align: 8, name: id, init: bytes });
    return id;
  }

  /** The source type of `type`, or a diagnostic at `node`. */
  sourceType(type: ts.Type, node: ts.Node): SourceType {
    const converted = this.converter.convert(type);
    return converted instanceof TypeProblem ? refuse("AC2004", node, converted.message) : converted;
  }

  declaredType(node: ts.TypeNode): SourceType {
    return this.sourceType(this.checker.getTypeFromTypeNode(node), node);
  }
}
