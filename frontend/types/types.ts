/** Source types: what the language knows about a value. Data, names and comparisons; conversion from TypeScript is convert.ts. */
import type { BoundaryType, StructType } from "../../kernel/abi/boundary.ts";

export type IntType = Extract<BoundaryType, { kind: "int" }>;
/** Types that can lie in memory: struct fields, array elements, globals. */
export type MemoryType = IntType | { readonly kind: "bool" } | { readonly kind: "str"; readonly max: number } | ArrayType | StructType;
export interface ArrayType {
  readonly kind: "array";
  readonly element: BoundaryType;
  readonly length: number;
}

export type SourceType =
  | MemoryType
  | { readonly kind: "void" }
  | { readonly kind: "null" }
  | { readonly kind: "string"; readonly max?: number }
  | { readonly kind: "bytes" }
  | { readonly kind: "tuple"; readonly elements: readonly SourceType[] }
  | { readonly kind: "union"; readonly alternatives: readonly SourceType[] }
  /** The two sides of `Result<T>`. */
  | { readonly kind: "ok"; readonly value: SourceType }
  | { readonly kind: "error" }
  | { readonly kind: "handle" }
  | { readonly kind: "stack" }
  | { readonly kind: "table" }
  | { readonly kind: "hash" }
  | { readonly kind: "range" }
  | { readonly kind: "function" }
  /** `number` without a brand, a type parameter, `unknown`: the value's own type. */
  | { readonly kind: "any"; readonly number: boolean };

export const BOOL = { kind: "bool" } as const;
export const NULL = { kind: "null" } as const;
export const VOID = { kind: "void" } as const;
export const ANY = { kind: "any", number: false } as const;

/** The type as the author writes it. */
export function typeName(type: SourceType): string {
  switch (type.kind) {
    case "int":
      return `${type.signed ? "i" : "u"}${type.bits}`;
    case "bool":
      return "boolean";
    case "str":
      return `Str<${type.max}>`;
    case "array":
      return `Arr<${typeName(type.element as SourceType)}, ${type.length}>`;
    case "struct":
      return type.name;
    case "bytes":
      return "Bytes";
    case "tuple":
      return `[${type.elements.map(typeName).join(", ")}]`;
    case "union":
      return type.alternatives.map(typeName).join(" | ");
    case "ok":
      return `{ ok: true; value: ${typeName(type.value)} }`;
    case "error":
      return "{ ok: false; error: Errno }";
    case "handle":
      return "File";
    case "any":
      return "number";
    default:
      return type.kind;
  }
}

export function sameType(a: SourceType, b: SourceType): boolean {
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "int":
      return a.bits === (b as IntType).bits && a.signed === (b as IntType).signed;
    case "ok":
      return sameType(a.value, (b as typeof a).value);
    case "struct":
      return sameLayout(a, b as StructType);
    case "tuple":
    case "union":
    case "array":
    case "str":
      return JSON.stringify(a) === JSON.stringify(b);
    default:
      return true;
  }
}

/** The source type of what crosses the boundary as `type`. */
export function fromBoundary(type: BoundaryType): SourceType {
  if (type.kind !== "union" || !type.result) return type as SourceType;
  return { kind: "union", alternatives: [{ kind: "ok", value: fromBoundary(type.alternatives[0]!) }, { kind: "error" }] };
}

/** Equal fields at equal places: which interface declared them does not matter, as in TypeScript. */
export function sameLayout(a: StructType, b: StructType): boolean {
  return a.size === b.size && a.fields.length === b.fields.length &&
    a.fields.every((field, i) => field.name === b.fields[i]!.name && field.offset === b.fields[i]!.offset && sameType(field.type as SourceType, b.fields[i]!.type as SourceType));
}

export function isMemoryType(type: SourceType): type is MemoryType {
  return type.kind === "int" || type.kind === "bool" || type.kind === "str" || type.kind === "array" || type.kind === "struct";
}
