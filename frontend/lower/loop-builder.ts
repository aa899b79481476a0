/** Loops that the compiler writes itself: copies, searches, comparisons. */
import type { ValueId } from "../../ir/types.ts";
import type { Join, Lowering } from "./context.ts";

/** A natural loop's header here: takes a round; without one left, releases what is open and ends with EXHAUSTED. */
export function loopHeader(ctx: Lowering, maxTrips?: number): void {
  const [body, exhausted] = [ctx.b.newBlock(), ctx.b.newBlock()];
  ctx.b.loop(body, exhausted, maxTrips);
  ctx.b.seal(body);
  ctx.b.seal(exhausted);
  ctx.b.setBlock(exhausted);
  ctx.releaseTo(0);
  ctx.b.stop("EXHAUSTED");
  ctx.b.setBlock(body);
}

/**
 * `for (i = from; i < to; i++) body(i, stop)` over unsigned numbers, or downwards `for (i = to; i > from; ) body(--i)`.
 * `body` may go to `stop` early. Goes on behind the loop, where `stop` leads too.
 */
export function countedLoop(ctx: Lowering, from: ValueId, to: ValueId, body: (i: ValueId, stop: Join) => void, down = false): void {
  const { b } = ctx;
  const counter = b.declare("index");
  b.write(counter, down ? to : from);
  const head = b.newBlock();
  const stop = ctx.join();
  if (ctx.facts === null) return ctx.dead();
  b.br(head);
  b.setBlock(head);
  const facts = ctx.facts;
  loopHeader(ctx);
  const go = ctx.join();
  ctx.branch(b.cmp(down ? "ugt" : "ult", b.read(counter), down ? from : to), go, stop);
  ctx.enter(go);
  if (down) b.write(counter, b.bin("sub", b.read(counter), b.const(1n)));
  body(b.read(counter), stop);
  if (!down) b.write(counter, b.bin("add", b.read(counter), b.const(1n)));
  if (ctx.facts !== null) b.br(head);
  b.seal(head);
  ctx.enter(stop);
  if (ctx.facts !== null) ctx.facts = facts;
}
