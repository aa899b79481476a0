/** Statements: a table from syntax kind to handler. Errors are caught here, so that one function shows several. */
import type ts from "typescript";
import { Poisoned, refuse, spanOf, UserError } from "../diagnostics.ts";
import { literal } from "../types/integers.ts";
import { bindPattern } from "./assignment.ts";
import { lowerCondition } from "./conditions.ts";
import type { JumpTarget, Lowering } from "./context.ts";
import { describeKind, lowerExpression } from "./expressions.ts";
import { lowerDo, lowerFor, lowerForOf, lowerWhile } from "./loops.ts";
import { lowerOperation } from "./operations.ts";
import { lowerSwitch } from "./switch.ts";
import { coerce, settled } from "./storage.ts";

// biome-ignore lint/suspicious/noExplicitAny: each handler takes the node type of its kind; the table keys guarantee it
type Handler = (ctx: Lowering, node: any, labels: readonly string[]) => void;

const HANDLERS: Readonly<Record<string, Handler>> = {
  Block: (ctx, node: ts.Block) => lowerBlock(ctx, node),
  VariableStatement: (ctx, node: ts.VariableStatement) => lowerDeclarations(ctx, node.declarationList),
  ExpressionStatement: (ctx, node: ts.ExpressionStatement) => {
    lowerExpression(ctx, node.expression);
  },
  IfStatement: (ctx, node: ts.IfStatement) => lowerIf(ctx, node),
  WhileStatement: lowerWhile,
  DoStatement: lowerDo,
  ForStatement: lowerFor,
  ForOfStatement: lowerForOf,
  SwitchStatement: lowerSwitch,
  ReturnStatement: (ctx, node: ts.ReturnStatement) => lowerReturn(ctx, node),
  BreakStatement: (ctx, node: ts.BreakStatement) => lowerJump(ctx, node, "breakTo"),
  ContinueStatement: (ctx, node: ts.ContinueStatement) => lowerJump(ctx, node, "continueTo"),
  LabeledStatement: (ctx, node: ts.LabeledStatement, labels) => lowerLabeled(ctx, node, labels),
  EmptyStatement: () => {},
  InterfaceDeclaration: () => {},
  TypeAliasDeclaration: () => {},
  EnumDeclaration: () => {},
  FunctionDeclaration: (ctx, node: ts.FunctionDeclaration) => {
    if (node.name) bindPattern(ctx, node.name, { kind: "function", node, scope: ctx.scope }, { mutable: false });
  },
};

const REFUSED: Readonly<Record<string, readonly ["AC1018" | "AC1020" | "AC1001", string]>> = {
  ThrowStatement: ["AC1018", "`throw` can't be compiled"],
  TryStatement: ["AC1018", "`try` can't be compiled"],
  ClassDeclaration: ["AC1020", "a class can't be declared in a compiled function"],
  ForInStatement: ["AC1001", "`for…in` can't be compiled: use for…of or an index"],
};

export function lowerStatements(ctx: Lowering, statements: readonly ts.Statement[]): void {
  // Functions are hoisted, as in JavaScript.
  for (const statement of statements) if (ctx.ts.isFunctionDeclaration(statement)) lowerStatement(ctx, statement);
  for (const statement of statements) if (!ctx.ts.isFunctionDeclaration(statement)) lowerStatement(ctx, statement);
}

export function lowerStatement(ctx: Lowering, node: ts.Statement, labels: readonly string[] = []): void {
  const before = { span: ctx.b.span, frames: ctx.frames.length, handles: ctx.handles.length, targets: ctx.frame.targets.length, scope: ctx.scope };
  ctx.b.span = spanOf(node);
  try {
    const kind = ctx.ts.SyntaxKind[node.kind]!;
    const handler = handlerOf(ctx, node.kind);
    if (handler) handler(ctx, node, labels);
    else if (REFUSED[kind]) refuse(REFUSED[kind][0], node, REFUSED[kind][1]);
    else refuse("AC1001", node, `${describeKind(kind)} can't be compiled`);
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof Poisoned)) throw error;
    if (error instanceof UserError) ctx.module.diagnostics.push(error.diagnostic);
    // What follows is still looked at, for its own errors.
    ctx.lost = true;
    ctx.frames.length = before.frames;
    ctx.handles.length = before.handles;
    ctx.frame.targets.length = before.targets;
    ctx.scope = before.scope;
    if (ctx.b.terminated) ctx.dead();
    poisonDeclared(ctx, node);
  } finally {
    ctx.b.span = before.span;
  }
}

