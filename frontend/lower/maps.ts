/**
 * Hash maps and atomic operations. A map's value is a place that a lookup found: struct values are referred to, integers are
 * read. Results are the kernel's own (bpf-helpers(7)); `set` writes to the element that is there, so that who holds it sees it.
 */
import type ts from "typescript";
import { layoutOf } from "../../kernel/abi/boundary.ts";
import { E } from "../../kernel/abi/errno.ts";
import { MAP_UPDATE } from "../../kernel/abi/maps.ts";
import type { AtomicFn, ValueId } from "../../ir/types.ts";
import { refuse } from "../diagnostics.ts";
import { convert, typed } from "../types/integers.ts";
import { NULL, typeName } from "../types/types.ts";
import type { HashValue, Place, Value } from "../values.ts";
import type { Lowering } from "./context.ts";
import { lowerExpression, lowerInt, lowerValue } from "./expressions.ts";
import { inside, localPlace, placeAt, pointer, readPlace, writePlace, zeroPlace } from "./memory.ts";
import { coerce, merge } from "./storage.ts";

const I32 = { kind: "int", bits: 32, signed: true } as const;
const ERRNO = { min: -4095n, max: 0n };

type Method = (ctx: Lowering, map: HashValue, node: ts.CallExpression) => Value;

const METHODS: Readonly<Record<string, Method>> = {
  get: (ctx, map, node) => found(ctx, map, lookup(ctx, map, key(ctx, map, node)), node),
  has: (ctx, map, node) => ({ kind: "bool", id: isThere(ctx, lookup(ctx, map, key(ctx, map, node))) }),
  set,
  init,
  add,
  delete: (ctx, map, node) => ({ kind: "bool", id: ctx.b.cmp("eq", ctx.b.mapCall("delete", map.region, [pointer(ctx, key(ctx, map, node), 0)]), ctx.b.const(0n)) }),
};

export function hashMethod(ctx: Lowering, map: HashValue, name: string, node: ts.CallExpression): Value {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  return method ? method(ctx, map, node) : refuse("AC1023", node, `${name}() is not available on a hash map`, { fix: "get, set, init, add, has and delete are." });
}

const required = (node: ts.CallExpression, i: number): ts.Expression => node.arguments[i] ?? refuse("AC2005", node, "an argument is missing");

/** The key in memory of the call; bytes between its fields are 0, since keys are compared as bytes. */
function key(ctx: Lowering, map: HashValue, node: ts.CallExpression): Place {
  const argument = required(node, 0);
  const value = lowerExpression(ctx, argument);
  return stored(ctx, map.key, value, argument, "key");
}

function stored(ctx: Lowering, type: HashValue["key"], value: Value, node: ts.Node, name: string): Place {
  const place = localPlace(ctx, type, name);
  if (type.kind !== "int") zeroPlace(ctx, place, place.size);
  writePlace(ctx, type, place, value, node);
  return place;
}

function lookup(ctx: Lowering, map: HashValue, at: Place): ValueId {
  return ctx.b.lookup(map.region, pointer(ctx, at, 0));
}

/** int 0 or 1. */
function isThere(ctx: Lowering, element: ValueId): ValueId {
  const missing = ctx.b.isnull(element);
  const there = ctx.b.cmp("eq", missing, ctx.b.const(0n));
  ctx.noteNot(there, missing);
  return there;
}

const elementPlace = (map: HashValue, element: ValueId): Place => ({ ...placeAt(map.region, layoutOf(map.value).size), base: element });

/** What a lookup found, or null. */
function found(ctx: Lowering, map: HashValue, element: ValueId, node: ts.Node): Value {
  const there = isThere(ctx, element);
  const types = [NULL, map.value];
  if (map.value.kind === "struct") {
    return { kind: "union", tag: there, alternatives: [{ kind: "null" }, { kind: "struct", type: map.value, place: elementPlace(map, element) }], types };
  }
  const [yes, no] = [ctx.join(), ctx.join()];
  ctx.branch(there, yes, no);
  ctx.enter(yes);
  const arm = { value: readPlace(ctx, map.value, elementPlace(map, element), node), facts: ctx.facts, block: ctx.b.currentBlock };
  ctx.enter(no);
  return merge(ctx, [arm, { value: { kind: "null" }, facts: ctx.facts, block: ctx.b.currentBlock }], node, { kind: "union", alternatives: [map.value, NULL] });
}

