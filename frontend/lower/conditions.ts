/** Conditions as control flow: short circuits, comparisons, truthiness, and what each way then knows. */
import type ts from "typescript";
import { refuse } from "../diagnostics.ts";
import { compare } from "../types/integers.ts";
import type { Relation } from "../types/ranges.ts";
import { type SourceType, typeName } from "../types/types.ts";
import type { BoolValue, UnionValue, Value } from "../values.ts";
import type { Join, Lowering } from "./context.ts";
import { describeValue, lowerExpression, present } from "./expressions.ts";
import { equals } from "./strings.ts";
import { tagIs, typeOfValue } from "./storage.ts";
import { asText, compareTexts, textOf } from "./text.ts";

/** Evaluates `node` and goes to `yes` where it is truthy, else to `no`. */
export function lowerCondition(ctx: Lowering, node: ts.Expression, yes: Join, no: Join): void {
  const { SyntaxKind } = ctx.ts;
  if (ctx.ts.isParenthesizedExpression(node)) return lowerCondition(ctx, node.expression, yes, no);
  if (ctx.ts.isPrefixUnaryExpression(node) && node.operator === SyntaxKind.ExclamationToken) return lowerCondition(ctx, node.operand, no, yes);
  if (ctx.ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind;
    if (operator === SyntaxKind.AmpersandAmpersandToken || operator === SyntaxKind.BarBarToken) {
      const next = ctx.join();
      if (operator === SyntaxKind.AmpersandAmpersandToken) lowerCondition(ctx, node.left, next, no);
      else lowerCondition(ctx, node.left, yes, next);
      ctx.enter(next);
      return lowerCondition(ctx, node.right, yes, no);
    }
  }
  branchOnTruth(ctx, lowerExpression(ctx, node), node, yes, no);
}

export function branchOnTruth(ctx: Lowering, value: Value, node: ts.Node, yes: Join, no: Join): void {
  ctx.branch(truth(ctx, value, node), yes, no);
}

/** int 0 or 1: is the value truthy. */
export function truth(ctx: Lowering, value: Value, node: ts.Node): number {
  switch (value.kind) {
    case "bool":
      return value.id;
    case "int":
      return compare(ctx, "!=", value, zeroLike(ctx)).id;
    case "str":
      return truth(ctx, textOf(ctx, value), node);
    case "slice":
      if (!value.text) return ctx.b.const(1n);
      return ctx.b.cmp("ne", value.length, ctx.b.const(0n));
    case "null":
    case "void":
      return ctx.b.const(0n);
    case "struct":
    case "array":
    case "tuple":
    case "object":
    case "stack":
    case "table":
    case "hash":
    case "function":
      return ctx.b.const(1n);
    case "union": {
      const objects = ["struct", "array", "tuple", "object"];
      const candidates = value.alternatives.map((alternative, i) => ({ alternative, i })).filter(({ alternative }) => alternative && alternative.kind !== "null" && alternative.kind !== "void");
      if (candidates.length !== 1 || !objects.includes(candidates[0]!.alternative!.kind)) return refuse("AC2007", node, "a number or boolean that may be null is compared with null first");
      return tagIs(ctx, value, candidates[0]!.i);
    }
    default:
      return refuse("AC2005", node, `${describeValue(value)} is no condition`);
  }
}

function zeroLike(ctx: Lowering) {
  return { kind: "int", type: { kind: "int", bits: 64, signed: true }, id: ctx.b.const(0n), range: { min: 0n, max: 0n }, literal: 0n } as const;
}

/** `a relation b`; `strict` aside, as === and < have it. */
export function lowerComparison(ctx: Lowering, node: ts.BinaryExpression, relation: Relation): BoolValue {
  const typeTest = lowerTypeTest(ctx, node, relation);
  if (typeTest) return typeTest;
  const left = lowerExpression(ctx, node.left);
  const right = lowerExpression(ctx, node.right);
  return compareValues(ctx, left, right, relation, node);
}

export function compareValues(ctx: Lowering, left: Value, right: Value, relation: Relation, node: ts.BinaryExpression): BoolValue {
  const equality = relation === "==" || relation === "!=";
  const isNull = (value: Value) => value.kind === "null" || value.kind === "void";
  if (equality && (isNull(left) || isNull(right))) return nullTest(ctx, isNull(left) ? right : left, relation === "==");
  if (equality && (mayBeNull(left) || mayBeNull(right))) return nullableEquality(ctx, left, right, relation, node);
  const [a, b] = [asText(ctx, present(ctx, left, node.left)), asText(ctx, present(ctx, right, node.right))];
  if (a.kind === "int" && b.kind === "int") return compare(ctx, relation, a, b);
  if (equality && a.kind === "bool" && b.kind === "bool") return { kind: "bool", id: ctx.b.cmp(relation === "==" ? "eq" : "ne", a.id, b.id) };
  if (equality && a.kind === "slice" && b.kind === "slice" && a.text && b.text) return invertIf(ctx, equals(ctx, a, b), relation === "!=");
  if (relation !== "==" && relation !== "!=" && a.kind === "slice" && b.kind === "slice" && a.text && b.text) return compareTexts(ctx, a, b, relation);
  return refuse("AC2005", node, `${typeName(typeOfValue(a))} and ${typeName(typeOfValue(b))} can't be compared this way`);
}

