/** Comparing, searching and copying byte ranges: what methods of Bytes and of strings become. */
import type { ValueId } from "../../ir/types.ts";
import { I32, typed } from "../types/integers.ts";
import type { BoolValue, IntValue, Place, SliceValue } from "../values.ts";
import type { Lowering } from "./context.ts";
import { countedLoop } from "./loop-builder.ts";
import { copyPlace, exactPointer, localPlace, pointer, words } from "./memory.ts";
import { addIds, clampIndex, loadByte, minIds, select, storeByte } from "./slices.ts";

/** Literals up to this length are compared word by word without a loop. */
const UNROLLED = 64;

/** Whether `part` is at byte `at` of `whole`; the caller has made sure that it fits. `equal` is an int variable set to 0 or 1. */
function matchesAt(ctx: Lowering, whole: SliceValue, at: ValueId, part: SliceValue): ValueId {
  const { b } = ctx;
  const result = b.declare("equal");
  b.write(result, b.const(0n));
  const [different, same] = [ctx.join(), ctx.join()];
  if (part.literal && part.literal.length <= UNROLLED) {
    for (const { at: i, bytes } of words(part.literal.length)) {
      let expected = 0n;
      for (let k = bytes - 1; k >= 0; k--) expected = (expected << 8n) | BigInt(part.literal[i + k]!);
      const offset = addIds(ctx, whole.offset, at);
      const known = b.constantOf(offset);
      if (known === undefined) ctx.guard(b.cmp("ule", offset, b.const(Math.max(whole.size - part.literal.length, 0))), `bytes of ${whole.name}`);
      const value = b.load(known === undefined ? b.ptradd(b.addr(whole.region), offset) : b.addr(whole.region), (known === undefined ? 0 : Number(known)) + i, bytes, false);
      const next = ctx.join();
      ctx.branch(b.cmp("eq", value, b.const(expected)), next, different);
      ctx.enter(next);
    }
  } else {
    countedLoop(ctx, b.const(0n), part.length, (i) => {
      const next = ctx.join();
      ctx.branch(b.cmp("eq", loadByte(ctx, whole, addIds(ctx, at, i)), loadByte(ctx, part, i)), next, different);
      ctx.enter(next);
    });
  }
  b.write(result, b.const(1n));
  ctx.goto(same);
  ctx.enter(different);
  ctx.goto(same);
  ctx.enter(same);
  return b.read(result);
}

/** `fits ? matches : 0`. */
function guarded(ctx: Lowering, fits: ValueId, matches: () => ValueId): BoolValue {
  const { b } = ctx;
  const result = b.declare("result");
  b.write(result, b.const(0n));
  const [yes, done] = [ctx.join(), ctx.join()];
  ctx.branch(fits, yes, done);
  ctx.enter(yes);
  b.write(result, matches());
  ctx.goto(done);
  ctx.enter(done);
  return { kind: "bool", id: b.read(result) };
}

export function startsWith(ctx: Lowering, whole: SliceValue, part: SliceValue): BoolValue {
  return guarded(ctx, ctx.b.cmp("ule", part.length, whole.length), () => matchesAt(ctx, whole, ctx.b.const(0n), part));
}

export function endsWith(ctx: Lowering, whole: SliceValue, part: SliceValue): BoolValue {
  return guarded(ctx, ctx.b.cmp("ule", part.length, whole.length), () => matchesAt(ctx, whole, ctx.b.bin("sub", whole.length, part.length), part));
}

export function equals(ctx: Lowering, a: SliceValue, b: SliceValue): BoolValue {
  const [whole, part] = a.literal && !b.literal ? [b, a] : [a, b];
  return guarded(ctx, ctx.b.cmp("eq", whole.length, part.length), () => matchesAt(ctx, whole, ctx.b.const(0n), part));
}

/** Position of a byte at or behind `from` (clamped), or -1. */
export function indexOfByte(ctx: Lowering, slice: SliceValue, byte: IntValue, from: IntValue | undefined): IntValue {
  const { b } = ctx;
  const result = b.declare("found");
  b.write(result, b.const(-1n));
  const found = ctx.join();
  const start = from ? clampIndex(ctx, from, slice.length) : b.const(0n);
  countedLoop(ctx, start, slice.length, (i, stop) => {
    const [hit, next] = [ctx.join(), ctx.join()];
    ctx.branch(b.cmp("eq", loadByte(ctx, slice, i), byte.id), hit, next);
    ctx.enter(hit);
    b.write(result, i);
    ctx.goto(stop);
    ctx.enter(next);
  });
  ctx.goto(found);
  ctx.enter(found);
  return typed(b.read(result), I32, { min: -1n, max: BigInt(Math.max(slice.size - 1, 0)) });
}

