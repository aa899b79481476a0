/** Typed memory: loads, stores, copies and zeroing of scalars, structs and arrays at a place of a region. */
import type ts from "typescript";
import { alignUp, type BoundaryType, layoutOf, type StructType } from "../../kernel/abi/boundary.ts";
import type { Bytes, RegionId, ValueId } from "../../ir/types.ts";
import { refuse } from "../diagnostics.ts";
import { constant, convert, typed } from "../types/integers.ts";
import { isMemoryType, type MemoryType, sameLayout, type SourceType, typeName } from "../types/types.ts";
import type { ArrayValue, IntValue, Place, StrValue, StructValue, Value } from "../values.ts";
import type { Lowering } from "./context.ts";
import { narrowed } from "./storage.ts";
import { copyToStr } from "./strings.ts";
import { asText } from "./text.ts";

export function placeAt(region: RegionId, size: number, constant = 0): Place {
  return { region, size, constant };
}

export function inside(place: Place, bytes: number): Place {
  return { ...place, constant: place.constant + bytes };
}

/**
 * ptr to the place's variable part; the constant part goes to the access, which is of `size` bytes. Those are inside by
 * construction; where the verifier has lost sight of that (views of views, variables set in loops), it is told.
 */
export function pointer(ctx: Lowering, place: Place, size: number): ValueId {
  const root = () => place.base ?? ctx.b.addr(place.region);
  if (place.dynamic === undefined) return root();
  if (ctx.b.constantOf(place.dynamic) === undefined) ctx.guard(ctx.b.cmp("ule", place.dynamic, ctx.b.const(place.size - place.constant - size)), `a place in ${place.region}`);
  return ctx.b.ptradd(root(), place.dynamic);
}

/** ptr to the place itself, of `size` bytes. */
export function exactPointer(ctx: Lowering, place: Place, size: number): ValueId {
  const base = pointer(ctx, place, size);
  return place.constant === 0 ? base : ctx.b.ptradd(base, ctx.b.const(place.constant));
}

/** The value of `type` at `place`: scalars are loaded, the rest is referred to. */
export function readPlace(ctx: Lowering, type: BoundaryType, place: Place, node: ts.Node): Value {
  switch (type.kind) {
    case "int":
      return typed(ctx.b.load(pointer(ctx, place, type.bits / 8), place.constant, (type.bits / 8) as Bytes, type.signed), type);
    case "bool":
      return { kind: "bool", id: ctx.b.cmp("ne", ctx.b.load(pointer(ctx, place, 1), place.constant, 1, false), ctx.b.const(0n)) };
    case "struct":
      return { kind: "struct", type, place };
    case "array":
      return { kind: "array", type, place };
    case "str":
      return { kind: "str", max: type.max, place };
    default:
      return refuse("AC2004", node, `a ${type.kind} can't be read from memory`);
  }
}

/** Stores `value` as `type` at `place`; structs and arrays are copied. */
export function writePlace(ctx: Lowering, type: BoundaryType, place: Place, given: Value, node: ts.Node): void {
  const value = given.kind === "union" ? narrowed(ctx, given, type as SourceType, node) : given;
  const mismatch = (): never => refuse("AC2005", node, `this value can't be stored as ${typeName(type as SourceType)}`);
  switch (type.kind) {
    case "int":
      if (value.kind !== "int") return mismatch();
      ctx.b.store(pointer(ctx, place, type.bits / 8), place.constant, (type.bits / 8) as Bytes, convert(ctx, value, type, node).id);
      return;
    case "bool":
      if (value.kind !== "bool") return mismatch();
      ctx.b.store(pointer(ctx, place, 1), place.constant, 1, value.id);
      return;
    case "struct":
      return writeStruct(ctx, type, place, value, node);
    case "array":
      if (value.kind === "array" && typeName(value.type) === typeName(type)) return copyPlace(ctx, place, value.place, layoutOf(type).size);
      if (value.kind !== "tuple" || value.elements.length !== type.length) return mismatch();
      value.elements.forEach((element, i) => writePlace(ctx, type.element, inside(place, i * layoutOf(type.element).size), element, node));
      return;
    case "str":
      if (value.kind === "str" && value.max === type.max) return copyPlace(ctx, place, value.place, type.max);
      if (value.kind !== "slice" && value.kind !== "str") return mismatch();
      return copyToStr(ctx, place, type.max, asText(ctx, value));
    default:
      return mismatch();
  }
}

