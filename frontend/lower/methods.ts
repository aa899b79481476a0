/** Methods of Bytes, strings and stacks: one table each. What is not in it is refused with its advice. */
import type ts from "typescript";
import { layoutOf } from "../../kernel/abi/boundary.ts";
import type { Bytes } from "../../ir/types.ts";
import { refuse } from "../diagnostics.ts";
import { convert, I32, typed, U8, wrap } from "../types/integers.ts";
import { BOOL, NULL } from "../types/types.ts";
import type { ArrayValue, IntValue, SliceValue, StackValue, Value } from "../values.ts";
import type { Lowering } from "./context.ts";
import { lowerInt, lowerSlice, lowerValue } from "./expressions.ts";
import { countedLoop } from "./loop-builder.ts";
import { inside, memoryType, placeAt, pointer, readPlace, refersTo, writePlace } from "./memory.ts";
import { addIds, checkSliceIndex, clampIndex, loadByte, minIds, storeByte, subarray } from "./slices.ts";
import { coerce, merge } from "./storage.ts";
import { endsWith, equals, indexOfByte, indexOfSlice, lastIndexOfByte, moveBytes, put, startsWith } from "./strings.ts";

type Method = (ctx: Lowering, self: SliceValue, node: ts.CallExpression) => Value;

const int = (ctx: Lowering, node: ts.CallExpression, i: number): IntValue | undefined => {
  const argument = node.arguments[i];
  return argument && lowerInt(ctx, argument);
};
const required = (node: ts.CallExpression, i: number): ts.Expression => node.arguments[i] ?? refuse("AC2005", node, "an argument is missing");
const slice = (ctx: Lowering, node: ts.CallExpression, i: number) => lowerSlice(ctx, required(node, i));

function writable(self: SliceValue, node: ts.Node): SliceValue {
  return self.writable ? self : refuse("AC1023", node, "the bytes of a string can't be changed");
}

const BYTES: Readonly<Record<string, Method>> = {
  subarray: (ctx, self, node) => subarray(ctx, self, int(ctx, node, 0), int(ctx, node, 1), self.name),
  indexOf: (ctx, self, node) => search(ctx, self, node),
  lastIndexOf: (ctx, self, node) => lastIndexOfByte(ctx, self, byte(ctx, node, 0), int(ctx, node, 1)),
  includes: (ctx, self, node) => ({ kind: "bool", id: ctx.b.cmp("sge", search(ctx, self, node).id, ctx.b.const(0n)) }),
  startsWith: (ctx, self, node) => startsWith(ctx, self, slice(ctx, node, 0)),
  endsWith: (ctx, self, node) => endsWith(ctx, self, slice(ctx, node, 0)),
  equals: (ctx, self, node) => equals(ctx, self, slice(ctx, node, 0)),
  text: (_ctx, self) => ({ ...self, text: true, writable: false }),
  put: (ctx, self, node) => {
    const from = slice(ctx, node, 0);
    return put(ctx, writable(self, node), from, int(ctx, node, 1));
  },
  set: setBytes,
  fill: fillBytes,
  copyWithin: copyWithin,
  at: byteAt,
  as: viewAs,
};

const TEXT: Readonly<Record<string, Method>> = {
  charCodeAt: (ctx, self, node) => {
    const index = int(ctx, node, 0) ?? typed(ctx.b.const(0n), I32, { min: 0n, max: 0n });
    checkSliceIndex(ctx, self, index, node);
    return typed(loadByte(ctx, self, index.id), U8);
  },
  startsWith: (ctx, self, node) => startsWith(ctx, self, slice(ctx, node, 0)),
  endsWith: (ctx, self, node) => endsWith(ctx, self, slice(ctx, node, 0)),
  indexOf: (ctx, self, node) => {
    const part = slice(ctx, node, 0);
    return indexOfSlice(ctx, self, part, int(ctx, node, 1));
  },
  includes: (ctx, self, node) => ({ kind: "bool", id: ctx.b.cmp("sge", indexOfSlice(ctx, self, slice(ctx, node, 0), int(ctx, node, 1)).id, ctx.b.const(0n)) }),
  slice: (ctx, self, node) => subarray(ctx, self, int(ctx, node, 0), int(ctx, node, 1), self.name),
};

