/** Loops. Every one has a header that takes a round from the budget; `for` makes no copies of its variables. */
import type ts from "typescript";
import { layoutOf } from "../../kernel/abi/boundary.ts";
import type { BlockId } from "../../ir/types.ts";
import { refuse } from "../diagnostics.ts";
import { compare, constant, typed, U32, U8, wrap } from "../types/integers.ts";
import type { IntValue, Value } from "../values.ts";
import { bindPattern } from "./assignment.ts";
import { lowerCondition } from "./conditions.ts";
import type { Join, Lowering } from "./context.ts";
import { describeValue, lowerExpression, lowerValue } from "./expressions.ts";
import { loopHeader } from "./loop-builder.ts";
import { readPlace } from "./memory.ts";
import { loadByte } from "./slices.ts";
import { lowerDeclarations, lowerStatement, withHandles } from "./statements.ts";
import { tableRow } from "./tables.ts";

interface Parts {
  readonly labels: readonly string[];
  /** Ends at `body` or `exit`; absent: always true. */
  readonly condition?: (body: Join, exit: Join) => void;
  readonly body: () => void;
  readonly step?: () => void;
  readonly maxTrips?: number;
}

/** head: take a round, test, body, step, back to head. */
function loop(ctx: Lowering, parts: Parts): void {
  const exit = ctx.join();
  if (ctx.facts === null) {
    // Never reached: still lowered once, for its errors.
    runBody(ctx, parts, exit, ctx.join());
    return ctx.dead();
  }
  const head = startLoop(ctx, parts.maxTrips);
  if (parts.condition) {
    const body = ctx.join();
    parts.condition(body, exit);
    ctx.enter(body);
  }
  const next = ctx.join();
  runBody(ctx, parts, exit, next);
  ctx.goto(next);
  ctx.enter(next);
  parts.step?.();
  endLoop(ctx, head);
  ctx.enter(exit);
}

function runBody(ctx: Lowering, parts: Parts, breakTo: Join, continueTo: Join): void {
  ctx.frame.targets.push({ labels: parts.labels, breakTo, continueTo, handles: ctx.handles.length });
  withHandles(ctx, parts.body);
  ctx.frame.targets.pop();
}

function startLoop(ctx: Lowering, maxTrips?: number): BlockId {
  const head = ctx.b.newBlock();
  ctx.b.br(head);
  ctx.b.setBlock(head);
  loopHeader(ctx, maxTrips);
  return head;
}

function endLoop(ctx: Lowering, head: BlockId): void {
  if (ctx.reachable) ctx.b.br(head);
  ctx.b.seal(head);
  ctx.dead();
}

export function lowerWhile(ctx: Lowering, node: ts.WhileStatement, labels: readonly string[]): void {
  loop(ctx, { labels, condition: (body, exit) => lowerCondition(ctx, node.expression, body, exit), body: () => lowerStatement(ctx, node.statement) });
}

export function lowerDo(ctx: Lowering, node: ts.DoStatement, labels: readonly string[]): void {
  const exit = ctx.join();
  const parts: Parts = { labels, body: () => lowerStatement(ctx, node.statement) };
  if (ctx.facts === null) {
    runBody(ctx, parts, exit, ctx.join());
    return ctx.dead();
  }
  const head = startLoop(ctx);
  const next = ctx.join();
  runBody(ctx, parts, exit, next);
  ctx.goto(next);
  ctx.enter(next);
  const again = ctx.join();
  lowerCondition(ctx, node.expression, again, exit);
  ctx.enter(again);
  endLoop(ctx, head);
  ctx.enter(exit);
}

export function lowerFor(ctx: Lowering, node: ts.ForStatement, labels: readonly string[]): void {
  withHandles(ctx, () => {
    const { initializer, condition, incrementor } = node;
    if (initializer) {
      if (ctx.ts.isVariableDeclarationList(initializer)) lowerDeclarations(ctx, initializer);
      else lowerExpression(ctx, initializer);
    }
    const maxTrips = constantRounds(ctx, node);
    loop(ctx, {
      labels,
      ...(condition ? { condition: (body: Join, exit: Join) => lowerCondition(ctx, condition, body, exit) } : {}),
      body: () => lowerStatement(ctx, node.statement),
      ...(incrementor ? { step: () => void lowerExpression(ctx, incrementor) } : {}),
      ...(maxTrips === undefined ? {} : { maxTrips }),
    });
  });
}

