/** Source variables as SSA variables, conversion of values to declared types, and the merging of values from several ways. */
import type ts from "typescript";
import { refuse } from "../diagnostics.ts";
import { Facts } from "../facts.ts";
import { commonType, convert, I64, settle, typed } from "../types/integers.ts";
import { BOOL, NULL, type SourceType, sameType, typeName, VOID } from "../types/types.ts";
import type { IntValue, Storage, UnionValue, Value } from "../values.ts";
import type { Arm, Lowering } from "./context.ts";
import { localPlace, memoryType, refersTo, writePlace } from "./memory.ts";
import { textOf } from "./text.ts";

/** The type of a value, as far as variables and unions need it. */
export function typeOfValue(value: Value): SourceType {
  switch (value.kind) {
    case "int":
      return value.type;
    case "bool":
      return BOOL;
    case "slice":
      return value.text ? { kind: "string" } : { kind: "bytes" };
    case "struct":
    case "array":
      return value.type;
    case "str":
      return { kind: "str", max: value.max };
    case "tuple":
      return { kind: "tuple", elements: value.elements.map(typeOfValue) };
    case "null":
      return NULL;
    case "void":
      return VOID;
    case "object":
      if (value.arm === "ok") return { kind: "ok", value: typeOfValue(value.fields.get("value")!) };
      return value.arm ? { kind: "error" } : { kind: "any", number: false };
    case "union":
      return { kind: "union", alternatives: value.types };
    case "handle":
      return { kind: "handle" };
    case "stack":
      return { kind: "stack" };
    case "table":
      return { kind: "table" };
    case "hash":
      return { kind: "hash" };
    case "range":
      return { kind: "range" };
    case "function":
      return { kind: "function" };
    default:
      return { kind: "any", number: false };
  }
}

/** `value` as a value of the declared `type`: narrows integers, wraps into unions, makes local structs of object literals. */
export function coerce(ctx: Lowering, value: Value, type: SourceType, node: ts.Node): Value {
  const mismatch = (): never => refuse("AC2005", node, `a value of type ${typeName(typeOfValue(value))} can't be used as ${typeName(type)}`);
  if (value.kind === "union" && type.kind !== "union" && type.kind !== "any") return coerce(ctx, narrowed(ctx, value, type, node), type, node);
  switch (type.kind) {
    case "any":
      return value.kind === "int" ? settle(value) : value;
    case "int":
      return value.kind === "int" ? convert(ctx, value, type, node) : mismatch();
    case "bool":
      return value.kind === "bool" ? value : mismatch();
    case "string":
      return value.kind === "str" ? textOf(ctx, value) : value.kind === "slice" ? { ...value, text: true } : mismatch();
    case "bytes":
      return value.kind === "slice" && !value.text ? value : mismatch();
    case "struct":
    case "array":
    case "str": {
      if (refersTo(value) && sameType(typeOfValue(value), type)) return value;
      if (value.kind !== "object" && value.kind !== "tuple" && value.kind !== "struct" && value.kind !== "slice") return mismatch();
      const place = localPlace(ctx, memoryType(type, node), type.kind === "struct" ? type.name : type.kind);
      writePlace(ctx, type, place, value, node);
      return type.kind === "struct" ? { kind: "struct", type, place } : type.kind === "array" ? { kind: "array", type, place } : { kind: "str", max: type.max, place };
    }
    case "tuple":
      if (value.kind !== "tuple" || value.elements.length !== type.elements.length) return mismatch();
      return { kind: "tuple", elements: value.elements.map((element, i) => coerce(ctx, element, type.elements[i]!, node)) };
    case "ok":
    case "error":
      return value.kind === "object" && value.arm === type.kind ? coerceArm(ctx, value, type, node) : mismatch();
    case "union":
      return toUnion(ctx, value, type.alternatives, node);
    case "null":
    case "void":
    case "handle":
    case "stack":
    case "table":
    case "hash":
    case "range":
    case "function":
      return value.kind === type.kind || (type.kind === "void") || (value.kind === "void" && type.kind === "null") ? value : mismatch();
  }
}

