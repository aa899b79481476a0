/** Called functions are compiled into their callers: parameters become variables, returns become jumps. */
import type ts from "typescript";
import { Poisoned, refuse, spanOf } from "../diagnostics.ts";
import type { SourceType } from "../types/types.ts";
import type { FunctionValue, Value } from "../values.ts";
import { bindPattern } from "./assignment.ts";
import type { Frame, Lowering } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { lowerStatements } from "./statements.ts";
import { coerce, merge, settled } from "./storage.ts";

/** Calls compiled into one function, at most. */
const MAX_INLINED = 4000;
const MAX_DEPTH = 60;

export function inlineCall(ctx: Lowering, callee: FunctionValue, args: readonly Value[], node: ts.CallExpression): Value {
  const fn = callee.node;
  const name = fn.name && ctx.ts.isIdentifier(fn.name) ? fn.name.text : node.expression.getText();
  const { body } = fn;
  if (!body) return refuse("AC1009", node, `the source of ${name} is not part of the project`);
  if (fn.getSourceFile().isDeclarationFile || ctx.module.library.declares(fn.getSourceFile())) return refuse("AC1009", node, `${name} is declared without its source`);
  requirePlain(ctx, fn, node);
  if (ctx.frames.some((frame) => frame.node === fn)) {
    refuse("AC1003", node, `${name} calls itself${ctx.frame.node === fn ? "" : " through other functions"}`, { related: [{ span: spanOf(fn), message: `${name} is declared here` }] });
  }
  if (++ctx.inlined > MAX_INLINED || ctx.frames.length > MAX_DEPTH) refuse("AC1029", node, "too many calls are compiled into this function");
  return ctx.scoped(() => {
    bindParameters(ctx, fn, args, node);
    const frame: Frame = { node: fn, returnType: fn.type && returnType(ctx, fn.type), handles: ctx.handles.length, targets: [], returns: [] };
    ctx.frames.push(frame);
    try {
      if (!ctx.ts.isBlock(body)) {
        const value = lowerExpression(ctx, body);
        return frame.returnType ? coerce(ctx, value, frame.returnType, body) : settledReturn(value, body);
      }
      const errors = ctx.module.diagnostics.length;
      lowerStatements(ctx, body.statements);
      // Without a sound body there is no value: the error has been told where it is.
      if (ctx.module.diagnostics.slice(errors).some((diagnostic) => diagnostic.severity === "error")) throw new Poisoned();
      if (ctx.reachable) frame.returns!.push({ block: ctx.b.currentBlock, facts: ctx.facts, value: { kind: "void" } });
      const declared = frame.returnType?.kind === "any" || frame.returnType?.kind === "void" ? undefined : frame.returnType;
      return merge(ctx, frame.returns!, node, declared);
    } finally {
      ctx.frames.pop();
    }
  }, callee.scope);
}

function settledReturn(value: Value, node: ts.Node): Value {
  if (value.kind === "handle") return refuse("AC1026", node, "a handle can't be returned");
  return value;
}

/** What a called or marked function must not be. */
export function requirePlain(ctx: Lowering, fn: ts.FunctionLikeDeclaration, at: ts.Node): void {
  const isAsync = ctx.ts.canHaveModifiers(fn) && ctx.ts.getModifiers(fn)?.some((modifier) => modifier.kind === ctx.ts.SyntaxKind.AsyncKeyword);
  if (isAsync || ("asteriskToken" in fn && fn.asteriskToken)) refuse("AC1019", at, "asynchronous functions and generators can't be compiled");
}

function returnType(ctx: Lowering, node: ts.TypeNode): SourceType {
  if (ctx.ts.isTypePredicateNode(node)) return { kind: "bool" };
  return ctx.module.declaredType(node);
}

function bindParameters(ctx: Lowering, fn: ts.FunctionLikeDeclaration, args: readonly Value[], node: ts.CallExpression): void {
  fn.parameters.forEach((parameter, i) => {
    if (parameter.dotDotDotToken) refuse("AC1022", parameter, "rest parameters are not supported");
    const given = args[i];
    const value = given ?? (parameter.initializer ? lowerExpression(ctx, parameter.initializer) : parameter.questionToken ? { kind: "null" as const } : refuse("AC2005", node, `the argument ${parameter.name.getText()} is missing`));
    const optional = parameter.questionToken !== undefined || (parameter.initializer !== undefined && given?.kind === "null");
    // `readonly T[]` has no length of its own: the one of what is given.
    const isArray = value.kind === "tuple" || value.kind === "array";
    const declared = parameter.type && !optional && !(isArray && lengthless(ctx, parameter.type)) ? ctx.module.declaredType(parameter.type) : undefined;
    const references = value.kind === "handle" || value.kind === "stack" || value.kind === "function" || value.kind === "global";
    bindPattern(ctx, parameter.name, settled(value), { mutable: true, ...(declared && !references && declared.kind !== "function" ? { declared } : {}) });
  });
}

/** `T[]`, `readonly T[]`, `ReadonlyArray<T>`. */
function lengthless(ctx: Lowering, node: ts.TypeNode): boolean {
  const type = ctx.checker.getTypeFromTypeNode(node);
  return ctx.checker.isArrayType(type);
}
