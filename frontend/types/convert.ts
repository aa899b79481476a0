/**
 * From TypeScript's types to source types: brands to integer widths, interfaces to struct layouts. The only reader of
 * the library's brands. Gives undefined with a reason for what can't be compiled; who asked reports it.
 */
import type ts from "typescript";
import { type Bits, type BoundaryType, structType } from "../../kernel/abi/boundary.ts";
import { ANY, BOOL, type IntType, isMemoryType, NULL, type SourceType, VOID } from "./types.ts";

type TS = typeof ts;

/** Why a type has no source type. */
export class TypeProblem {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

export class TypeConverter {
  readonly #ts: TS;
  readonly #checker: ts.TypeChecker;
  readonly #libraryName: (symbol: ts.Symbol | undefined) => string | undefined;
  readonly #busy = new Set<ts.Type>();

  constructor(tsModule: TS, checker: ts.TypeChecker, libraryName: (symbol: ts.Symbol | undefined) => string | undefined) {
    this.#ts = tsModule;
    this.#checker = checker;
    this.#libraryName = libraryName;
  }

  convert(type: ts.Type): SourceType | TypeProblem {
    const { TypeFlags } = this.#ts;
    if (type.flags & TypeFlags.BooleanLike) return BOOL;
    if (type.flags & (TypeFlags.Null | TypeFlags.Undefined)) return NULL;
    if (type.flags & (TypeFlags.Void | TypeFlags.Never)) return VOID;
    if (type.flags & (TypeFlags.EnumLike)) return this.#enum(type);
    if (type.flags & TypeFlags.StringLike) return { kind: "string" };
    if (type.flags & TypeFlags.NumberLike) return { kind: "any", number: true };
    if (type.flags & TypeFlags.BigIntLike) return { kind: "any", number: true };
    if (type.flags & (TypeFlags.TypeParameter | TypeFlags.Any | TypeFlags.Unknown | TypeFlags.IndexedAccess | TypeFlags.Conditional)) return ANY;
    if (type.isUnion()) return this.#union(type);
    if (type.isIntersection()) return this.#intersection(type);
    if (type.flags & TypeFlags.Object) return this.#object(type as ts.ObjectType);
    return new TypeProblem(`the type ${this.#checker.typeToString(type)} can't be compiled`);
  }

  #enum(_type: ts.Type): SourceType {
    return { kind: "int", bits: 32, signed: true };
  }

