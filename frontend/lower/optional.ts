/** `x?.y`: where x is null the whole chain is null, and what is behind it is not evaluated. */
import type ts from "typescript";
import type { Value } from "../values.ts";
import type { Join, Lowering } from "./context.ts";
import { merge, tagIs } from "./storage.ts";

/** The chain being lowered: where it goes when a part of it is null. */
const chains = new WeakMap<Lowering, Join[]>();

/** Lowers the outermost part of a chain by `lower`; inner parts and everything else just that. */
export function optionalChain(ctx: Lowering, node: ts.Expression, lower: () => Value): Value {
  if (!ctx.ts.isOptionalChain(node) || continues(ctx, node)) return lower();
  const open = chains.get(ctx) ?? [];
  chains.set(ctx, open);
  const none = ctx.join();
  open.push(none);
  try {
    const value = lower();
    const arm = { value, facts: ctx.facts, block: ctx.b.currentBlock };
    ctx.enter(none);
    // Never null: nothing is merged, and the value stays what it is.
    return merge(ctx, [arm, { value: { kind: "null" }, facts: ctx.facts, block: ctx.b.currentBlock }], node);
  } finally {
    open.pop();
  }
}

function continues(ctx: Lowering, node: ts.Expression): boolean {
  const { parent } = node;
  return ctx.ts.isOptionalChain(parent) && parent.expression === node;
}

/** The receiver of `?.` where it is not null; where it is, the chain ends. */
export function receiverOf(ctx: Lowering, value: Value): Value {
  const none = chains.get(ctx)!.at(-1)!;
  if (value.kind === "null" || value.kind === "void") {
    ctx.goto(none);
    return value;
  }
  if (value.kind !== "union") return value;
  const at = value.types.findIndex((type) => type.kind === "null" || type.kind === "void");
  if (at < 0) return value;
  const some = ctx.join();
  ctx.branch(tagIs(ctx, value, at), none, some);
  ctx.enter(some);
  return value;
}