/** Goes one way where the element is there, the other where it is not, and on behind both with an int that each gives. */
function either(ctx: Lowering, element: ValueId, whenThere: () => ValueId, otherwise: () => ValueId): ValueId {
  const result = ctx.b.declare("result");
  const [yes, no, done] = [ctx.join(), ctx.join(), ctx.join()];
  ctx.branch(isThere(ctx, element), yes, no);
  for (const [join, body] of [[yes, whenThere], [no, otherwise]] as const) {
    ctx.enter(join);
    ctx.b.write(result, body());
    ctx.goto(done);
  }
  ctx.enter(done);
  return ctx.b.read(result);
}

function insert(ctx: Lowering, map: HashValue, at: Place, value: Value, flags: number, node: ts.Node): ValueId {
  const bytes = stored(ctx, map.value, value, node, "value");
  return ctx.b.mapCall("update", map.region, [pointer(ctx, at, 0), pointer(ctx, bytes, 0)], flags);
}

function set(ctx: Lowering, map: HashValue, node: ts.CallExpression): Value {
  const at = key(ctx, map, node);
  const argument = required(node, 1);
  const value = valueToStore(ctx, map, argument);
  const element = lookup(ctx, map, at);
  const write = () => {
    writePlace(ctx, map.value, elementPlace(map, element), value, argument);
    return ctx.b.const(0n);
  };
  return typed(either(ctx, element, write, () => insert(ctx, map, at, value, MAP_UPDATE.ANY, argument)), I32, ERRNO);
}

/** Evaluated once; an integer is converted once. */
function valueToStore(ctx: Lowering, map: HashValue, node: ts.Expression): Value {
  const value = lowerExpression(ctx, node);
  return map.value.kind === "int" ? coerce(ctx, value, map.value, node) : value;
}

/** The element, made with the first value where there was none; null where it could not be made. */
function init(ctx: Lowering, map: HashValue, node: ts.CallExpression): Value {
  const at = key(ctx, map, node);
  const argument = required(node, 1);
  const value = valueToStore(ctx, map, argument);
  // Who else makes it in between is as good: the second lookup tells.
  either(ctx, lookup(ctx, map, at), () => ctx.b.const(0n), () => insert(ctx, map, at, value, MAP_UPDATE.NOEXIST, argument));
  return found(ctx, map, lookup(ctx, map, at), node);
}

/** Adds in one step for everyone who shares the map; a missing element starts from 0. */
function add(ctx: Lowering, map: HashValue, node: ts.CallExpression): Value {
  const { value: type } = map;
  if (type.kind !== "int" || type.bits < 32) return refuse("AC1015", node, `add() is for values of 32 or 64 bits, these are ${typeName(type)}`);
  const at = key(ctx, map, node);
  const by = convert(ctx, lowerInt(ctx, required(node, 1)), type, node);
  const zero: Value = typed(ctx.b.const(0n), type, { min: 0n, max: 0n });
  const made = either(ctx, lookup(ctx, map, at), () => ctx.b.const(0n), () => insert(ctx, map, at, zero, MAP_UPDATE.NOEXIST, node));
  const element = lookup(ctx, map, at);
  const count = () => {
    ctx.b.atomic("add", element, 0, (type.bits / 8) as 4 | 8, by.id);
    return ctx.b.const(0n);
  };
  // Made, and gone again already: an LRU map may do that.
  const lost = () => {
    const [failed, gone, done] = [ctx.join(), ctx.join(), ctx.join()];
    const result = ctx.b.declare("errno");
    ctx.branch(ctx.b.cmp("slt", made, ctx.b.const(0n)), failed, gone);
    for (const [join, value] of [[failed, () => made], [gone, () => ctx.b.const(BigInt(-E.NOENT))]] as const) {
      ctx.enter(join);
      ctx.b.write(result, value());
      ctx.goto(done);
    }
    ctx.enter(done);
    return ctx.b.read(result);
  };
  return typed(either(ctx, element, count, lost), I32, ERRNO);
}