  #union(type: ts.UnionType): SourceType | TypeProblem {
    const alternatives: SourceType[] = [];
    for (const part of type.types) {
      const converted = this.convert(part);
      if (converted instanceof TypeProblem) return converted;
      const merges = (a: SourceType) => a.kind === converted.kind && ["bool", "null", "any", "string", "void", "handle"].includes(a.kind);
      if (!alternatives.some(merges)) alternatives.push(converted);
    }
    if (alternatives.length === 1) return alternatives[0]!;
    // TypeScript orders the parts of a union by when it first saw them: give them an order of our own.
    const rank = (a: SourceType) => ["ok", "error", "tuple", "struct", "array", "bytes", "string", "int", "any", "bool", "null", "void"].indexOf(a.kind);
    alternatives.sort((a, b) => rank(a) - rank(b));
    for (let i = 1; i < alternatives.length; i++) {
      if (alternatives[i]!.kind === alternatives[i - 1]!.kind) return new TypeProblem(`two alternatives of ${this.#checker.typeToString(type)} can't be told apart at run time`);
    }
    return { kind: "union", alternatives };
  }

  /** `u32` is number & brand, `Str<16>` string & brand. */
  #intersection(type: ts.IntersectionType): SourceType | TypeProblem {
    const { TypeFlags } = this.#ts;
    const base = type.types.find((part) => part.flags & (TypeFlags.NumberLike | TypeFlags.StringLike));
    const brands = type.types.filter((part) => part.flags & TypeFlags.Object).flatMap((part) => this.#checker.getPropertiesOfType(part));
    if (!base) return new TypeProblem(`the type ${this.#checker.typeToString(type)} can't be compiled`);
    const brand = (name: string) => brands.find((property) => property.escapedName.toString().startsWith(`__@${name}@`));
    if (base.flags & TypeFlags.NumberLike) {
      const width = brand("width");
      if (!width) return { kind: "any", number: true };
      const bits = Math.max(...this.#numbers(this.#checker.getTypeOfSymbol(width)));
      return [8, 16, 32, 64].includes(bits) ? { kind: "int", bits: bits as Bits, signed: brand("signed") !== undefined } : { kind: "any", number: true };
    }
    const capacity = brand("capacity");
    if (!capacity) return { kind: "string" };
    const holder = this.#checker.getNonNullableType(this.#checker.getTypeOfSymbol(capacity));
    const sizes = this.#checker.getPropertiesOfType(holder).map((property) => Number(property.name)).filter((n) => Number.isInteger(n));
    return sizes.length === 1 && sizes[0]! > 0 && sizes[0]! <= 4095 ? { kind: "str", max: sizes[0]! } : new TypeProblem("Str<N> needs one constant capacity from 1 to 4095");
  }

  #numbers(type: ts.Type): number[] {
    const parts = type.isUnion() ? type.types : [type];
    return parts.flatMap((part) => (part.isNumberLiteral() ? [part.value] : []));
  }

  #object(type: ts.ObjectType): SourceType | TypeProblem {
    const name = this.#libraryName(type.aliasSymbol) ?? this.#libraryName(type.symbol);
    if (name === "Bytes" || type.symbol?.name === "Uint8Array") return { kind: "bytes" };
    if (name === "File" || name === "NotOpened") return { kind: "handle" };
    if (name === "Stack") return { kind: "stack" };
    if (name === "Range") return { kind: "range" };
    if (name === "Arr") return this.#array(type);
    if (name === "HashMap") return { kind: "hash" };
    if (name === "Table") return { kind: "table" };
    if (name === "Ring") return new TypeProblem(`${name} is not supported by this version`);
    if (this.#checker.isTupleType(type)) return this.#tuple(type as ts.TypeReference);
    if (this.#checker.isArrayType(type)) return new TypeProblem("an array without a fixed length can't be compiled: use Arr<T, N>");
    if (type.getCallSignatures().length > 0) return { kind: "function" };
    const side = this.#resultSide(type);
    if (side) return side;
    return this.#struct(type);
  }

  /** `{ok: true, value: T}` or `{ok: false, error: Errno}`, of which Result<T> is made; undefined for all else. */
  #resultSide(type: ts.ObjectType): SourceType | TypeProblem | undefined {
    const properties = this.#checker.getPropertiesOfType(type);
    const ok = properties.find((property) => property.name === "ok");
    const [other, ...more] = properties.filter((property) => property !== ok);
    if (!ok || !other || more.length > 0) return undefined;
    const flag = this.#checker.typeToString(this.#checker.getTypeOfSymbol(ok));
    if (flag === "false" && other.name === "error") return { kind: "error" };
    if (flag !== "true" || other.name !== "value") return undefined;
    const value = this.convert(this.#checker.getTypeOfSymbol(other));
    return value instanceof TypeProblem ? value : { kind: "ok", value };
  }

  #array(type: ts.Type): SourceType | TypeProblem {
    const [element, length] = this.#checker.getTypeArguments(type as ts.TypeReference);
    const converted = element && this.convert(element);
    if (!converted || converted instanceof TypeProblem) return converted ?? new TypeProblem("Arr<T, N> needs an element type");
    if (!isMemoryType(converted)) return new TypeProblem("the elements of Arr<T, N> must have a fixed size");
    if (!length?.isNumberLiteral() || !(length.value > 0) || length.value > 1 << 20) return new TypeProblem("Arr<T, N> needs a constant length of at least 1");
    return { kind: "array", element: converted, length: length.value };
  }

  #tuple(type: ts.TypeReference): SourceType | TypeProblem {
    const elements: SourceType[] = [];
    for (const element of this.#checker.getTypeArguments(type)) {
      const converted = this.convert(element);
      if (converted instanceof TypeProblem) return converted;
      elements.push(converted);
    }
    return { kind: "tuple", elements };
  }

  #struct(type: ts.ObjectType): SourceType | TypeProblem {
    const name = type.aliasSymbol?.name ?? (type.symbol && !type.symbol.name.startsWith("__") ? type.symbol.name : "struct");
    if (this.#busy.has(type)) return new TypeProblem(`${name} contains itself`);
    this.#busy.add(type);
    try {
      const fields: { name: string; type: BoundaryType }[] = [];
      for (const property of this.#checker.getPropertiesOfType(type)) {
        // Methods of a class are functions that its structs don't carry.
        if (property.flags & this.#ts.SymbolFlags.Method && property.valueDeclaration && this.#ts.isClassDeclaration(property.valueDeclaration.parent)) continue;
        if (property.flags & (this.#ts.SymbolFlags.Method | this.#ts.SymbolFlags.Accessor)) return new TypeProblem(`${name}.${property.name} is a method: structs hold values only`);
        const converted = this.convert(this.#checker.getTypeOfSymbol(property));
        if (converted instanceof TypeProblem) return new TypeProblem(`${name}.${property.name}: ${converted.message}`);
        if (converted.kind === "any") return new TypeProblem(`${name}.${property.name} has no width: use u8 … u64 or i8 … i64 instead of number`);
        if (!isMemoryType(converted)) return new TypeProblem(`${name}.${property.name}: a field can't hold this type`);
        fields.push({ name: property.name, type: converted });
      }
      if (fields.length === 0) return new TypeProblem(`${name} has no fields`);
      return structType(name, fields);
    } finally {
      this.#busy.delete(type);
    }
  }
}

export function isInt(type: SourceType): type is IntType {
  return type.kind === "int";
}