/** One side of a Result. Error numbers are negative everywhere: a positive literal is a mistake. */
function coerceArm(ctx: Lowering, value: Extract<Value, { kind: "object" }>, type: Extract<SourceType, { kind: "ok" | "error" }>, node: ts.Node): Value {
  const [name, wanted] = type.kind === "ok" ? ["value", type.value] : ["error", { kind: "int", bits: 32, signed: true } as const];
  const field = value.fields.get(name)!;
  if (type.kind === "error" && field.kind === "int" && field.literal !== undefined) requireNegative(field.literal, node);
  return { ...value, fields: new Map([...value.fields, [name, coerce(ctx, field, wanted, node)]]) };
}

export function requireNegative(literal: bigint, node: ts.Node): void {
  if (literal > 0n) refuse("AC2002", node, `${literal} is no error number: they are negative`, { fix: "Write it with a sign: -E.NOENT." });
}

/** Which alternative a value of `type` is. */
function alternativeFor(type: SourceType, alternatives: readonly SourceType[]): number {
  const exact = alternatives.findIndex((alternative) => sameType(alternative, type));
  if (exact >= 0) return exact;
  const memory = ["struct", "tuple", "array"];
  return alternatives.findIndex((alternative) => alternative.kind === type.kind || (alternative.kind === "any" && type.kind === "int") || (alternative.kind === "null" && type.kind === "void") ||
    (alternative.kind === "struct" && (type.kind === "any" || type.kind === "ok" || type.kind === "error")) || (memory.includes(alternative.kind) && alternative.kind === "array" && type.kind === "tuple"));
}

export function toUnion(ctx: Lowering, given: Value, alternatives: readonly SourceType[], node: ts.Node): UnionValue {
  const value = given.kind === "union" ? withoutExcluded(ctx, given) : given;
  if (value.kind === "union") {
    // Map the tags; the usual case is that they agree already.
    const targets = value.types.map((type) => alternativeFor(type, alternatives));
    if (targets.some((target, i) => target < 0 && value.alternatives[i])) refuse("AC2005", node, "this value has an alternative that does not fit here");
    const result: (Value | undefined)[] = alternatives.map(() => undefined);
    value.alternatives.forEach((alternative, i) => {
      if (alternative) result[targets[i]!] = coerce(ctx, alternative, alternatives[targets[i]!]!, node);
    });
    if (targets.every((target, i) => target === i || !value.alternatives[i])) return { kind: "union", tag: value.tag, alternatives: result, types: alternatives };
    let tag = ctx.b.const(0n);
    // A sum of `tag == i` times the new index: no branches.
    value.alternatives.forEach((alternative, i) => {
      const target = targets[i]!;
      if (!alternative || target <= 0) return;
      const is = ctx.b.cmp("eq", value.tag, ctx.b.const(i));
      tag = ctx.b.bin("add", tag, target === 1 ? is : ctx.b.bin("mul", is, ctx.b.const(target)));
    });
    return { kind: "union", tag, alternatives: result, types: alternatives };
  }
  const at = alternativeFor(typeOfValue(value), alternatives);
  if (at < 0) refuse("AC2005", node, `a value of type ${typeName(typeOfValue(value))} is none of ${alternatives.map(typeName).join(" | ")}`);
  const converted = coerce(ctx, value, alternatives[at]!, node);
  return { kind: "union", tag: ctx.b.const(at), alternatives: alternatives.map((_, i) => (i === at ? converted : undefined)), types: alternatives };
}

/** A value of several types as the one that is left of them here: what is made of it elsewhere no longer knows that. */
export function definite(ctx: Lowering, value: Value): Value {
  if (value.kind !== "union") return value;
  const left = withoutExcluded(ctx, value).alternatives.filter((alternative) => alternative !== undefined);
  return left.length === 1 ? left[0]! : value;
}

/** `value` without the alternatives that comparisons on the way here have ruled out. */
function withoutExcluded(ctx: Lowering, value: UnionValue): UnionValue {
  const facts = ctx.facts?.range(value.tag);
  if (!facts) return value;
  return { ...value, alternatives: value.alternatives.map((alternative, i) => (BigInt(i) >= facts.min && BigInt(i) <= facts.max ? alternative : undefined)) };
}