/** Rounds of `for (let i = A; i < B; i++)` with constants A and B, where nothing else changes i; the last one tests only. */
function constantRounds(ctx: Lowering, node: ts.ForStatement): number | undefined {
  const { ts } = ctx;
  const { initializer, condition, incrementor } = node;
  if (!initializer || !ts.isVariableDeclarationList(initializer) || initializer.declarations.length !== 1) return undefined;
  const [declaration] = initializer.declarations;
  if (!declaration?.initializer || !ts.isIdentifier(declaration.name) || !ts.isNumericLiteral(declaration.initializer)) return undefined;
  const name = declaration.name.text;
  if (!condition || !ts.isBinaryExpression(condition) || !ts.isIdentifier(condition.left) || condition.left.text !== name) return undefined;
  if (!ts.isNumericLiteral(condition.right)) return undefined;
  const inclusive = condition.operatorToken.kind === ts.SyntaxKind.LessThanEqualsToken;
  if (!inclusive && condition.operatorToken.kind !== ts.SyntaxKind.LessThanToken) return undefined;
  if (!incrementor || !(ts.isPostfixUnaryExpression(incrementor) || ts.isPrefixUnaryExpression(incrementor)) || incrementor.operator !== ts.SyntaxKind.PlusPlusToken) return undefined;
  if (!ts.isIdentifier(incrementor.operand) || incrementor.operand.text !== name || mentionsAssignment(ctx, node.statement, name)) return undefined;
  const [from, to] = [Number(declaration.initializer.text), Number(condition.right.text)];
  const binding = ctx.scope.get(ctx.checker.getSymbolAtLocation(declaration.name)!);
  const type = binding?.kind === "variable" && binding.storage.kind === "int" ? binding.storage.type : undefined;
  // A counter too narrow for its bound wraps and never ends.
  if (!type || !Number.isSafeInteger(to) || to + 1 >= 2 ** (type.bits - (type.signed ? 1 : 0))) return undefined;
  return Math.max(0, to - from + (inclusive ? 1 : 0)) + 1;
}

