/** Expressions: a table from syntax kind to handler. What is not in it is refused, located, never skipped. */
import type ts from "typescript";
import { layoutOf } from "../../kernel/abi/boundary.ts";
import { spanOf, refuse } from "../diagnostics.ts";
import { literal, U32 } from "../types/integers.ts";
import { typeName } from "../types/types.ts";
import type { BoolValue, IntValue, SliceValue, Value } from "../values.ts";
import { lowerCall } from "./calls.ts";
import { lowerNew, lowerThis } from "./classes.ts";
import { lowerCondition } from "./conditions.ts";
import type { Lowering } from "./context.ts";
import { elementPlace, inside, readPlace } from "./memory.ts";
import { lookup, resolveName } from "./names.ts";
import { optionalChain, receiverOf } from "./optional.ts";
import { lowerBinary, lowerPostfix, lowerPrefix } from "./operators.ts";
import { lengthOf, literalSlice, readByte } from "./slices.ts";
import { coerce, definite, merge, narrowed, tagIs, typeOfValue } from "./storage.ts";
import { textOf } from "./text.ts";

// biome-ignore lint/suspicious/noExplicitAny: each handler takes the node type of its kind; the table keys guarantee it
type Handler = (ctx: Lowering, node: any) => Value;

/** Kind names rather than numbers: they differ between TypeScript versions. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  NumericLiteral: (ctx, node: ts.NumericLiteral) => literal(ctx, parseInteger(node), node),
  BigIntLiteral: (ctx, node: ts.BigIntLiteral) => literal(ctx, BigInt(node.getText().replaceAll("_", "").slice(0, -1)), node),
  StringLiteral: (ctx, node: ts.StringLiteral) => literalSlice(ctx, checkedText(node)),
  NoSubstitutionTemplateLiteral: (ctx, node: ts.NoSubstitutionTemplateLiteral) => literalSlice(ctx, checkedText(node)),
  TrueKeyword: (ctx) => ({ kind: "bool", id: ctx.b.const(1n) }),
  FalseKeyword: (ctx) => ({ kind: "bool", id: ctx.b.const(0n) }),
  NullKeyword: () => ({ kind: "null" }),
  Identifier: (ctx, node: ts.Identifier) => resolveName(ctx, node),
  ParenthesizedExpression: (ctx, node: ts.ParenthesizedExpression) => lowerExpression(ctx, node.expression),
  PrefixUnaryExpression: (ctx, node: ts.PrefixUnaryExpression) => lowerPrefix(ctx, node),
  PostfixUnaryExpression: (ctx, node: ts.PostfixUnaryExpression) => lowerPostfix(ctx, node),
  BinaryExpression: (ctx, node: ts.BinaryExpression) => lowerBinary(ctx, node),
  ConditionalExpression: (ctx, node: ts.ConditionalExpression) => conditional(ctx, node),
  CallExpression: (ctx, node: ts.CallExpression) => lowerCall(ctx, node),
  PropertyAccessExpression: (ctx, node: ts.PropertyAccessExpression) => property(ctx, node),
  ElementAccessExpression: (ctx, node: ts.ElementAccessExpression) => element(ctx, node),
  ArrayLiteralExpression: (ctx, node: ts.ArrayLiteralExpression) => ({ kind: "tuple", elements: node.elements.map((item) => definite(ctx, lowerExpression(ctx, item))) }),
  ObjectLiteralExpression: (ctx, node: ts.ObjectLiteralExpression) => objectLiteral(ctx, node),
  ArrowFunction: (ctx, node: ts.ArrowFunction) => ({ kind: "function", node, scope: ctx.scope }),
  FunctionExpression: (ctx, node: ts.FunctionExpression) => ({ kind: "function", node, scope: ctx.scope }),
  AsExpression: (ctx, node: ts.AsExpression) => assertion(ctx, node),
  SatisfiesExpression: (ctx, node: ts.SatisfiesExpression) => lowerExpression(ctx, node.expression),
  NonNullExpression: (ctx, node: ts.NonNullExpression) => present(ctx, lowerExpression(ctx, node.expression), node.expression),
  TaggedTemplateExpression: (ctx, node: ts.TaggedTemplateExpression) =>
    ctx.module.library.nameAt(node.tag) === "log" ? refuse("AC1013", node, "log is not supported by this version") : refuse("AC1021", node, "a tagged template can't be compiled"),
  NewExpression: (ctx, node: ts.NewExpression) => lowerNew(ctx, node),
  ThisKeyword: (ctx, node: ts.Node) => lowerThis(ctx, node),
  VoidExpression: (ctx, node: ts.VoidExpression) => {
    lowerExpression(ctx, node.expression);
    return { kind: "void" };
  },
};

/** Constructs refused with a code of their own. */
const REFUSED: Readonly<Record<string, readonly ["AC1018" | "AC1019" | "AC1020" | "AC1021" | "AC1022" | "AC1001", string]>> = {
  AwaitExpression: ["AC1019", "`await` can't be compiled"],
  YieldExpression: ["AC1019", "`yield` can't be compiled"],
  SuperKeyword: ["AC1020", "there is no `super` here"],
  ClassExpression: ["AC1020", "classes can't be made here"],
  TemplateExpression: ["AC1021", "a template string can't be built here"],
  SpreadElement: ["AC1022", "spread is not supported"],
  RegularExpressionLiteral: ["AC1001", "regular expressions can't be compiled"],
  TypeOfExpression: ["AC1001", "`typeof` works only in a comparison: typeof x === \"number\""],
};

