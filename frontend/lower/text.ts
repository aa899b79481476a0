/** Strings by their contents: the text of a Str<N> field, and the order of two texts. */
import type { Relation } from "../types/ranges.ts";
import { typed, U8 } from "../types/integers.ts";
import type { BoolValue, SliceValue, StrValue } from "../values.ts";
import type { Lowering } from "./context.ts";
import { countedLoop } from "./loop-builder.ts";
import { addIds, loadByte, minIds, select } from "./slices.ts";
import { indexOfByte } from "./strings.ts";

/** What a Str<N> holds now: a view of its bytes up to the first zero, at most N. The length is that of this moment. */
export function textOf(ctx: Lowering, value: StrValue): SliceValue {
  const { b } = ctx;
  const { place, max } = value;
  const start = b.const(place.constant);
  const field: SliceValue = {
    kind: "slice", text: true, writable: false, region: place.region, size: place.size, name: "the text",
    offset: place.dynamic === undefined ? start : addIds(ctx, place.dynamic, start), length: b.const(max),
  };
  const end = indexOfByte(ctx, field, typed(b.const(0n), U8, { min: 0n, max: 0n }), undefined).id;
  return { ...field, length: select(ctx, b.cmp("slt", end, b.const(0n)), () => b.const(max), () => end) };
}

/** A Str<N> as the string it holds; any other value as it is. */
export function asText<T extends { readonly kind: string }>(ctx: Lowering, value: T | StrValue): T | SliceValue {
  return value.kind === "str" ? textOf(ctx, value as StrValue) : (value as T);
}

const PREDICATES = { "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge" } as const;

/** `a < b` of texts, byte by byte: the order of their code points. A text is behind its own beginning. */
export function compareTexts(ctx: Lowering, a: SliceValue, b: SliceValue, relation: Relation & keyof typeof PREDICATES): BoolValue {
  const { b: builder } = ctx;
  const order = builder.declare("order");
  const [different, done] = [ctx.join(), ctx.join()];
  countedLoop(ctx, builder.const(0n), minIds(ctx, a.length, b.length), (i) => {
    const next = ctx.join();
    const [x, y] = [loadByte(ctx, a, i), loadByte(ctx, b, i)];
    builder.write(order, builder.bin("sub", x, y));
    ctx.branch(builder.cmp("eq", x, y), next, different);
    ctx.enter(next);
  });
  builder.write(order, builder.bin("sub", a.length, b.length));
  ctx.goto(done);
  ctx.enter(different);
  ctx.goto(done);
  ctx.enter(done);
  return { kind: "bool", id: builder.cmp(PREDICATES[relation], builder.read(order), builder.const(0n)) };
}
