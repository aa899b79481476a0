/** Byte ranges: views, clamping, element access. Every SliceValue made here lies inside its region. */
import type ts from "typescript";
import type { RegionId, ValueId } from "../../ir/types.ts";
import { refuse } from "../diagnostics.ts";
import { I64, literal, typed, U64, U8 } from "../types/integers.ts";
import type { IntValue, SliceValue } from "../values.ts";
import type { Lowering } from "./context.ts";
import { checkIndex } from "./memory.ts";

/** All of a region. */
export function wholeRegion(ctx: Lowering, region: RegionId, size: number, options: { text: boolean; writable: boolean; name: string; literal?: Uint8Array }): SliceValue {
  return { kind: "slice", region, size, offset: ctx.b.const(0n), length: ctx.b.const(size), ...options };
}

/** A string literal. */
export function literalSlice(ctx: Lowering, text: string): SliceValue {
  const bytes = new TextEncoder().encode(text);
  return wholeRegion(ctx, ctx.module.constantBytes(bytes), bytes.length, { text: true, writable: false, name: JSON.stringify(text), literal: bytes });
}

export function slicePointer(ctx: Lowering, slice: SliceValue): ValueId {
  const base = ctx.b.addr(slice.region);
  return ctx.b.constantOf(slice.offset) === 0n ? base : ctx.b.ptradd(base, slice.offset);
}

/**
 * Tells the verifier that offset and length are inside the region, each by itself, as a call's range needs it. It loses sight
 * of that where a negative index is clamped, in views of views, and in variables set in loops.
 */
export function boundSlice(ctx: Lowering, slice: SliceValue): void {
  for (const [what, id] of [["start", slice.offset], ["length", slice.length]] as const) {
    if (ctx.b.constantOf(id) === undefined) ctx.guard(ctx.b.cmp("ule", id, ctx.b.const(slice.size)), `the ${what} of ${slice.name}`);
  }
}

export function lengthOf(ctx: Lowering, slice: SliceValue): IntValue {
  const known = ctx.b.constantOf(slice.length);
  return typed(slice.length, { kind: "int", bits: 32, signed: false }, known === undefined ? { min: 0n, max: BigInt(slice.size) } : { min: known, max: known });
}

/** a + b, folded where known. */
export function addIds(ctx: Lowering, a: ValueId, b: ValueId): ValueId {
  const [x, y] = [ctx.b.constantOf(a), ctx.b.constantOf(b)];
  if (x !== undefined && y !== undefined) return ctx.b.const(x + y);
  if (x === 0n) return b;
  if (y === 0n) return a;
  return ctx.b.bin("add", a, b);
}

function subIds(ctx: Lowering, a: ValueId, b: ValueId): ValueId {
  const [x, y] = [ctx.b.constantOf(a), ctx.b.constantOf(b)];
  if (x !== undefined && y !== undefined) return ctx.b.const(x - y);
  return y === 0n ? a : ctx.b.bin("sub", a, b);
}

/** `condition ? yes() : no()` of ints. */
export function select(ctx: Lowering, condition: ValueId, yes: () => ValueId, no: () => ValueId): ValueId {
  const { b } = ctx;
  const known = b.constantOf(condition);
  if (known !== undefined) return known !== 0n ? yes() : no();
  const result = b.declare("select");
  const [then, otherwise, next] = [b.newBlock(), b.newBlock(), b.newBlock()];
  b.condbr(condition, then, otherwise);
  for (const [block, make] of [[then, yes], [otherwise, no]] as const) {
    b.seal(block);
    b.setBlock(block);
    b.write(result, make());
    b.br(next);
  }
  b.seal(next);
  b.setBlock(next);
  return b.read(result);
}

function compareIds(ctx: Lowering, pred: "slt" | "sle" | "ult" | "ule", a: ValueId, b: ValueId): ValueId {
  const [x, y] = [ctx.b.constantOf(a), ctx.b.constantOf(b)];
  if (x !== undefined && y !== undefined && x >= 0n && y >= 0n) return ctx.b.const((pred.endsWith("t") ? x < y : x <= y) ? 1n : 0n);
  return ctx.b.cmp(pred, a, b);
}