function mentionsAssignment(ctx: Lowering, node: ts.Node, name: string): boolean {
  const { ts } = ctx;
  let found = false;
  const isName = (target: ts.Node) => ts.isIdentifier(target) && target.text === name;
  const visit = (at: ts.Node): void => {
    if (ts.isBinaryExpression(at) && at.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && at.operatorToken.kind <= ts.SyntaxKind.LastAssignment) {
      if (isName(at.left) || !ts.isIdentifier(at.left)) found ||= at.left.getText().includes(name);
    }
    if ((ts.isPrefixUnaryExpression(at) || ts.isPostfixUnaryExpression(at)) && isName(at.operand)) found = true;
    ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}

// ---- for…of ----------------------------------------------------------------------------------------------------------

/** Runs `body` for each element; false: this can't be iterated. The index is made where it is asked for. */
export function overElements(ctx: Lowering, labels: readonly string[], source: Value, node: ts.Node, body: (element: Value, index: () => IntValue) => void): boolean {
  const position = (i: number, most: number): IntValue => typed(i, U32, { min: 0n, max: BigInt(Math.max(most - 1, 0)) });
  switch (source.kind) {
    case "slice":
      overIndex(ctx, labels, source.length, (i) => () => {
        const index = i();
        body(typed(loadByte(ctx, source, index), U8), () => position(index, source.size));
      });
      return true;
    case "array": {
      const size = layoutOf(source.type.element).size;
      const at = (i: number) => ({ ...source.place, dynamic: addTo(ctx, source.place.dynamic, size === 1 ? i : ctx.b.bin("mul", i, ctx.b.const(size))) });
      overIndex(ctx, labels, ctx.b.const(source.type.length), (i) => () => {
        const index = i();
        body(readPlace(ctx, source.type.element, at(index), node), () => position(index, source.type.length));
      });
      return true;
    }
    case "table":
      overIndex(ctx, labels, ctx.b.const(source.length), (i) => () => {
        const index = i();
        body(tableRow(source, ctx.b.bin("mul", index, ctx.b.const(source.row.size))), () => position(index, source.length));
      });
      return true;
    case "tuple":
      overTuple(ctx, labels, source.elements, (value, i) => body(value, () => constant(ctx, BigInt(i), U32)));
      return true;
    case "range":
      overRange(ctx, labels, source, (element) => () => {
        const value = element();
        body(value, () => value as IntValue);
      });
      return true;
    default:
      return false;
  }
}

export function lowerForOf(ctx: Lowering, node: ts.ForOfStatement, labels: readonly string[]): void {
  if (node.awaitModifier) refuse("AC1019", node, "`for await` can't be compiled");
  const { initializer } = node;
  if (!ctx.ts.isVariableDeclarationList(initializer)) return refuse("AC1001", initializer, "for…of declares its variable: for (const x of …)");
  const declaration = initializer.declarations[0]!;
  const mutable = (initializer.flags & ctx.ts.NodeFlags.Const) === 0;
  const source = lowerValue(ctx, node.expression);
  if (source.kind === "slice" && source.text) return refuse("AC1023", node.expression, "for…of over a string gives strings in JavaScript", { fix: "Use an index and charCodeAt(i)." });
  const iterated = overElements(ctx, labels, source, node, (element) => {
    bindPattern(ctx, declaration.name, element, { mutable });
    lowerStatement(ctx, node.statement);
  });
  if (iterated) return;
  if (source.kind === "library") return refuse("AC1014", node.expression, `${describeValue(source)} can't be iterated by this version`);
  refuse("AC1023", node.expression, `${describeValue(source)} can't be iterated`);
}

function addTo(ctx: Lowering, base: number | undefined, offset: number): number {
  return base === undefined ? offset : ctx.b.bin("add", base, offset);
}

function overIndex(ctx: Lowering, labels: readonly string[], length: number, body: (i: () => number) => () => void): void {
  const { b } = ctx;
  const index = b.declare("index");
  b.write(index, b.const(0n));
  const known = b.constantOf(length);
  loop(ctx, {
    labels,
    condition: (go, exit) => ctx.branch(b.cmp("ult", b.read(index), length), go, exit),
    body: body(() => b.read(index)),
    step: () => b.write(index, b.bin("add", b.read(index), b.const(1n))),
    ...(known === undefined ? {} : { maxTrips: Number(known) + 1 }),
  });
}

/** The elements of an array literal, one after the other. */
function overTuple(ctx: Lowering, labels: readonly string[], elements: readonly Value[], body: (value: Value, i: number) => void): void {
  const exit = ctx.join();
  for (const [i, element] of elements.entries()) {
    const next = ctx.join();
    runBody(ctx, { labels, body: () => body(element, i) }, exit, next);
    ctx.goto(next);
    ctx.enter(next);
  }
  ctx.goto(exit);
  ctx.enter(exit);
}

function overRange(ctx: Lowering, labels: readonly string[], source: Extract<Value, { kind: "range" }>, body: (element: () => Value) => () => void): void {
  const { b } = ctx;
  const counter = b.declare("range");
  b.write(counter, source.from.id);
  // 64-bit counting: a u32 end near its maximum can't make it wrap.
  const type = { kind: "int", bits: 64, signed: true } as const;
  const constant = source.from.literal !== undefined && source.to.literal !== undefined && source.step.literal !== undefined
    ? Number((source.to.literal - source.from.literal + source.step.literal - 1n) / source.step.literal)
    : undefined;
  loop(ctx, {
    labels,
    condition: (go, exit) => ctx.branch(compare(ctx, "<", typed(b.read(counter), type), source.to).id, go, exit),
    body: body(() => wrap(ctx, typed(b.read(counter), type), U32)),
    step: () => b.write(counter, b.bin("add", b.read(counter), b.const(source.step.literal ?? 1n))),
    ...(constant === undefined ? {} : { maxTrips: Math.max(0, constant) + 1 }),
  });
}