export function lowerExpression(ctx: Lowering, node: ts.Expression): Value {
  const kind = ctx.ts.SyntaxKind[node.kind]!;
  const handler = handlerOf(ctx, node.kind);
  const before = ctx.b.span;
  ctx.b.span = spanOf(node);
  try {
    if (handler) return handler(ctx, node);
    const refused = REFUSED[kind];
    if (refused) return refuse(refused[0], node, refused[1]);
    return refuse("AC1001", node, `${describeKind(kind)} can't be compiled`);
  } finally {
    ctx.b.span = before;
  }
}

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

/** `TemplateExpression` as words: "template expression". */
export function describeKind(kind: string): string {
  return `a ${kind.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()}`;
}

/** A value that is not one of several: unions are narrowed by what is known, or checked. */
export function lowerValue(ctx: Lowering, node: ts.Expression): Value {
  return present(ctx, lowerExpression(ctx, node), node);
}

export function present(ctx: Lowering, value: Value, node: ts.Expression): Value {
  return value.kind === "union" ? narrowed(ctx, value, declaredAlternative(ctx, node), node) : value;
}

/** What TypeScript's own narrowing says the expression is; undefined where it says nothing useful. */
function declaredAlternative(ctx: Lowering, node: ts.Expression) {
  const converted = ctx.module.converter.convert(ctx.checker.getTypeAtLocation(node));
  return "kind" in converted && converted.kind !== "union" && converted.kind !== "null" ? (converted.kind === "any" && converted.number ? U32 : converted) : undefined;
}

export function lowerInt(ctx: Lowering, node: ts.Expression): IntValue {
  const value = lowerValue(ctx, node);
  if (value.kind === "int") return value;
  return refuse("AC2005", node, `an integer is required here, this is ${typeName(typeOfValue(value))}`);
}

export function lowerSlice(ctx: Lowering, node: ts.Expression): SliceValue {
  const value = lowerValue(ctx, node);
  if (value.kind === "slice") return value;
  if (value.kind === "str") return textOf(ctx, value);
  return refuse("AC2005", node, `bytes or a string are required here, this is ${typeName(typeOfValue(value))}`);
}

/** Any value as a condition, as JavaScript's truthiness has it. */
export function lowerBool(ctx: Lowering, node: ts.Expression): BoolValue {
  const [yes, no] = [ctx.join(), ctx.join()];
  lowerCondition(ctx, node, yes, no);
  const result = ctx.b.declare("condition");
  const done = ctx.join();
  for (const [join, bit] of [[yes, 1n], [no, 0n]] as const) {
    ctx.enter(join);
    ctx.b.write(result, ctx.b.const(bit));
    ctx.goto(done);
  }
  ctx.enter(done);
  return { kind: "bool", id: ctx.b.read(result) };
}

/** The exact value of a numeric literal: read from the source text, since JavaScript rounds wide ones. */
export function parseInteger(node: ts.NumericLiteral): bigint {
  const text = node.getText().replaceAll("_", "").toLowerCase();
  if (/^(0[xob][0-9a-f]+|\d+)$/.test(text)) return BigInt(text);
  const value = Number(text);
  if (!Number.isInteger(value)) refuse("AC2001", node, `${node.getText()} is not an integer`);
  return BigInt(value);
}