/** Kind numbers differ between versions, and aliases share one: the table is made from names, for each TypeScript once. */
const handlersByKind = new WeakMap<object, ReadonlyMap<number, Handler>>();

function handlerOf(ctx: Lowering, kind: number): Handler | undefined {
  let table = handlersByKind.get(ctx.ts);
  if (!table) {
    const kinds = ctx.ts.SyntaxKind as unknown as Record<string, number>;
    table = new Map(Object.entries(HANDLERS).map(([name, handler]) => [kinds[name]!, handler]));
    handlersByKind.set(ctx.ts, table);
  }
  return table.get(kind);
}

/** Names that a failed statement should have declared: using them reports nothing further. */
function poisonDeclared(ctx: Lowering, node: ts.Statement): void {
  if (!ctx.ts.isVariableStatement(node)) return;
  const poison = (name: ts.BindingName): void => {
    if (ctx.ts.isIdentifier(name)) {
      const symbol = ctx.checker.getSymbolAtLocation(name);
      if (symbol && !ctx.scope.get(symbol)) ctx.scope.set(symbol, { kind: "poison" });
    } else for (const element of name.elements) if (!ctx.ts.isOmittedExpression(element)) poison(element.name);
  };
  for (const declaration of node.declarationList.declarations) poison(declaration.name);
}

/** Runs `body` in a scope; handles opened in it are released behind it. */
export function withHandles(ctx: Lowering, body: () => void): void {
  const depth = ctx.handles.length;
  ctx.scoped(body);
  if (ctx.reachable) ctx.releaseTo(depth);
  ctx.handles.length = depth;
}

function lowerBlock(ctx: Lowering, node: ts.Block): void {
  withHandles(ctx, () => lowerStatements(ctx, node.statements));
}

export function lowerDeclarations(ctx: Lowering, list: ts.VariableDeclarationList): void {
  const { NodeFlags } = ctx.ts;
  const isUsing = (list.flags & NodeFlags.BlockScoped) === NodeFlags.Using;
  if ((list.flags & NodeFlags.BlockScoped) === NodeFlags.AwaitUsing) refuse("AC1019", list, "`await using` can't be compiled");
  if ((list.flags & NodeFlags.BlockScoped) === 0) refuse("AC1001", list, "`var` can't be compiled: use let or const");
  for (const declaration of list.declarations) {
    if (isUsing) lowerUsing(ctx, declaration);
    else lowerDeclaration(ctx, declaration, (list.flags & NodeFlags.Const) === 0);
  }
}

function lowerDeclaration(ctx: Lowering, declaration: ts.VariableDeclaration, mutable: boolean): void {
  const declared = declaration.type && ctx.module.declaredType(declaration.type);
  if (!declaration.initializer) {
    const type = declared ?? refuse("AC2004", declaration, "a variable without a value needs a type");
    if (type.kind !== "int" && type.kind !== "bool") return refuse("AC2004", declaration, "a variable of this type needs a value");
    const zero = type.kind === "bool" ? ({ kind: "bool", id: ctx.b.const(0n) } as const) : literal(ctx, 0n, declaration);
    return bindPattern(ctx, declaration.name, zero, { mutable: true, declared: type });
  }
  const value = lowerExpression(ctx, declaration.initializer);
  if (value.kind === "handle") refuse("AC1026", declaration, "a handle can't be stored in a variable");
  bindPattern(ctx, declaration.name, value, { mutable, ...(declared ? { declared } : {}) });
}