/** Of several alternatives, one of which is null; nothing has ruled it out yet. */
function mayBeNull(value: Value): value is UnionValue {
  return value.kind === "union" && value.alternatives.some((alternative, i) => alternative && isNullType(value.types[i]!));
}

const isNullType = (type: SourceType) => type.kind === "null" || type.kind === "void";

/** `a === b` where one of them may be null: a number is not null, so that is a difference and no failure. Two nulls are equal. */
function nullableEquality(ctx: Lowering, left: Value, right: Value, relation: Relation, node: ts.BinaryExpression): BoolValue {
  const { b } = ctx;
  const result = b.declare("equal");
  const done = ctx.join();
  const finish = (value: BoolValue | bigint) => {
    b.write(result, typeof value === "bigint" ? b.const(value) : value.id);
    ctx.goto(done);
  };
  const split = (value: Value, whenNull: () => void, otherwise: () => void) => {
    const [none, some] = [ctx.join(), ctx.join()];
    ctx.branch(nullTest(ctx, value, true).id, none, some);
    ctx.enter(none);
    whenNull();
    ctx.enter(some);
    otherwise();
  };
  const [same, different] = relation === "==" ? [1n, 0n] : [0n, 1n];
  split(
    left,
    () => split(right, () => finish(same), () => finish(different)),
    () => split(right, () => finish(different), () => finish(compareValues(ctx, known(left), known(right), relation, node))),
  );
  ctx.enter(done);
  return { kind: "bool", id: b.read(result) };
}

/** The one alternative that is left of `value` when it is not null; a value with more of them stays what it is. */
function known(value: Value): Value {
  if (value.kind !== "union") return value;
  const rest = value.alternatives.filter((alternative, i) => alternative && !isNullType(value.types[i]!));
  return rest.length === 1 ? rest[0]! : { ...value, alternatives: value.alternatives.map((alternative, i) => (isNullType(value.types[i]!) ? undefined : alternative)) };
}

function invertIf(ctx: Lowering, value: BoolValue, invert: boolean): BoolValue {
  return invert ? not(ctx, value) : value;
}

export function not(ctx: Lowering, value: BoolValue): BoolValue {
  const known = ctx.b.constantOf(value.id);
  if (known !== undefined) return { kind: "bool", id: ctx.b.const(known === 0n ? 1n : 0n) };
  const id = ctx.b.cmp("eq", value.id, ctx.b.const(0n));
  ctx.noteNot(id, value.id);
  return { kind: "bool", id };
}

/** `x === null`, where null and undefined are the same here. */
function nullTest(ctx: Lowering, value: Value, whenNull: boolean): BoolValue {
  if (value.kind === "null" || value.kind === "void") return { kind: "bool", id: ctx.b.const(whenNull ? 1n : 0n) };
  if (value.kind !== "union") return { kind: "bool", id: ctx.b.const(whenNull ? 0n : 1n) };
  return alternativeTest(ctx, value, (alternative) => alternative.kind === "null" || alternative.kind === "void", whenNull);
}

function alternativeTest(ctx: Lowering, value: UnionValue, matches: (type: SourceType) => boolean, when: boolean): BoolValue {
  const index = value.types.findIndex(matches);
  if (index < 0) return { kind: "bool", id: ctx.b.const(when ? 0n : 1n) };
  return invertIf(ctx, { kind: "bool", id: tagIs(ctx, value, index) }, !when);
}

/** `typeof x === "number"` on a value of several types. */
function lowerTypeTest(ctx: Lowering, node: ts.BinaryExpression, relation: Relation): BoolValue | undefined {
  if (!ctx.ts.isTypeOfExpression(node.left) || (relation !== "==" && relation !== "!=")) return undefined;
  if (!ctx.ts.isStringLiteral(node.right)) return refuse("AC1007", node.right, "typeof is compared with a string literal");
  const name = node.right.text;
  const kinds: Readonly<Record<string, readonly SourceType["kind"][]>> = {
    number: ["int"], boolean: ["bool"], string: ["string", "str"], object: ["struct", "tuple", "array", "bytes", "null", "any"], undefined: ["void"],
  };
  const expected = kinds[name];
  if (!expected) return refuse("AC2005", node.right, `nothing here has the type ${JSON.stringify(name)}`);
  const matches = (type: SourceType) => expected.includes(type.kind);
  const value = lowerExpression(ctx, node.left.expression);
  const when = relation === "==";
  if (value.kind !== "union") return { kind: "bool", id: ctx.b.const(matches(typeOfValue(value)) === when ? 1n : 0n) };
  const hits = value.types.flatMap((type, i) => (matches(type) ? [i] : []));
  let any = ctx.b.const(0n);
  if (hits.length === 1) any = tagIs(ctx, value, hits[0]!);
  else for (const hit of hits) any = ctx.b.bin("or", any, ctx.b.cmp("eq", value.tag, ctx.b.const(hit)));
  return invertIf(ctx, { kind: "bool", id: any }, !when);
}