/** The alternative of `value` that `type` asks for; checked at run time unless a comparison has decided it. */
export function narrowed(ctx: Lowering, value: UnionValue, type: SourceType | undefined, node: ts.Node): Value {
  const wanted = (alternative: Value | undefined) => alternative !== undefined && alternative.kind !== "null" && alternative.kind !== "void" &&
    (type === undefined || type.kind === "any" || typeOfValue(alternative).kind === type.kind || (type.kind === "struct" && alternative.kind === "object"));
  const facts = ctx.facts?.range(value.tag) ?? constantTag(ctx, value);
  const possible = value.alternatives.map((alternative, i) => ({ alternative, i })).filter(({ i }) => !facts || (BigInt(i) >= facts.min && BigInt(i) <= facts.max));
  const matching = possible.filter(({ alternative }) => wanted(alternative));
  const candidates = matching.length > 0 ? matching : value.alternatives.map((alternative, i) => ({ alternative, i })).filter(({ alternative }) => wanted(alternative));
  if (candidates.length === 0 && possible.length === 1 && possible[0]!.alternative) return possible[0]!.alternative;
  if (candidates.length !== 1) return refuse("AC2007", node, `${node.getText()} may be of several types here`);
  const { alternative, i } = candidates[0]!;
  if (possible.length !== 1 || possible[0]!.i !== i) {
    const is = tagIs(ctx, value, i);
    ctx.check(is, { kind: "cast", keep: false, access: node.getText(), requirement: "must not be null or of another type" }, `${node.getText()} is null or of another type`, node);
  }
  return alternative!;
}

function constantTag(ctx: Lowering, value: UnionValue): { min: bigint; max: bigint } | undefined {
  const tag = ctx.b.constantOf(value.tag);
  return tag === undefined ? undefined : { min: tag, max: tag };
}

/** int 0 or 1: is the value alternative `i`. A tag of two alternatives is itself the answer. */
export function tagIs(ctx: Lowering, value: UnionValue, i: number): number {
  const tag: IntValue = typed(value.tag, I64, { min: 0n, max: BigInt(value.alternatives.length - 1) });
  const known = ctx.b.constantOf(value.tag);
  if (known !== undefined) return ctx.b.const(known === BigInt(i) ? 1n : 0n);
  if (value.alternatives.length === 2 && i === 1) return value.tag;
  const id = ctx.b.cmp("eq", value.tag, ctx.b.const(i));
  if (value.alternatives.length === 2 && i === 0) ctx.noteNot(id, value.tag);
  else ctx.noteCompare(id, tag, "==", typed(ctx.b.const(i), I64, { min: BigInt(i), max: BigInt(i) }));
  return id;
}

// ---- Variables -------------------------------------------------------------------------------------------------------

/** A variable that holds values like `value`, not yet written. */
export function declareStorage(ctx: Lowering, value: Value, name: string, node: ts.Node): Storage {
  const { b } = ctx;
  switch (value.kind) {
    case "int":
      return { kind: "int", type: value.type, variable: b.declare(name) };
    case "bool":
      return { kind: "bool", variable: b.declare(name) };
    case "slice": {
      const { literal: _contents, ...slice } = value;
      return { kind: "slice", slice: { ...slice, name }, offset: b.declare(`${name}.offset`), length: b.declare(`${name}.length`) };
    }
    case "struct":
    case "array":
    case "str":
      return { kind: "place", value, dynamic: value.place.dynamic === undefined ? undefined : b.declare(`${name}.offset`) };
    case "tuple":
      return { kind: "tuple", elements: value.elements.map((element, i) => declareStorage(ctx, settled(element), `${name}[${i}]`, node)) };
    case "object":
      return { ...value, fields: new Map([...value.fields].map(([key, field]) => [key, declareStorage(ctx, settled(field), `${name}.${key}`, node)])) };
    case "union":
      return { kind: "union", tag: b.declare(`${name}.tag`), alternatives: value.alternatives.map((alternative) => alternative && declareStorage(ctx, settled(alternative), name, node)),
        types: value.types };
    case "handle":
      return { kind: "fixed", value };
    default:
      return { kind: "fixed", value };
  }
}

export function settled(value: Value): Value {
  return value.kind === "int" ? settle(value) : value;
}