const ADVICE: Readonly<Record<string, string>> = {
  map: "Write a for loop that stores each byte.", filter: "Write a for loop that keeps count of what it stores.", forEach: "Write `for (const byte of bytes)`.",
  reduce: "Write a for loop with a variable.", sort: "Sort in Node, or write the loops.", slice: "Use subarray, which is a view; copy with put().", join: "Copy with put().",
  reverse: "Write a loop that swaps.", find: "Use indexOf or a for loop.", some: "Write a for loop with break.", every: "Write a for loop with break.",
  toString: "Return the bytes and decode them in Node.", buffer: "Use as<T>(at) to read wider integers.",
  split: "Search with indexOf and view with slice.", replace: "Copy the parts with put().", concat: "Copy the parts with put().", trim: "Search the ends and view with slice.",
  codePointAt: "charCodeAt(i) gives a byte of the UTF-8 form.", substring: "Use slice, which is a view.", charAt: "charCodeAt(i) gives a byte of the UTF-8 form.",
};

export function bytesMethod(ctx: Lowering, self: SliceValue, name: string, node: ts.CallExpression): Value {
  const method = Object.hasOwn(self.text ? TEXT : BYTES, name) ? (self.text ? TEXT : BYTES)[name] : undefined;
  if (method) return method(ctx, self, node);
  const advice = Object.hasOwn(ADVICE, name) ? ADVICE[name] : undefined;
  return refuse("AC1023", node, `${name}() is not available on ${self.text ? "a string" : "Bytes"}`, advice ? { fix: advice } : {});
}

/** The byte searched for: JavaScript compares numbers, so one beyond a byte is never found. */
function byte(ctx: Lowering, node: ts.CallExpression, i: number): IntValue {
  const value = lowerValue(ctx, required(node, i));
  return value.kind === "int" ? value : refuse("AC2005", node, "a byte is required here");
}

function search(ctx: Lowering, self: SliceValue, node: ts.CallExpression): IntValue {
  const wanted = lowerValue(ctx, required(node, 0));
  const from = int(ctx, node, 1);
  if (wanted.kind === "int") return indexOfByte(ctx, self, wanted, from);
  return wanted.kind === "slice" ? indexOfSlice(ctx, self, wanted, from) : refuse("AC2005", node, "a byte or bytes are required here");
}

/** `set(source, at)`: FAULT where it does not fit, as JavaScript throws. */
function setBytes(ctx: Lowering, self: SliceValue, node: ts.CallExpression): Value {
  const to = writable(self, node);
  const from = slice(ctx, node, 0);
  const at = int(ctx, node, 1) ?? typed(ctx.b.const(0n), I32, { min: 0n, max: 0n });
  const check = { kind: "bounds", keep: false, access: node.getText(), requirement: "the source must fit behind the offset" } as const;
  ctx.check(ctx.b.cmp("ule", at.id, to.length), check, "set() beyond the end", node);
  ctx.check(ctx.b.cmp("ule", from.length, ctx.b.bin("sub", to.length, at.id)), check, "set() beyond the end", node);
  moveBytes(ctx, to, at.id, from, from.length);
  return { kind: "void" };
}

function fillBytes(ctx: Lowering, self: SliceValue, node: ts.CallExpression): Value {
  const to = writable(self, node);
  const value = wrap(ctx, byte(ctx, node, 0), U8);
  const [from, end] = [int(ctx, node, 1), int(ctx, node, 2)];
  const start = from ? clampIndex(ctx, from, to.length) : ctx.b.const(0n);
  countedLoop(ctx, start, end ? clampIndex(ctx, end, to.length) : to.length, (i) => storeByte(ctx, to, i, value.id));
  return self;
}