function writeStruct(ctx: Lowering, type: StructType, place: Place, value: Value, node: ts.Node): void {
  if (value.kind === "struct" && sameLayout(value.type, type)) return copyPlace(ctx, place, value.place, type.size);
  const part = (name: string): Value | undefined => {
    if (value.kind === "object") return value.fields.get(name);
    if (value.kind !== "struct") return undefined;
    const field = value.type.fields.find((candidate) => candidate.name === name);
    return field && readPlace(ctx, field.type, inside(value.place, field.offset), node);
  };
  for (const field of type.fields) {
    const member = part(field.name);
    if (!member) return refuse("AC2005", node, `this value has no field ${field.name}`);
    writePlace(ctx, field.type, inside(place, field.offset), member, node);
  }
}

/** Copies `size` bytes word by word: all loads of a word before its store, which is enough for places that don't overlap or are equal. */
export function copyPlace(ctx: Lowering, to: Place, from: Place, size: number): void {
  for (const { at, bytes } of words(size)) {
    const value = ctx.b.load(pointer(ctx, from, size), from.constant + at, bytes, false);
    ctx.b.store(pointer(ctx, to, size), to.constant + at, bytes, value);
  }
}

export function zeroPlace(ctx: Lowering, place: Place, size: number): void {
  for (const { at, bytes } of words(size)) ctx.b.store(pointer(ctx, place, size), place.constant + at, bytes, ctx.b.const(0n));
}

/** `size` bytes as the largest words. */
export function* words(size: number): Generator<{ at: number; bytes: Bytes }> {
  for (let at = 0; at < size; ) {
    const bytes = ([8, 4, 2, 1] as const).find((width) => at + width <= size)!;
    yield { at, bytes };
    at += bytes;
  }
}

/** A local of `type`, not initialized. */
export function localPlace(ctx: Lowering, type: MemoryType, name: string): Place {
  const { size, align } = layoutOf(type);
  return placeAt(ctx.local(name, alignUp(size, 8), align), alignUp(size, 8));
}

/** The element `index` of an array, checked. */
export function elementPlace(ctx: Lowering, array: ArrayValue, index: IntValue, node: ts.Node): Place {
  const size = layoutOf(array.type.element).size;
  const known = ctx.b.constantOf(index.id);
  if (index.literal !== undefined || known !== undefined) {
    const at = index.literal ?? known!;
    if (at < 0n || at >= BigInt(array.type.length)) refuse("AC2006", node, `index ${at} is outside ${typeName(array.type)}`);
    return inside(array.place, Number(at) * size);
  }
  checkIndex(ctx, index, ctx.b.const(array.type.length), node, "the array");
  const scaled = size === 1 ? index.id : ctx.b.bin("mul", index.id, ctx.b.const(size));
  return { ...array.place, dynamic: array.place.dynamic === undefined ? scaled : ctx.b.bin("add", array.place.dynamic, scaled) };
}

/** Ends the call with FAULT unless 0 <= index < length. As unsigned numbers that is one comparison. */
export function checkIndex(ctx: Lowering, index: IntValue, length: ValueId, node: ts.Node, what: string): void {
  const condition = ctx.b.cmp("ult", index.id, length);
  const bound = ctx.b.constantOf(length);
  ctx.noteCompare(condition, { ...index, type: { kind: "int", bits: 64, signed: false }, range: ctx.rangeOf(index).min >= 0n ? ctx.rangeOf(index) : { min: 0n, max: (1n << 64n) - 1n } }, "<",
    bound === undefined ? typed(length, { kind: "int", bits: 64, signed: false }, { min: 0n, max: 1n << 40n }) : constant(ctx, bound));
  ctx.check(condition, { kind: "bounds", keep: false, access: node.getText(), requirement: `the index must be below ${bound ?? `the length of ${what}`}` }, `index outside ${what}`, node);
}

export function memoryType(type: SourceType, node: ts.Node): MemoryType {
  return isMemoryType(type) ? type : refuse("AC2004", node, `${typeName(type)} has no fixed size in memory`);
}

export function refersTo(value: Value): value is StructValue | ArrayValue | StrValue {
  return value.kind === "struct" || value.kind === "array" || value.kind === "str";
}