export function readStorage(ctx: Lowering, storage: Storage): Value {
  const { b } = ctx;
  switch (storage.kind) {
    case "int":
      return typed(b.read(storage.variable), storage.type);
    case "bool":
      return { kind: "bool", id: b.read(storage.variable) };
    case "slice":
      return { ...storage.slice, offset: b.read(storage.offset), length: b.read(storage.length) };
    case "place":
      return storage.dynamic === undefined ? storage.value : { ...storage.value, place: { ...storage.value.place, dynamic: b.read(storage.dynamic) } };
    case "tuple":
      return { kind: "tuple", elements: storage.elements.map((element) => readStorage(ctx, element)) };
    case "object":
      return { ...storage, fields: new Map([...storage.fields].map(([key, field]) => [key, readStorage(ctx, field)])) };
    case "union":
      return { kind: "union", tag: b.read(storage.tag), alternatives: storage.alternatives.map((alternative) => alternative && readStorage(ctx, alternative)), types: storage.types };
    case "fixed":
      return storage.value;
  }
}

/** Assigns `value`, converted to what the variable holds. */
export function writeStorage(ctx: Lowering, storage: Storage, value: Value, node: ts.Node): void {
  const { b } = ctx;
  const mismatch = (what: string): never => refuse("AC2005", node, `this value can't be assigned to ${what}`);
  if (value.kind === "union" && storage.kind !== "union" && storage.kind !== "fixed") {
    return writeStorage(ctx, storage, narrowed(ctx, value, storageType(storage), node), node);
  }
  switch (storage.kind) {
    case "int":
      if (value.kind !== "int") return mismatch("an integer");
      b.write(storage.variable, convert(ctx, value, storage.type, node).id);
      return;
    case "bool":
      if (value.kind !== "bool") return mismatch("a boolean");
      b.write(storage.variable, value.id);
      return;
    case "slice":
      if (value.kind !== "slice" || value.text !== storage.slice.text) return mismatch(storage.slice.text ? "a string" : "bytes");
      if (value.region !== storage.slice.region) refuse("AC1024", node, `${storage.slice.name} is a view of other memory`);
      b.write(storage.offset, value.offset);
      b.write(storage.length, value.length);
      return;
    case "place": {
      if (!refersTo(value) || !sameType(typeOfValue(value), typeOfValue(storage.value))) return mismatch(typeName(typeOfValue(storage.value)));
      const [from, to] = [value.place, storage.value.place];
      if (from.region !== to.region || from.base !== to.base || from.constant !== to.constant || (from.dynamic !== undefined && storage.dynamic === undefined)) refuse("AC1024", node, "this variable refers to other memory");
      if (storage.dynamic !== undefined) b.write(storage.dynamic, from.dynamic ?? b.const(0n));
      return;
    }
    case "tuple":
      if (value.kind !== "tuple" || value.elements.length !== storage.elements.length) return mismatch("a tuple of another length");
      storage.elements.forEach((element, i) => writeStorage(ctx, element, value.elements[i]!, node));
      return;
    case "object":
      for (const [key, field] of storage.fields) {
        const part = value.kind === "object" ? value.fields.get(key) : undefined;
        if (!part) return mismatch("this object");
        writeStorage(ctx, field, part, node);
      }
      return;
    case "union": {
      const converted = toUnion(ctx, value, storage.types, node);
      b.write(storage.tag, converted.tag);
      converted.alternatives.forEach((alternative, i) => {
        if (!alternative) return;
        if (!storage.alternatives[i]) refuseElement(alternative, node);
        storage.alternatives[i] ??= declareStorage(ctx, settled(alternative), storage.tag.name, node);
        writeStorage(ctx, storage.alternatives[i]!, alternative, node);
      });
      return;
    }
    case "fixed":
      if (storage.value.kind === "null" && value.kind === "null") return;
      if (storage.value.kind === "void" && value.kind === "void") return;
      if (storage.value.kind === "handle" || value.kind === "handle") refuse("AC1026", node, "a handle can't be assigned");
      if (storage.value !== value) refuse("AC1024", node, "a variable of this kind can't be assigned");
  }
}

function storageType(storage: Storage): SourceType {
  switch (storage.kind) {
    case "int":
      return storage.type;
    case "bool":
      return BOOL;
    case "slice":
      return storage.slice.text ? { kind: "string" } : { kind: "bytes" };
    case "place":
      return typeOfValue(storage.value);
    default:
      return { kind: "any", number: false };
  }
}