// ---- Atomic operations -----------------------------------------------------------------------------------------------

const ATOMICS: Readonly<Record<string, { readonly fn: AtomicFn; readonly operands: number }>> = {
  add: { fn: "add", operands: 1 }, and: { fn: "and", operands: 1 }, or: { fn: "or", operands: 1 }, xor: { fn: "xor", operands: 1 },
  xchg: { fn: "xchg", operands: 1 }, cas: { fn: "cmpxchg", operands: 2 },
};

/**
 * What was at the place before. Memory of the call is nobody else's, and a frame's address is not known to be aligned: three
 * plain steps there.
 */
function exchange(ctx: Lowering, fn: AtomicFn, place: Place, bytes: 4 | 8, value: ValueId, expected: ValueId | undefined, node: ts.Node): ValueId {
  const { b } = ctx;
  const region = ctx.module.regions.get(place.region);
  if (region) {
    const aligned = place.constant % bytes === 0 && (place.dynamic === undefined || region.type?.kind === "array");
    if (!aligned) return refuse("AC1015", node, "this place may be unaligned: atomic operations work on rows of tables, values of maps, globals and views at constant, aligned offsets");
    return b.atomic(fn, pointer(ctx, place, bytes), place.constant, bytes, value, expected);
  }
  const before = b.load(pointer(ctx, place, bytes), place.constant, bytes, false);
  const store = (after: ValueId) => b.store(pointer(ctx, place, bytes), place.constant, bytes, after);
  if (fn !== "cmpxchg") {
    store(fn === "xchg" ? value : b.bin(fn, before, value));
    return before;
  }
  const [same, done] = [ctx.join(), ctx.join()];
  const wanted = bytes === 4 ? b.ext(expected!, 32, false) : expected!;
  ctx.branch(b.cmp("eq", before, wanted), same, done);
  ctx.enter(same);
  store(value);
  ctx.goto(done);
  ctx.enter(done);
  return before;
}

/** `atomic.add(object, "field", n)`: what was in the field before. `cas(object, "field", old, n)` stores n where old was. */
export function atomicCall(ctx: Lowering, name: string, node: ts.CallExpression): Value {
  const operation = Object.hasOwn(ATOMICS, name) ? ATOMICS[name] : undefined;
  if (!operation) return refuse("AC1015", node, `atomic.${name} does not exist`);
  const object = lowerValue(ctx, required(node, 0));
  const named = required(node, 1);
  if (!ctx.ts.isStringLiteral(named)) return refuse("AC1007", named, "the field is named by a string literal");
  if (object.kind !== "struct") return refuse("AC2005", node, "atomic operations work on fields of structs");
  const field = object.type.fields.find((candidate) => candidate.name === named.text);
  if (!field) return refuse("AC1023", named, `${object.type.name} has no field ${named.text}`);
  const { type } = field;
  if (type.kind !== "int" || type.bits < 32) return refuse("AC1015", named, `${named.text} is ${typeName(type as Parameters<typeof typeName>[0])}: only fields of 32 or 64 bits change in one step`);
  const operands = Array.from({ length: operation.operands }, (_, i) => convert(ctx, lowerInt(ctx, required(node, i + 2)), type, node).id);
  const place = inside(object.place, field.offset);
  const bytes = (type.bits / 8) as 4 | 8;
  const value = operands.at(-1)!;
  const before = exchange(ctx, operation.fn, place, bytes, value, operands.length > 1 ? operands[0] : undefined, node);
  // Read back zero-extended: a signed field's value is what its type reads.
  return typed(type.signed && bytes === 4 ? ctx.b.ext(before, 32, true) : before, type);
}