function checkedText(node: ts.StringLiteral | ts.NoSubstitutionTemplateLiteral): string {
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(node.text)) refuse("AC1021", node, "the string has a lone surrogate, which has no UTF-8 form");
  return node.text;
}

function conditional(ctx: Lowering, node: ts.ConditionalExpression): Value {
  const [yes, no] = [ctx.join(), ctx.join()];
  lowerCondition(ctx, node.condition, yes, no);
  const arms = ([[yes, node.whenTrue], [no, node.whenFalse]] as const).map(([join, expression]) => {
    ctx.enter(join);
    const value = lowerExpression(ctx, expression);
    return { value, facts: ctx.facts, block: ctx.b.currentBlock };
  });
  return merge(ctx, arms, node);
}

function objectLiteral(ctx: Lowering, node: ts.ObjectLiteralExpression): Value {
  const fields = new Map<string, Value>();
  for (const member of node.properties) {
    if (ctx.ts.isPropertyAssignment(member) && (ctx.ts.isIdentifier(member.name) || ctx.ts.isStringLiteral(member.name))) {
      fields.set(member.name.text, definite(ctx, lowerExpression(ctx, member.initializer)));
    } else if (ctx.ts.isShorthandPropertyAssignment(member)) {
      fields.set(member.name.text, definite(ctx, lookup(ctx, ctx.checker.getShorthandAssignmentValueSymbol(member), member.name)));
    } else {
      refuse(ctx.ts.isSpreadAssignment(member) ? "AC1022" : "AC1001", member, "only `name: value` fields can be compiled");
    }
  }
  const arm = resultArm(ctx, fields);
  return { kind: "object", fields, ...(arm ? { arm } : {}) };
}

/** Which side of a Result `{ok: true, value}` and `{ok: false, error}` are; undefined for other objects. */
function resultArm(ctx: Lowering, fields: ReadonlyMap<string, Value>): "ok" | "error" | undefined {
  const ok = fields.get("ok");
  if (fields.size !== 2 || ok?.kind !== "bool") return undefined;
  const known = ctx.b.constantOf(ok.id);
  if (known === 1n && fields.has("value")) return "ok";
  return known === 0n && fields.has("error") ? "error" : undefined;
}

/** `x as T`: nothing for `as const` and for equal kinds; integers need a cast that says what happens. */
function assertion(ctx: Lowering, node: ts.AsExpression): Value {
  const value = lowerExpression(ctx, node.expression);
  if (ctx.ts.isTypeReferenceNode(node.type) && node.type.getText() === "const") return value;
  const type = ctx.module.declaredType(node.type);
  if (type.kind === "any") return value;
  if (value.kind === "int" && type.kind === "int") {
    if (value.literal !== undefined) return coerce(ctx, value, type, node);
    if (typeName(value.type) !== typeName(type)) refuse("AC2005", node, `\`as ${typeName(type)}\` does not convert`, { fix: `Write ${typeName(type)}(x), which checks, or ${typeName(type)}.wrap(x).` });
    return value;
  }
  return coerce(ctx, value, type, node);
}

// ---- Members ---------------------------------------------------------------------------------------------------------

function property(ctx: Lowering, node: ts.PropertyAccessExpression): Value {
  return optionalChain(ctx, node, () => propertyOf(ctx, node));
}

function propertyOf(ctx: Lowering, node: ts.PropertyAccessExpression): Value {
  const given = lowerExpression(ctx, node.expression);
  const receiver = node.questionDotToken ? receiverOf(ctx, given) : given;
  if (receiver.kind === "union" && node.name.text === "ok") {
    const ok = receiver.types.findIndex((type) => type.kind === "ok");
    if (ok >= 0 && receiver.types.length === 2) return { kind: "bool", id: tagIs(ctx, receiver, ok) };
  }
  return member(ctx, receiver.kind === "handle" ? receiver : present(ctx, receiver, node.expression), node.name.text, node);
}

