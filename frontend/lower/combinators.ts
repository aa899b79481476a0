/** Methods that call a function for each element: loops into which the function is compiled. */
import type ts from "typescript";
import { refuse } from "../diagnostics.ts";
import { I32, typed } from "../types/integers.ts";
import { NULL } from "../types/types.ts";
import type { FunctionValue, IntValue, Value } from "../values.ts";
import { branchOnTruth } from "./conditions.ts";
import type { Lowering } from "./context.ts";
import { describeValue, lowerExpression } from "./expressions.ts";
import { inlineCall } from "./inline.ts";
import { overElements } from "./loops.ts";
import { declareStorage, merge, readStorage, settled, typeOfValue, writeStorage } from "./storage.ts";

type Iterated = Extract<Value, { kind: "slice" | "array" | "range" | "tuple" }>;
type Combinator = (ctx: Lowering, self: Iterated, node: ts.CallExpression) => Value;

const COMBINATORS: Readonly<Record<string, Combinator>> = { forEach, some: (ctx, self, node) => quantifier(ctx, self, node, true), every: (ctx, self, node) => quantifier(ctx, self, node, false), find, findIndex, reduce };

/** Those of `range(…)`, as its type has them. */
const OF_RANGE: ReadonlySet<string> = new Set(["forEach"]);

export function combinator(self: Iterated, name: string): Combinator | undefined {
  if (self.kind === "range" && !OF_RANGE.has(name)) return undefined;
  if (self.kind === "slice" && self.text) return undefined;
  return Object.hasOwn(COMBINATORS, name) ? COMBINATORS[name] : undefined;
}

/** The function given, evaluated once, before the loop. */
function callback(ctx: Lowering, node: ts.CallExpression): FunctionValue {
  const argument = node.arguments[0] ?? refuse("AC2005", node, "a function is missing");
  const value = lowerExpression(ctx, argument);
  return value.kind === "function" ? value : refuse("AC2005", argument, `a function is required here, this is ${describeValue(value)}`);
}

function forEach(ctx: Lowering, self: Iterated, node: ts.CallExpression): Value {
  const fn = callback(ctx, node);
  overElements(ctx, [], self, node, (element, index) => void inlineCall(ctx, fn, [element, index()], node));
  return { kind: "void" };
}

/** `some`: true at the first element that the function accepts; `every`: false at the first that it does not. */
function quantifier(ctx: Lowering, self: Iterated, node: ts.CallExpression, accepted: boolean): Value {
  const { b } = ctx;
  const result = b.declare("found");
  b.write(result, b.const(accepted ? 0n : 1n));
  search(ctx, self, node, accepted, () => b.write(result, b.const(accepted ? 1n : 0n)));
  return { kind: "bool", id: b.read(result) };
}

function findIndex(ctx: Lowering, self: Iterated, node: ts.CallExpression): Value {
  const { b } = ctx;
  const result = b.declare("found");
  b.write(result, b.const(-1n));
  search(ctx, self, node, true, (_element, index) => b.write(result, index.id));
  return typed(b.read(result), I32);
}

/** `find`: the first element that the function accepts, or null (undefined). */
function find(ctx: Lowering, self: Iterated, node: ts.CallExpression): Value {
  if (self.kind === "tuple") return refuse("AC1023", node, "find is not available on a tuple");
  const fn = callback(ctx, node);
  const hit = ctx.join();
  let found: Value | undefined;
  const keep: { storage?: ReturnType<typeof declareStorage> } = {};
  overElements(ctx, [], self, node, (element, index) => {
    const next = ctx.join();
    const yes = ctx.join();
    branchOnTruth(ctx, inlineCall(ctx, fn, [element, index()], node), node, yes, next);
    ctx.enter(yes);
    found = settled(element);
    keep.storage = declareStorage(ctx, found, "found", node);
    writeStorage(ctx, keep.storage, found, node);
    ctx.goto(hit);
    ctx.enter(next);
  });
  const none = { value: NULL, facts: ctx.facts, block: ctx.b.currentBlock } as const;
  ctx.enter(hit);
  if (!keep.storage || !found) return { kind: "null" };
  const arm = { value: readStorage(ctx, keep.storage), facts: ctx.facts, block: ctx.b.currentBlock };
  return merge(ctx, [arm, none], node, { kind: "union", alternatives: [typeOfValue(found), NULL] });
}

/** Runs to the first element for which the function's truth is `wanted`, and `at` there. */
function search(ctx: Lowering, self: Iterated, node: ts.CallExpression, wanted: boolean, at: (element: Value, index: IntValue) => void): void {
  const fn = callback(ctx, node);
  const done = ctx.join();
  overElements(ctx, [], self, node, (element, index) => {
    const [hit, next] = [ctx.join(), ctx.join()];
    const position = index();
    const value = inlineCall(ctx, fn, [element, position], node);
    if (wanted) branchOnTruth(ctx, value, node, hit, next);
    else branchOnTruth(ctx, value, node, next, hit);
    ctx.enter(hit);
    at(element, position);
    ctx.goto(done);
    ctx.enter(next);
  });
  ctx.goto(done);
  ctx.enter(done);
}

/** `reduce(f, initial)`: the initial value gives the type that is carried through the rounds. */
function reduce(ctx: Lowering, self: Iterated, node: ts.CallExpression): Value {
  const fn = callback(ctx, node);
  const initial = settled(lowerExpression(ctx, node.arguments[1] ?? refuse("AC2005", node, "the initial value is missing", { fix: "Write it as the second argument." })));
  const storage = declareStorage(ctx, initial, "accumulator", node);
  if (storage.kind === "fixed") return refuse("AC2005", node, `${describeValue(initial)} can't be accumulated`);
  writeStorage(ctx, storage, initial, node);
  overElements(ctx, [], self, node, (element, index) => writeStorage(ctx, storage, inlineCall(ctx, fn, [readStorage(ctx, storage), element, index()], node), node));
  return readStorage(ctx, storage);
}
