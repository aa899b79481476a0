/** Shrinks failing random programs (random.ts) to small ones that still fail. Knows their shape and nothing about IR. */
import type { Expr, RandomProgram, Stmt } from "./random.ts";

/**
 * Shrinks `program` as long as `fails` stays true for the result: drops statements, hoists bodies, replaces expressions
 * by their parts and by 0. Deterministic; `fails(program)` must be true.
 */
export function minimizeProgram(program: RandomProgram, fails: (candidate: RandomProgram) => boolean): RandomProgram {
  let current = program;
  for (let progress = true; progress; ) {
    progress = false;
    for (const body of shrinkList(current.body, shrinkStmt)) {
      const candidate = { ...current, body };
      if (!fails(candidate)) continue;
      current = candidate;
      progress = true;
      break;
    }
  }
  return current;
}

/** Smaller variants of a list: without a half, without one, with one replaced by something smaller. */
function* shrinkList<T>(items: readonly T[], shrink: (item: T) => Iterable<readonly T[]>): Generator<T[]> {
  const half = items.length >> 1;
  if (half > 1) {
    yield items.slice(half);
    yield items.slice(0, half);
  }
  for (let i = 0; i < items.length; i++) yield [...items.slice(0, i), ...items.slice(i + 1)];
  for (let i = 0; i < items.length; i++) for (const replaced of shrink(items[i]!)) yield [...items.slice(0, i), ...replaced, ...items.slice(i + 1)];
}

function* shrinkStmt(stmt: Stmt): Generator<readonly Stmt[]> {
  switch (stmt.kind) {
    case "assign":
    case "return":
      for (const value of shrinkExpr(stmt.value)) yield [{ ...stmt, value }];
      break;
    case "store":
      for (const value of shrinkExpr(stmt.value)) yield [{ ...stmt, value }];
      for (const at of shrinkExpr(stmt.at)) yield [{ ...stmt, at }];
      break;
    case "if":
      yield stmt.then;
      yield stmt.else;
      for (const then of shrinkList(stmt.then, shrinkStmt)) yield [{ ...stmt, then }];
      for (const other of shrinkList(stmt.else, shrinkStmt)) yield [{ ...stmt, else: other }];
      for (const cond of shrinkExpr(stmt.cond)) yield [{ ...stmt, cond }];
      break;
    case "loop":
      yield stmt.body;
      for (const body of shrinkList(stmt.body, shrinkStmt)) yield [{ ...stmt, body }];
      for (const rounds of shrinkExpr(stmt.rounds)) yield [{ ...stmt, rounds }];
      break;
    case "handle":
      yield stmt.body;
      for (const body of shrinkList(stmt.body, shrinkStmt)) yield [{ ...stmt, body }];
      break;
    case "checked":
      for (const at of shrinkExpr(stmt.at)) yield [{ ...stmt, at }];
      break;
    case "call":
      for (const a of shrinkExpr(stmt.a)) yield [{ ...stmt, a }];
      for (const b of shrinkExpr(stmt.b)) yield [{ ...stmt, b }];
      break;
    case "break":
      break;
  }
}

function* shrinkExpr(expr: Expr): Generator<Expr> {
  if (expr.kind === "const") {
    if (expr.value !== 0n) yield { kind: "const", value: 0n };
    return;
  }
  yield { kind: "const", value: 0n };
  switch (expr.kind) {
    case "bin":
    case "cmp":
      yield expr.a;
      yield expr.b;
      for (const a of shrinkExpr(expr.a)) yield { ...expr, a };
      for (const b of shrinkExpr(expr.b)) yield { ...expr, b };
      break;
    case "ext":
      yield expr.a;
      for (const a of shrinkExpr(expr.a)) yield { ...expr, a };
      break;
    case "load":
      yield expr.at;
      for (const at of shrinkExpr(expr.at)) yield { ...expr, at };
      break;
    case "select":
      yield expr.b;
      yield expr.c;
      for (const a of shrinkExpr(expr.a)) yield { ...expr, a };
      for (const b of shrinkExpr(expr.b)) yield { ...expr, b };
      for (const c of shrinkExpr(expr.c)) yield { ...expr, c };
      break;
    case "var":
      break;
  }
}