function copyWithin(ctx: Lowering, self: SliceValue, node: ts.CallExpression): Value {
  const to = writable(self, node);
  const target = clampIndex(ctx, lowerInt(ctx, required(node, 0)), to.length);
  const from = subarray(ctx, to, int(ctx, node, 1), int(ctx, node, 2), to.name);
  moveBytes(ctx, to, target, from, minIds(ctx, from.length, ctx.b.bin("sub", to.length, target)));
  return self;
}

/** `at(i)`: negative indices count from the end; null (undefined) outside. */
function byteAt(ctx: Lowering, self: SliceValue, node: ts.CallExpression): Value {
  const { b } = ctx;
  const index = lowerInt(ctx, required(node, 0));
  const position = b.declare("position");
  const range = ctx.rangeOf(index);
  b.write(position, index.id);
  if (range.min < 0n) {
    const [negative, next] = [ctx.join(), ctx.join()];
    ctx.branch(b.cmp("slt", index.id, b.const(0n)), negative, next);
    ctx.enter(negative);
    b.write(position, addIds(ctx, index.id, self.length));
    ctx.goto(next);
    ctx.enter(next);
  }
  const at = b.read(position);
  const [inside, outside] = [ctx.join(), ctx.join()];
  ctx.branch(b.cmp("ult", at, self.length), inside, outside);
  ctx.enter(inside);
  const found: Value = typed(loadByte(ctx, self, at), U8);
  const arm = { value: found, facts: ctx.facts, block: b.currentBlock };
  ctx.enter(outside);
  return merge(ctx, [arm, { value: { kind: "null" }, facts: ctx.facts, block: b.currentBlock }], node, { kind: "union", alternatives: [U8, NULL] });
}

/** `as<T>(at)`: the struct at a byte, or null. The tag is the comparison itself, so that the way behind it knows the offset. */
function viewAs(ctx: Lowering, self: SliceValue, node: ts.CallExpression): Value {
  const { b } = ctx;
  const [given] = node.typeArguments ?? [];
  if (!given) return refuse("AC2004", node, "as<T>(at) needs the type, as in page.as<Header>(0)");
  const type = memoryType(ctx.module.declaredType(given), given);
  if (type.kind !== "struct") return refuse("AC2004", given, "as<T>(at) views structs");
  const at = int(ctx, node, 0) ?? typed(b.const(0n), I32, { min: 0n, max: 0n });
  const length = b.constantOf(self.length);
  const [start, offset] = [b.constantOf(at.id), b.constantOf(self.offset)];
  if (start !== undefined && length !== undefined) {
    const fits = start >= 0n && start + BigInt(type.size) <= length;
    if (!fits) return { kind: "union", tag: b.const(0n), alternatives: [{ kind: "null" }, { kind: "struct", type, place: placeAt(self.region, self.size) }], types: [NULL, type] };
  }
  const place = start !== undefined && offset !== undefined
    ? placeAt(self.region, self.size, Number(start + offset))
    : { region: self.region, size: self.size, constant: 0, dynamic: addIds(ctx, self.offset, at.id) };
  const view: Value = { kind: "struct", type, place };
  const room = length === undefined ? b.bin("sub", self.length, b.const(type.size)) : b.const(length - BigInt(type.size));
  const fitting = length === undefined
    ? b.bin("and", b.cmp("uge", self.length, b.const(type.size)), b.cmp("ule", at.id, room))
    : length < BigInt(type.size) ? b.const(0n) : start !== undefined ? b.const(1n) : b.cmp("ule", at.id, room);
  if (length === undefined || place.dynamic === undefined) return { kind: "union", tag: fitting, alternatives: [{ kind: "null" }, view], types: [NULL, type] };
  ctx.noteCompare(fitting, { ...typed(at.id, { kind: "int", bits: 64, signed: false }), range: ctx.rangeOf(at).min >= 0n ? ctx.rangeOf(at) : { min: 0n, max: (1n << 64n) - 1n } }, "<=",
    typed(room, { kind: "int", bits: 64, signed: false }, { min: length - BigInt(type.size), max: length - BigInt(type.size) }));
  return { kind: "union", tag: fitting, alternatives: [{ kind: "null" }, view], types: [NULL, type] };
}

