/** Unary, binary and assignment operators: dispatch by operator and operand types. */
import type ts from "typescript";
import { refuse } from "../diagnostics.ts";
import { complement, type IntOperator, literal, negate, operate, settle } from "../types/integers.ts";
import type { Relation } from "../types/ranges.ts";
import { typeName } from "../types/types.ts";
import type { IntValue, Value } from "../values.ts";
import { type Reference, assignPattern, resolveReference } from "./assignment.ts";
import { compareValues, lowerComparison, not } from "./conditions.ts";
import type { Lowering } from "./context.ts";
import { lowerBool, lowerExpression, lowerInt, present } from "./expressions.ts";
import { branchOnTruth } from "./conditions.ts";
import { merge, tagIs, typeOfValue } from "./storage.ts";

const INT_OPERATORS: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"]);
const RELATIONS: Readonly<Record<string, Relation>> = { "==": "==", "===": "==", "!=": "!=", "!==": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=" };

export function lowerBinary(ctx: Lowering, node: ts.BinaryExpression): Value {
  const operator = ctx.ts.tokenToString(node.operatorToken.kind)!;
  if (INT_OPERATORS.has(operator)) {
    const left = present(ctx, lowerExpression(ctx, node.left), node.left);
    return binary(ctx, operator as IntOperator, left, present(ctx, lowerExpression(ctx, node.right), node.right), node);
  }
  const relation = RELATIONS[operator];
  if (relation) return lowerComparison(ctx, node, relation);
  switch (operator) {
    case "=":
      return assign(ctx, node);
    case "&&":
    case "||":
    case "??":
      return logical(ctx, operator, lowerOperand(ctx, node.left, operator), node);
    case ",":
      lowerExpression(ctx, node.left);
      return lowerExpression(ctx, node.right);
  }
  if (operator.endsWith("=")) return compound(ctx, operator.slice(0, -1), node);
  return refuse("AC1001", node.operatorToken, `the operator ${operator} can't be compiled`);
}

export function binary(ctx: Lowering, operator: IntOperator, left: Value, right: Value, node: ts.Node): Value {
  if (left.kind === "int" && right.kind === "int") return operate(ctx, operator, left, right, node);
  if (left.kind === "bool" && right.kind === "bool" && (operator === "&" || operator === "|" || operator === "^")) {
    const fn = operator === "&" ? "and" : operator === "|" ? "or" : "xor";
    const id = ctx.b.bin(fn, left.id, right.id);
    return { kind: "int", type: { kind: "int", bits: 32, signed: true }, id, range: { min: 0n, max: 1n } };
  }
  if (operator === "+" && (left.kind === "slice" || right.kind === "slice" || left.kind === "str" || right.kind === "str")) {
    return refuse("AC1021", node, "strings can't be joined here");
  }
  return refuse("AC2005", node, `${operator} does not work on ${typeName(typeOfValue(left))} and ${typeName(typeOfValue(right))}`);
}

export function lowerPrefix(ctx: Lowering, node: ts.PrefixUnaryExpression): Value {
  const { SyntaxKind } = ctx.ts;
  switch (node.operator) {
    case SyntaxKind.ExclamationToken:
      return not(ctx, lowerBool(ctx, node.operand));
    case SyntaxKind.MinusToken:
      return negate(ctx, lowerInt(ctx, node.operand), node);
    case SyntaxKind.PlusToken:
      return lowerInt(ctx, node.operand);
    case SyntaxKind.TildeToken:
      return complement(ctx, lowerInt(ctx, node.operand), node);
    default:
      return step(ctx, node.operand, node.operator === SyntaxKind.PlusPlusToken ? "+" : "-", node).after;
  }
}

export function lowerPostfix(ctx: Lowering, node: ts.PostfixUnaryExpression): Value {
  return step(ctx, node.operand, node.operator === ctx.ts.SyntaxKind.PlusPlusToken ? "+" : "-", node).before;
}

function step(ctx: Lowering, operand: ts.Expression, operator: "+" | "-", node: ts.Node): { before: IntValue; after: Value } {
  const reference = resolveReference(ctx, operand);
  const before = present(ctx, reference.read(), operand);
  if (before.kind !== "int") return refuse("AC2005", node, `${operator}${operator} needs an integer`);
  reference.write(operate(ctx, operator, before, literal(ctx, 1n, node), node), node);
  return { before: settle(before), after: reference.read() };
}

function assign(ctx: Lowering, node: ts.BinaryExpression): Value {
  if (ctx.ts.isArrayLiteralExpression(node.left) || ctx.ts.isObjectLiteralExpression(node.left)) return assignPattern(ctx, node.left, node.right);
  const reference = resolveReference(ctx, node.left);
  const value = lowerExpression(ctx, node.right);
  reference.write(value, node);
  return value;
}

function compound(ctx: Lowering, operator: string, node: ts.BinaryExpression): Value {
  const reference = resolveReference(ctx, node.left);
  if (operator === "&&" || operator === "||" || operator === "??") return logicalAssign(ctx, operator, reference, node);
  if (!INT_OPERATORS.has(operator)) refuse("AC1001", node.operatorToken, `the operator ${operator}= can't be compiled`);
  const left = present(ctx, reference.read(), node.left);
  const result = binary(ctx, operator as IntOperator, left, present(ctx, lowerExpression(ctx, node.right), node.right), node);
  reference.write(result, node);
  return result;
}

function lowerOperand(ctx: Lowering, node: ts.Expression, operator: string): Value {
  const value = lowerExpression(ctx, node);
  return operator === "??" ? value : value.kind === "union" ? value : present(ctx, value, node);
}

/** `a && b`, `a || b`, `a ?? b` as values. */
function logical(ctx: Lowering, operator: "&&" | "||" | "??", left: Value, node: ts.BinaryExpression): Value {
  const [keep, other] = [ctx.join(), ctx.join()];
  let kept = left;
  if (operator === "??") {
    if (left.kind === "null" || left.kind === "void") return lowerExpression(ctx, node.right);
    if (left.kind !== "union") return left;
    const nullAt = left.alternatives.findIndex((alternative) => alternative?.kind === "null" || alternative?.kind === "void");
    const rest = left.alternatives.filter((_, i) => i !== nullAt).filter((alternative) => alternative !== undefined);
    if (rest.length !== 1) return refuse("AC2007", node.left, "?? needs a value that is null or one other type");
    if (nullAt < 0) return rest[0]!;
    kept = rest[0]!;
    ctx.branch(tagIs(ctx, left, nullAt), other, keep);
  } else if (operator === "&&") branchOnTruth(ctx, left, node.left, other, keep);
  else branchOnTruth(ctx, left, node.left, keep, other);
  ctx.enter(keep);
  const first = { value: kept, facts: ctx.facts, block: ctx.b.currentBlock };
  ctx.enter(other);
  const right = lowerExpression(ctx, node.right);
  return merge(ctx, [first, { value: right, facts: ctx.facts, block: ctx.b.currentBlock }], node);
}

function logicalAssign(ctx: Lowering, operator: "&&" | "||" | "??", reference: Reference, node: ts.BinaryExpression): Value {
  const left = reference.read();
  const [write, skip] = [ctx.join(), ctx.join()];
  if (operator === "??") {
    const isNull = compareValues(ctx, left, { kind: "null" }, "==", node);
    ctx.branch(isNull.id, write, skip);
  } else if (operator === "&&") branchOnTruth(ctx, left, node.left, write, skip);
  else branchOnTruth(ctx, left, node.left, skip, write);
  ctx.enter(write);
  reference.write(lowerExpression(ctx, node.right), node);
  ctx.goto(skip);
  ctx.enter(skip);
  return reference.read();
}