/** `using f = sys.open(…)`: the handle is released when its block is left, whatever the way. */
function lowerUsing(ctx: Lowering, declaration: ts.VariableDeclaration): void {
  const { initializer, name } = declaration;
  if (!ctx.ts.isIdentifier(name) || !initializer) return refuse("AC1004", declaration, "`using` declares one name with a value");
  const call = ctx.ts.isParenthesizedExpression(initializer) ? initializer.expression : initializer;
  if (!ctx.ts.isCallExpression(call) || !ctx.ts.isPropertyAccessExpression(call.expression)) return refuse("AC1004", initializer, "`using` takes what sys.open or a handle's open gives");
  const receiver = lowerExpression(ctx, call.expression.expression);
  const method = call.expression.name.text;
  const operation = receiver.kind === "handle" ? `file.${method}` : receiver.kind === "library" && receiver.name === "sys" ? `sys.${method}` : undefined;
  if (operation === undefined) return refuse("AC1004", initializer, "`using` takes what sys.open or a handle's open gives");
  const handle = lowerOperation(ctx, operation, receiver.kind === "handle" ? receiver : undefined, call, name.text);
  if (handle.kind !== "handle") return refuse("AC1004", initializer, `${operation} gives no handle`, { fix: `Write const ${name.text} = …; a plain descriptor is closed with sys.close.` });
  ctx.handles.push(handle);
  bindPattern(ctx, name, handle, { mutable: false });
}

function lowerIf(ctx: Lowering, node: ts.IfStatement): void {
  const [yes, no, next] = [ctx.join(), ctx.join(), ctx.join()];
  lowerCondition(ctx, node.expression, yes, no);
  ctx.enter(yes);
  withHandles(ctx, () => lowerStatement(ctx, node.thenStatement));
  ctx.goto(next);
  ctx.enter(no);
  const { elseStatement } = node;
  if (elseStatement) withHandles(ctx, () => lowerStatement(ctx, elseStatement));
  ctx.goto(next);
  ctx.enter(next);
}

function lowerReturn(ctx: Lowering, node: ts.ReturnStatement): void {
  const { frame } = ctx;
  let value = node.expression ? lowerExpression(ctx, node.expression) : ({ kind: "void" } as const);
  if (value.kind === "handle") refuse("AC1026", node, "a handle can't be returned");
  if (frame.returns) {
    const type = frame.returnType;
    value = type && type.kind !== "void" ? coerce(ctx, value, type, node.expression ?? node) : settled(value);
    ctx.releaseTo(frame.handles);
    frame.returns.push({ block: ctx.b.currentBlock, facts: ctx.facts, value });
    // The block stays open: the merge of all returns ends it.
    ctx.dead();
    return;
  }
  ctx.onReturn(value, node.expression ?? node);
  ctx.dead();
}

function lowerJump(ctx: Lowering, node: ts.BreakOrContinueStatement, kind: "breakTo" | "continueTo"): void {
  const label = node.label?.text;
  const fits = (target: JumpTarget) => (label === undefined ? (kind === "continueTo" ? target.continueTo !== undefined : !target.labelledOnly) : target.labels.includes(label));
  const target = ctx.frame.targets.findLast(fits);
  const join = target?.[kind];
  if (!target || !join) return refuse("AC1001", node, "there is nothing here to leave or continue");
  ctx.releaseTo(target.handles);
  ctx.goto(join);
}

function lowerLabeled(ctx: Lowering, node: ts.LabeledStatement, labels: readonly string[]): void {
  const all = [...labels, node.label.text];
  const { statement } = node;
  if (ctx.ts.isIterationStatement(statement, false) || ctx.ts.isLabeledStatement(statement) || ctx.ts.isSwitchStatement(statement)) return lowerStatement(ctx, statement, all);
  const breakTo = ctx.join();
  ctx.frame.targets.push({ labels: all, breakTo, handles: ctx.handles.length, labelledOnly: true });
  lowerStatement(ctx, statement);
  ctx.frame.targets.pop();
  ctx.goto(breakTo);
  ctx.enter(breakTo);
}