// ---- Arrays ----------------------------------------------------------------------------------------------------------

export function arrayMethod(ctx: Lowering, self: ArrayValue, name: string, node: ts.CallExpression): Value {
  if (name !== "fill") return refuse("AC1023", node, `${name}() is not available on an array`);
  const { element, length } = self.type;
  const { size } = layoutOf(element);
  const value = lowerValue(ctx, required(node, 0));
  // A struct in the array itself would change while it is copied.
  if (refersTo(value) && value.place.region === self.place.region) return refuse("AC1024", node, "an array can't be filled with a part of itself", { fix: "Copy that part into a variable of its own first." });
  countedLoop(ctx, ctx.b.const(0n), ctx.b.const(length), (i) => {
    const scaled = size === 1 ? i : ctx.b.bin("mul", i, ctx.b.const(size));
    writePlace(ctx, element, { ...self.place, dynamic: self.place.dynamic === undefined ? scaled : ctx.b.bin("add", self.place.dynamic, scaled) }, value, node);
  });
  return self;
}

// ---- Stacks ----------------------------------------------------------------------------------------------------------

export function stackMethod(ctx: Lowering, self: StackValue, name: string, node: ts.CallExpression): Value {
  const { b } = ctx;
  const size = layoutOf(self.element).size;
  const scaled = (index: number) => (size === 1 ? index : b.bin("mul", index, b.const(size)));
  const whole = placeAt(self.region, self.max * size);
  if (name === "push") {
    const value = coerce(ctx, lowerValue(ctx, required(node, 0)), self.element, node);
    const [room, full, done] = [ctx.join(), ctx.join(), ctx.join()];
    const length = b.read(self.length);
    const pushed = b.declare("pushed");
    ctx.branch(b.cmp("ult", length, b.const(self.max)), room, full);
    ctx.enter(room);
    const id = value.kind === "int" || value.kind === "bool" ? value.id : b.const(0n);
    b.store(pointer(ctx, { ...whole, dynamic: scaled(length) }, size), 0, size as Bytes, self.element.kind === "bool" ? id : convert(ctx, value as IntValue, self.element as IntValue["type"], node).id);
    b.write(self.length, b.bin("add", length, b.const(1n)));
    b.write(pushed, b.const(1n));
    ctx.goto(done);
    ctx.enter(full);
    b.write(pushed, b.const(0n));
    ctx.goto(done);
    ctx.enter(done);
    return { kind: "bool", id: b.read(pushed) };
  }
  if (name === "pop") {
    // One unsigned comparison answers both "is it empty" (0 - 1 is huge) and "is the index inside".
    const top = b.bin("sub", b.read(self.length), b.const(1n));
    const [some, none] = [ctx.join(), ctx.join()];
    ctx.branch(b.cmp("ult", top, b.const(self.max)), some, none);
    ctx.enter(some);
    b.write(self.length, top);
    const value = readPlace(ctx, self.element, inside({ ...whole, dynamic: scaled(top) }, 0), node);
    const arm = { value, facts: ctx.facts, block: b.currentBlock };
    ctx.enter(none);
    const element = self.element.kind === "bool" ? BOOL : self.element;
    return merge(ctx, [arm, { value: { kind: "null" }, facts: ctx.facts, block: b.currentBlock }], node, { kind: "union", alternatives: [element, NULL] });
  }
  return refuse("AC1023", node, `${name}() is not available on a stack`);
}