/** The smaller of two non-negative ints. */
export function minIds(ctx: Lowering, a: ValueId, b: ValueId): ValueId {
  return a === b ? a : select(ctx, compareIds(ctx, "ule", a, b), () => a, () => b);
}

/** An index argument as JavaScript clamps it: negative ones count from the end, the result is 0 … length. */
export function clampIndex(ctx: Lowering, index: IntValue, length: ValueId): ValueId {
  const range = ctx.rangeOf(index);
  const wide = range.max > (1n << 63n) - 1n;
  if (range.min >= 0n) return minIds(ctx, index.id, length);
  const fromEnd = () => {
    const sum = addIds(ctx, index.id, length);
    return select(ctx, ctx.b.cmp("slt", sum, ctx.b.const(0n)), () => ctx.b.const(0n), () => sum);
  };
  if (range.max < 0n) return fromEnd();
  if (wide) return minIds(ctx, index.id, length);
  return select(ctx, ctx.b.cmp("slt", index.id, ctx.b.const(0n)), fromEnd, () => minIds(ctx, index.id, length));
}

/** `slice.subarray(from, to)`. */
export function subarray(ctx: Lowering, slice: SliceValue, from: IntValue | undefined, to: IntValue | undefined, name: string): SliceValue {
  const start = from ? clampIndex(ctx, from, slice.length) : ctx.b.const(0n);
  const end = to ? clampIndex(ctx, to, slice.length) : slice.length;
  const zero = ctx.b.constantOf(start) === 0n;
  const length = zero ? end : !to ? subIds(ctx, end, start) : select(ctx, compareIds(ctx, "ult", start, end), () => subIds(ctx, end, start), () => ctx.b.const(0n));
  if (ctx.b.constantOf(length) === undefined) ctx.guard(ctx.b.cmp("ule", length, ctx.b.const(slice.size)), `the length of ${name}`);
  const { literal: _contents, ...rest } = slice;
  return { ...rest, offset: addIds(ctx, slice.offset, start), length, name };
}

/** The address of byte `index` without a check: pointer and constant. */
function byteAt(ctx: Lowering, slice: SliceValue, index: ValueId): { ptr: ValueId; at: number } {
  const offset = addIds(ctx, slice.offset, index);
  const known = ctx.b.constantOf(offset);
  if (known !== undefined) return { ptr: ctx.b.addr(slice.region), at: Number(known) };
  ctx.guard(ctx.b.cmp("ult", offset, ctx.b.const(slice.size)), `a byte of ${slice.name}`);
  return { ptr: ctx.b.ptradd(ctx.b.addr(slice.region), offset), at: 0 };
}

/** Byte `index`, which is known to be inside. */
export function loadByte(ctx: Lowering, slice: SliceValue, index: ValueId): ValueId {
  const { ptr, at } = byteAt(ctx, slice, index);
  return ctx.b.load(ptr, at, 1, false);
}

export function storeByte(ctx: Lowering, slice: SliceValue, index: ValueId, value: ValueId): void {
  const { ptr, at } = byteAt(ctx, slice, index);
  ctx.b.store(ptr, at, 1, value);
}

/** Checks an index that the author wrote. */
export function checkSliceIndex(ctx: Lowering, slice: SliceValue, index: IntValue, node: ts.Node): void {
  const known = index.literal ?? ctx.b.constantOf(index.id);
  const length = ctx.b.constantOf(slice.length);
  if (known !== undefined && (known < 0n || known >= BigInt(slice.size) || (length !== undefined && known >= length))) {
    refuse("AC2006", node, `index ${known} is outside ${slice.name} of ${length ?? `at most ${slice.size}`} bytes`);
  }
  if (known !== undefined && length !== undefined) return;
  checkIndex(ctx, index, slice.length, node, slice.name);
}

/** `slice[index]`, checked. */
export function readByte(ctx: Lowering, slice: SliceValue, index: IntValue, node: ts.Node): IntValue {
  checkSliceIndex(ctx, slice, index, node);
  return typed(loadByte(ctx, slice, index.id), U8);
}

export function zeroInt(ctx: Lowering, node: ts.Node): IntValue {
  return literal(ctx, 0n, node);
}

export { I64, U64 };