/** Which element a lookup found is known on its own way only: the kernel's verifier follows such a pointer, not a choice of two. */
function refuseElement(value: Value, node: ts.Node): void {
  if (value.kind === "union") for (const alternative of value.alternatives) if (alternative) refuseElement(alternative, node);
  if (!refersTo(value) || value.place.base === undefined) return;
  refuse("AC1024", node, "several ways meet here, and each would bring an element of a map of its own", { fix: "Use the element where it was looked up, or look it up again behind." });
}

// ---- Merging ---------------------------------------------------------------------------------------------------------

/**
 * The value that `arms` agree on, behind all of them. Each arm's block is still open; this ends it. Without arms the
 * place is never reached.
 */
export function merge(ctx: Lowering, arms: readonly Arm[], node: ts.Node, declared?: SourceType): Value {
  const live = arms.filter((arm) => arm.facts !== null);
  if (live.length === 0) {
    ctx.dead();
    return arms[0]?.value ?? { kind: "void" };
  }
  if (live.length === 1) {
    ctx.b.setBlock(live[0]!.block);
    ctx.facts = live[0]!.facts;
    return live[0]!.value;
  }
  const join = ctx.join();
  const type = declared ?? mergedType(live.map((arm) => arm.value), node);
  let storage: Storage | undefined;
  for (const arm of live) {
    ctx.b.setBlock(arm.block);
    ctx.facts = arm.facts;
    const value = type ? coerce(ctx, arm.value, type, node) : arm.value;
    refuseElement(value, node);
    storage ??= declareStorage(ctx, value, "result", node);
    writeStorage(ctx, storage, value, node);
    ctx.goto(join);
  }
  ctx.enter(join);
  ctx.facts = Facts.join(join.facts, null);
  const merged = readStorage(ctx, storage!);
  const values = live.map((arm) => arm.value);
  if (merged.kind === "int" && values.every((value) => value.kind === "int")) {
    const ranges = values.map((value) => value.range);
    const range = { min: ranges.map((r) => r.min).reduce((x, y) => (x < y ? x : y)), max: ranges.map((r) => r.max).reduce((x, y) => (x > y ? x : y)) };
    if (range.min >= merged.range.min && range.max <= merged.range.max) return { ...merged, range };
  }
  return merged;
}

/** The type that all values fit; undefined where they are alike and nothing is to be converted. */
function mergedType(values: readonly Value[], node: ts.Node): SourceType | undefined {
  const ints = values.filter((value): value is IntValue => value.kind === "int");
  if (ints.length === values.length) return commonType(ints) ?? refuse("AC2003", node, "a u64 and a value that may be negative meet here");
  if (values.every((value) => value.kind === values[0]!.kind) && values[0]!.kind !== "union" && values[0]!.kind !== "object") {
    if (values[0]!.kind !== "tuple") return undefined;
    const tuples = values.map((value) => (value as Extract<Value, { kind: "tuple" }>).elements);
    if (tuples.some((elements) => elements.length !== tuples[0]!.length)) refuse("AC2005", node, "tuples of different lengths meet here");
    return { kind: "tuple", elements: tuples[0]!.map((_, i) => mergedType(tuples.map((elements) => elements[i]!), node) ?? typeOfValue(tuples[0]![i]!)) };
  }
  const alternatives: SourceType[] = [];
  for (const value of values) {
    for (const type of value.kind === "union" ? value.types : [typeOfValue(value)]) {
      const at = alternatives.findIndex((known) => known.kind === type.kind);
      if (at < 0) alternatives.push(type);
      else if (type.kind === "ok") alternatives[at] = { kind: "ok", value: widerOf((alternatives[at] as typeof type).value, type.value) };
      else if (type.kind === "int") alternatives[at] = commonType([typed(0, alternatives[at] as IntValue["type"]), typed(0, type)]) ?? I64;
    }
  }
  return { kind: "union", alternatives };
}

/** Of two integer types the one that holds both; else the first. */
function widerOf(a: SourceType, b: SourceType): SourceType {
  return a.kind === "int" && b.kind === "int" ? (commonType([typed(0, a), typed(0, b)]) ?? I64) : a;
}
