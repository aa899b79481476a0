/** Shrinks failing programs of the language. Knows trees as plain data; a candidate that makes no sense just does not fail. */
import type { Expr, Helper, SourceProgram, Stmt } from "./tree.ts";

/** Attempts after which the smallest so far has to do. */
const ATTEMPTS = 4000;

/** Shrinks `program` while `fails` stays true for the result; deterministic. */
export function shrinkSource(program: SourceProgram, fails: (candidate: SourceProgram) => boolean): SourceProgram {
  let current = program;
  let attempts = 0;
  for (let progress = true; progress; ) {
    progress = false;
    for (const candidate of smaller(current)) {
      if (++attempts > ATTEMPTS) return current;
      if (!fails(candidate)) continue;
      current = candidate;
      progress = true;
      break;
    }
  }
  return current;
}

function* smaller(program: SourceProgram): Generator<SourceProgram> {
  for (let i = 0; i < program.helpers.length; i++) yield { ...program, helpers: program.helpers.filter((_, at) => at !== i) };
  for (const body of shrinkBlock(program.main.body)) yield { ...program, main: { ...program.main, body } };
  for (const [i, helper] of program.helpers.entries()) {
    for (const body of shrinkBlock(helper.body))
      yield { ...program, helpers: program.helpers.map((other, at): Helper => (at === i ? { ...helper, body } : other)) };
  }
}

function* shrinkBlock(stmts: readonly Stmt[]): Generator<readonly Stmt[]> {
  const half = stmts.length >> 1;
  if (half > 1) {
    yield stmts.slice(half);
    yield [...stmts.slice(0, half), ...stmts.slice(-1)];
  }
  for (let i = 0; i < stmts.length; i++) yield stmts.filter((_, at) => at !== i);
  for (let i = 0; i < stmts.length; i++) for (const replaced of shrinkStmt(stmts[i]!)) yield [...stmts.slice(0, i), ...replaced, ...stmts.slice(i + 1)];
}

/** Every property that holds statements or expressions, made smaller; bodies also stand for the statement itself. */
function* shrinkStmt(stmt: Stmt): Generator<readonly Stmt[]> {
  if ("body" in stmt) yield stmt.body;
  if (stmt.kind === "if") {
    yield stmt.then;
    yield stmt.else;
  }
  if (stmt.kind === "switch") for (const { body } of stmt.cases) yield body;
  for (const candidate of shrinkProperties(stmt)) yield [candidate];
}

function* shrinkProperties<T extends object>(node: T): Generator<T> {
  for (const [key, value] of Object.entries(node) as [string, unknown][]) {
    if (isExpr(value)) for (const smallerValue of shrinkExpr(value)) yield { ...node, [key]: smallerValue };
    else if (key === "cases") {
      const cases = value as readonly { readonly body: readonly Stmt[] }[];
      for (let i = 0; i < cases.length; i++) yield { ...node, cases: cases.filter((_, at) => at !== i) };
      for (const [i, one] of cases.entries())
        for (const body of shrinkBlock(one.body)) yield { ...node, cases: cases.map((other, at) => (at === i ? { ...one, body } : other)) };
    } else if (key === "target") for (const target of shrinkProperties(value as object)) yield { ...node, target };
    else if (Array.isArray(value) && ["body", "then", "else"].includes(key)) for (const block of shrinkBlock(value as Stmt[])) yield { ...node, [key]: block };
    else if (Array.isArray(value) && value.every(isExpr)) {
      for (const [i, item] of value.entries())
        for (const smallerItem of shrinkExpr(item)) yield { ...node, [key]: value.map((other, at) => (at === i ? smallerItem : other)) };
    }
  }
}

function isExpr(value: unknown): value is Expr {
  return typeof value === "object" && value !== null && "kind" in value && "type" in value;
}

function* shrinkExpr(expr: Expr): Generator<Expr> {
  if (expr.kind === "lit" || expr.kind === "bool") {
    if (expr.kind === "lit" && expr.value !== 0n) yield { ...expr, value: 0n };
    return;
  }
  if (expr.type === "bool") {
    yield { kind: "bool", type: "bool", value: true };
    yield { kind: "bool", type: "bool", value: false };
  } else yield { kind: "lit", type: expr.type, value: 0n };
  for (const part of Object.values(expr) as unknown[]) {
    // A part of another type changes the types around it: only where it is converted anyway.
    if (isExpr(part) && part.type === expr.type && part.kind !== "lit") yield part;
    if (isExpr(part) && expr.kind !== "wrap" && part.type !== expr.type && part.kind !== "lit" && part.type !== "bool" && expr.type !== "bool")
      yield { kind: "wrap", type: expr.type, a: part };
  }
  yield* shrinkProperties(expr);
}