export function member(ctx: Lowering, receiver: Value, name: string, node: ts.PropertyAccessExpression): Value {
  const none = (): never => refuse("AC1023", node.name, `${name} is not available on ${describeValue(receiver)}`);
  switch (receiver.kind) {
    case "struct": {
      const field = receiver.type.fields.find((candidate) => candidate.name === name);
      return field ? readPlace(ctx, field.type, inside(receiver.place, field.offset), node) : none();
    }
    case "object":
      return receiver.fields.get(name) ?? none();
    case "str":
      return name === "length" ? lengthOf(ctx, textOf(ctx, receiver)) : none();
    case "slice":
      return name === "length" || name === "byteLength" ? lengthOf(ctx, receiver) : none();
    case "array":
      return name === "length" ? literal(ctx, BigInt(receiver.type.length), node) : none();
    case "tuple":
      return name === "length" ? literal(ctx, BigInt(receiver.elements.length), node) : none();
    case "stack":
      return name === "length" ? { kind: "int", type: U32, id: ctx.b.read(receiver.length), range: { min: 0n, max: BigInt(receiver.max) } } : none();
    case "table":
      return name === "length" ? literal(ctx, BigInt(receiver.length), node) : none();
    case "global":
      return name === "value" ? readPlace(ctx, receiver.type, { region: receiver.region, size: layoutOf(receiver.type).size, constant: 0 }, node) : none();
    case "handle": {
      if (name === "ok") {
        const closed = ctx.b.isnull(receiver.id);
        ctx.noteClosed(closed, receiver.id);
        const ok = ctx.b.cmp("eq", closed, ctx.b.const(0n));
        ctx.noteNot(ok, closed);
        return { kind: "bool", id: ok };
      }
      if (name === "errno") return { kind: "int", type: { kind: "int", bits: 32, signed: true }, id: ctx.b.load(ctx.b.addr(receiver.err), 0, 4, true), range: { min: -4095n, max: -1n } };
      return none();
    }
    case "namespace":
      return receiver.members.get(name)?.() ?? none();
    case "library":
      return libraryMember(ctx, receiver.name, name, node);
    default:
      return none();
  }
}

export function describeValue(value: Value): string {
  switch (value.kind) {
    case "slice":
      return value.text ? "a string" : "Bytes";
    case "handle":
      return "a file handle";
    case "library":
      return value.name;
    case "namespace":
      return value.name;
    default:
      return typeName(typeOfValue(value));
  }
}

function libraryMember(ctx: Lowering, library: string, name: string, node: ts.PropertyAccessExpression): Value {
  const symbol = ctx.checker.getSymbolAtLocation(node);
  const declaration = symbol && ctx.module.library.resolve(symbol).valueDeclaration;
  if (declaration && ctx.ts.isPropertyAssignment(declaration)) return lowerExpression(ctx, declaration.initializer);
  const type = symbol && ctx.checker.getTypeOfSymbol(symbol);
  if (type?.isNumberLiteral()) return literal(ctx, BigInt(type.value), node);
  return { kind: "library", name: library === "" ? name : `${library}.${name}` };
}

function element(ctx: Lowering, node: ts.ElementAccessExpression): Value {
  return optionalChain(ctx, node, () => elementBehind(ctx, node));
}

function elementBehind(ctx: Lowering, node: ts.ElementAccessExpression): Value {
  const given = lowerExpression(ctx, node.expression);
  const receiver = present(ctx, node.questionDotToken ? receiverOf(ctx, given) : given, node.expression);
  const index = lowerInt(ctx, node.argumentExpression);
  return elementOf(ctx, receiver, index, node);
}

export function elementOf(ctx: Lowering, receiver: Value, index: IntValue, node: ts.ElementAccessExpression): Value {
  switch (receiver.kind) {
    case "slice":
      if (receiver.text) refuse("AC1023", node, "s[i] is a string in JavaScript: use s.charCodeAt(i)");
      return readByte(ctx, receiver, index, node);
    case "array":
      return readPlace(ctx, receiver.type.element, elementPlace(ctx, receiver, index, node), node);
    case "tuple": {
      const at = index.literal ?? ctx.b.constantOf(index.id);
      if (at === undefined) return refuse("AC1007", node.argumentExpression, "the index of a tuple must be a constant");
      return receiver.elements[Number(at)] ?? refuse("AC2006", node, `index ${at} is outside a tuple of ${receiver.elements.length}`);
    }
    default:
      return refuse("AC1023", node, `${describeValue(receiver)} has no elements`);
  }
}