/** Last position of a byte at or before `from` (the end by default), or -1. */
export function lastIndexOfByte(ctx: Lowering, slice: SliceValue, byte: IntValue, from: IntValue | undefined): IntValue {
  const { b } = ctx;
  const result = b.declare("found");
  b.write(result, b.const(-1n));
  const end = from ? lastEnd(ctx, slice, from) : slice.length;
  countedLoop(ctx, b.const(0n), end, (i, stop) => {
    const [hit, next] = [ctx.join(), ctx.join()];
    ctx.branch(b.cmp("eq", loadByte(ctx, slice, i), byte.id), hit, next);
    ctx.enter(hit);
    b.write(result, i);
    ctx.goto(stop);
    ctx.enter(next);
  }, true);
  return typed(b.read(result), I32, { min: -1n, max: BigInt(Math.max(slice.size - 1, 0)) });
}

/** The end (exclusive) of a backwards search from `from`: negative ones count from the end, before the start finds nothing. */
function lastEnd(ctx: Lowering, slice: SliceValue, from: IntValue): ValueId {
  const { b } = ctx;
  const range = ctx.rangeOf(from);
  const forward = () => select(ctx, b.cmp("ult", from.id, slice.length), () => b.bin("add", from.id, b.const(1n)), () => slice.length);
  const backward = () => {
    const at = addIds(ctx, from.id, slice.length);
    return select(ctx, b.cmp("slt", at, b.const(0n)), () => b.const(0n), () => b.bin("add", at, b.const(1n)));
  };
  if (range.min >= 0n) return forward();
  return select(ctx, b.cmp("slt", from.id, b.const(0n)), backward, forward);
}

/** Position of `part` in `whole` at or behind `from`, or -1. */
export function indexOfSlice(ctx: Lowering, whole: SliceValue, part: SliceValue, from: IntValue | undefined): IntValue {
  const { b } = ctx;
  const result = b.declare("found");
  b.write(result, b.const(-1n));
  const [fits, done] = [ctx.join(), ctx.join()];
  const start = from ? clampIndex(ctx, from, whole.length) : b.const(0n);
  ctx.branch(b.cmp("ule", part.length, whole.length), fits, done);
  ctx.enter(fits);
  // Positions where the part still fits: one more than the difference of the lengths.
  const end = b.bin("add", b.bin("sub", whole.length, part.length), b.const(1n));
  countedLoop(ctx, start, end, (i, stop) => {
    const [hit, next] = [ctx.join(), ctx.join()];
    ctx.branch(matchesAt(ctx, whole, i, part), hit, next);
    ctx.enter(hit);
    b.write(result, i);
    ctx.goto(stop);
    ctx.enter(next);
  });
  ctx.goto(done);
  ctx.enter(done);
  return typed(b.read(result), I32, { min: -1n, max: BigInt(whole.size) });
}

/** Copies `count` bytes; the ranges may overlap. */
export function moveBytes(ctx: Lowering, to: SliceValue, toAt: ValueId, from: SliceValue, count: ValueId): void {
  const { b } = ctx;
  const copy = (down: boolean) => countedLoop(ctx, b.const(0n), count, (i) => storeByte(ctx, to, addIds(ctx, toAt, i), loadByte(ctx, from, i)), down);
  if (to.region !== from.region) return copy(false);
  const [backward, forward, done] = [ctx.join(), ctx.join(), ctx.join()];
  ctx.branch(b.cmp("ugt", addIds(ctx, to.offset, toAt), from.offset), backward, forward);
  ctx.enter(backward);
  copy(true);
  ctx.goto(done);
  ctx.enter(forward);
  copy(false);
  ctx.goto(done);
  ctx.enter(done);
}

/** `to.put(from, at)`: copies what fits, gives how much. */
export function put(ctx: Lowering, to: SliceValue, from: SliceValue, at: IntValue | undefined): IntValue {
  const start = at ? clampIndex(ctx, at, to.length) : ctx.b.const(0n);
  const room = ctx.b.bin("sub", to.length, start);
  const count = minIds(ctx, from.length, room);
  moveBytes(ctx, to, start, from, count);
  return typed(count, I32, { min: 0n, max: BigInt(Math.min(to.size, from.size)) });
}

/** Stores text in a fixed place: truncated to `max` bytes, the rest zero. */
export function copyToStr(ctx: Lowering, place: Place, max: number, from: SliceValue): void {
  const { b } = ctx;
  if (from.region === place.region) {
    // What is copied may lie where the zeros go: by way of a place of its own.
    const apart = localPlace(ctx, { kind: "str", max }, "text");
    copyToStr(ctx, apart, max, from);
    return copyPlace(ctx, place, apart, max);
  }
  for (const { at, bytes } of words(max)) b.store(pointer(ctx, place, max), place.constant + at, bytes, b.const(0n));
  const count = minIds(ctx, from.length, b.const(max));
  countedLoop(ctx, b.const(0n), count, (i) => {
    b.store(b.ptradd(exactPointer(ctx, place, max), i), 0, 1, loadByte(ctx, from, i));
  });
}
