/** Calls: who is called decides. Library functions, methods of values, system calls, and functions to be inlined. */
import type ts from "typescript";
import { refuse, spanOf } from "../diagnostics.ts";
import { compare, constant, I64, literal, settle, typed, U64, U8, wrap } from "../types/integers.ts";
import { rangeOfType, within } from "../types/ranges.ts";
import { type IntType, type SourceType, typeName } from "../types/types.ts";
import type { IntValue, Value } from "../values.ts";
import { methodOf } from "./classes.ts";
import { combinator } from "./combinators.ts";
import { lowerCondition } from "./conditions.ts";
import type { Lowering } from "./context.ts";
import { describeValue, lowerExpression, lowerInt, lowerValue, member, present } from "./expressions.ts";
import { inlineCall } from "./inline.ts";
import { atomicCall, hashMethod } from "./maps.ts";
import { arrayMethod, bytesMethod, stackMethod } from "./methods.ts";
import { localPlace, memoryType, zeroPlace } from "./memory.ts";
import { lowerOperation } from "./operations.ts";
import { optionalChain, receiverOf } from "./optional.ts";
import { select } from "./slices.ts";
import { typeOfValue } from "./storage.ts";
import { asText } from "./text.ts";
import { tableMethod } from "./tables.ts";
import { layoutOf } from "../../kernel/abi/boundary.ts";

export function lowerCall(ctx: Lowering, node: ts.CallExpression): Value {
  return optionalChain(ctx, node, () => call(ctx, node));
}

function call(ctx: Lowering, node: ts.CallExpression): Value {
  if (node.questionDotToken) refuse("AC1028", node, "functions are known when the program is compiled: nothing is optional about a call");
  const callee = unwrapParentheses(ctx, node.expression);
  if (ctx.ts.isPropertyAccessExpression(callee)) return methodCall(ctx, callee, node);
  if (ctx.ts.isIdentifier(callee)) {
    const global = globalFunction(ctx, callee, node);
    if (global) return global;
  }
  return callValue(ctx, lowerExpression(ctx, callee), node);
}

function unwrapParentheses(ctx: Lowering, node: ts.Expression): ts.Expression {
  return ctx.ts.isParenthesizedExpression(node) ? unwrapParentheses(ctx, node.expression) : node;
}

function callValue(ctx: Lowering, callee: Value, node: ts.CallExpression): Value {
  if (callee.kind === "function") return inlineCall(ctx, callee, node.arguments.map((argument) => lowerArgument(ctx, argument)), node);
  if (callee.kind === "library") return libraryCall(ctx, callee.name, node);
  return refuse("AC1009", node, `${describeValue(callee)} can't be called`);
}

function lowerArgument(ctx: Lowering, node: ts.Expression): Value {
  if (ctx.ts.isSpreadElement(node)) refuse("AC1022", node, "spread arguments are not supported");
  return lowerExpression(ctx, node);
}

function methodCall(ctx: Lowering, callee: ts.PropertyAccessExpression, node: ts.CallExpression): Value {
  const name = callee.name.text;
  if (ctx.ts.isIdentifier(callee.expression) && isGlobalName(ctx, callee.expression, "Math")) return mathCall(ctx, name, node);
  const given = lowerExpression(ctx, callee.expression);
  const value = callee.questionDotToken ? receiverOf(ctx, given) : given;
  const receiver = value.kind === "handle" ? value : asText(ctx, present(ctx, value, callee.expression));
  if (receiver.kind === "slice" || receiver.kind === "array" || receiver.kind === "range" || receiver.kind === "tuple") {
    const method = combinator(receiver, name);
    if (method) return method(ctx, receiver, node);
  }
  switch (receiver.kind) {
    case "slice":
      return bytesMethod(ctx, receiver, name, node);
    case "stack":
      return stackMethod(ctx, receiver, name, node);
    case "hash":
      return hashMethod(ctx, receiver, name, node);
    case "table":
      return tableMethod(ctx, receiver, name, node);
    case "handle":
      return lowerOperation(ctx, `file.${name}`, receiver, node);
    case "range":
      return refuse("AC1023", callee.name, `${name} is not available on a range`);
    case "struct": {
      const method = methodOf(ctx, receiver, callee.name);
      return method ? callValue(ctx, method, node) : refuse("AC1023", callee.name, `${name} is not available on ${describeValue(receiver)}`);
    }
    case "array":
      return arrayMethod(ctx, receiver, name, node);
    case "library":
      return libraryCall(ctx, member(ctx, receiver, name, callee), node);
    case "namespace":
    case "object":
      return callValue(ctx, member(ctx, receiver, name, callee), node);
    default:
      return refuse("AC1023", callee.name, `${name} is not available on ${describeValue(receiver)}`);
  }
}

// ---- JavaScript's own functions that have a meaning here --------------------------------------------------------------

/** True when `node` names JavaScript's global `name`, not something of the program. */
function isGlobalName(ctx: Lowering, node: ts.Identifier, name: string): boolean {
  if (node.text !== name) return false;
  const symbol = ctx.checker.getSymbolAtLocation(node);
  if (symbol && ctx.scope.get(symbol)) return false;
  return symbol?.declarations?.every((declaration) => declaration.getSourceFile().isDeclarationFile) ?? true;
}

function globalFunction(ctx: Lowering, callee: ts.Identifier, node: ts.CallExpression): Value | undefined {
  const [argument] = node.arguments;
  if (isGlobalName(ctx, callee, "Number") && argument) {
    const value = lowerValue(ctx, argument);
    if (value.kind === "bool") return typed(value.id, U8, { min: 0n, max: 1n });
    return value.kind === "int" ? value : refuse("AC2005", node, "Number() takes an integer or a boolean here");
  }
  if (isGlobalName(ctx, callee, "Boolean") && argument) return castBoolean(ctx, argument);
  return undefined;
}

function castBoolean(ctx: Lowering, argument: ts.Expression): Value {
  const [yes, no, done] = [ctx.join(), ctx.join(), ctx.join()];
  lowerCondition(ctx, argument, yes, no);
  const result = ctx.b.declare("boolean");
  ctx.enter(yes);
  ctx.b.write(result, ctx.b.const(1n));
  ctx.goto(done);
  ctx.enter(no);
  ctx.b.write(result, ctx.b.const(0n));
  ctx.goto(done);
  ctx.enter(done);
  return { kind: "bool", id: ctx.b.read(result) };
}

function mathCall(ctx: Lowering, name: string, node: ts.CallExpression): Value {
  if (name === "min" || name === "max") return extreme(ctx, name, node);
  return refuse("AC1009", node, `Math.${name} is not available`, { fix: "min(a, b) and max(a, b) are; / is integer division already." });
}

// ---- The library ------------------------------------------------------------------------------------------------------

const INT_TYPES: Readonly<Record<string, IntType>> = Object.fromEntries(
  ([8, 16, 32, 64] as const).flatMap((bits) => [[`u${bits}`, { kind: "int", bits, signed: false }], [`i${bits}`, { kind: "int", bits, signed: true }]]),
);

type LibraryHandler = (ctx: Lowering, node: ts.CallExpression) => Value;

const LIBRARY: Readonly<Record<string, LibraryHandler>> = {
  min: (ctx, node) => extreme(ctx, "min", node),
  max: (ctx, node) => extreme(ctx, "max", node),
  zero: zeroCall,
  stack: stackCall,
  range: rangeCall,
  assert: assertCall,
  buffer: (_ctx, node) => refuse("AC1006", node, "buffer(n) is declared at module level"),
  global: (_ctx, node) => refuse("AC1006", node, "global(v) is declared at module level"),
  table: (_ctx, node) => refuse("AC1006", node, "table<T>(n) is declared at module level"),
  hash: (_ctx, node) => refuse("AC1006", node, "hash<K, V>(n) is declared at module level"),
  ring: (_ctx, node) => refuse("AC1012", node, "ring<T>(n) is not supported by this version"),
  log: (_ctx, node) => refuse("AC1013", node, "log is not supported by this version"),
  unwrap: (_ctx, node) => refuse("AC1018", node, "unwrap() throws: it is for Node", { fix: "Test `.ok` or the sign of the result." }),
  big: (_ctx, node) => refuse("AC1009", node, "big(f) is for Node"),
  anycall: (_ctx, node) => refuse("AC1005", node, "anycall(…) marks functions at module level"),
};

function libraryCall(ctx: Lowering, callee: string | Value, node: ts.CallExpression): Value {
  if (typeof callee !== "string") return callee.kind === "library" ? libraryCall(ctx, callee.name, node) : callValue(ctx, callee, node);
  const name = callee;
  const handler = LIBRARY[name];
  if (handler) return handler(ctx, node);
  const cast = INT_TYPES[name];
  if (cast) return checkedCast(ctx, cast, node);
  const wrapped = name.endsWith(".wrap") ? INT_TYPES[name.slice(0, -5)] : undefined;
  if (wrapped) return wrappingCast(ctx, wrapped, node);
  if (name.startsWith("sys.")) return lowerOperation(ctx, name, undefined, node);
  if (name.startsWith("kernel.")) return refuse("AC1014", node, `${name.slice(7)}() is not supported by this version`);
  if (name.startsWith("atomic.")) return atomicCall(ctx, name.slice(7), node);
  return refuse("AC1009", node, `${name} can't be called here`);
}

function argument(ctx: Lowering, node: ts.CallExpression, i = 0): ts.Expression {
  void ctx;
  return node.arguments[i] ?? refuse("AC2005", node, "an argument is missing");
}

function scalarInt(ctx: Lowering, node: ts.Expression): IntValue {
  const value = lowerValue(ctx, node);
  if (value.kind === "bool") return typed(value.id, U8, { min: 0n, max: 1n });
  return value.kind === "int" ? value : refuse("AC2005", node, `an integer is required here, this is ${typeName(typeOfValue(value))}`);
}

/** `u8(x)`: the value, or FAULT where it does not fit. */
function checkedCast(ctx: Lowering, type: IntType, node: ts.CallExpression): Value {
  const value = scalarInt(ctx, argument(ctx, node));
  const full = rangeOfType(type);
  const known = value.literal ?? (value.range.min === value.range.max ? value.range.min : undefined);
  if (known !== undefined) {
    if (known < full.min || known > full.max) refuse("AC2002", node, `${known} does not fit ${typeName(type)}`);
    return constant(ctx, known, type);
  }
  const range = ctx.rangeOf(value);
  const what = `${node.getText()} does not fit`;
  const check = { kind: "cast", keep: false, access: node.getText(), requirement: `must be ${full.min} to ${full.max}` } as const;
  if (range.min < full.min) ctx.check(compare(ctx, ">=", value, literalOf(ctx, full.min)).id, check, what, node);
  if (range.max > full.max) ctx.check(compare(ctx, "<=", value, literalOf(ctx, full.max)).id, check, what, node);
  const after = ctx.rangeOf(value);
  return typed(value.id, type, within(after, full) ? after : full);
}

function literalOf(ctx: Lowering, value: bigint): IntValue {
  return value > rangeOfType(I64).max ? constant(ctx, value, U64) : constant(ctx, value);
}

function wrappingCast(ctx: Lowering, type: IntType, node: ts.CallExpression): Value {
  const value = scalarInt(ctx, argument(ctx, node));
  if (value.literal === undefined) return wrap(ctx, value, type);
  return constant(ctx, type.signed ? BigInt.asIntN(type.bits, value.literal) : BigInt.asUintN(type.bits, value.literal), type);
}

/** min and max: i64, or u64 when all arguments are u64. */
function extreme(ctx: Lowering, name: "min" | "max", node: ts.CallExpression): Value {
  const values = node.arguments.map((item) => lowerInt(ctx, item));
  const [first, ...rest] = values;
  if (!first) return refuse("AC2005", node, `${name} needs an argument`);
  if (values.every((value) => value.literal !== undefined)) {
    const literals = values.map((value) => value.literal!);
    return literal(ctx, literals.reduce((a, b) => ((name === "min") === a < b ? a : b)), node);
  }
  const isU64 = (value: IntValue) => (value.literal === undefined ? value.type.bits === 64 && !value.type.signed : value.literal >= 0n);
  const type = values.every(isU64) ? U64 : I64;
  if (type === I64) {
    for (const value of values) if (ctx.rangeOf(value).max > rangeOfType(I64).max) refuse("AC2003", node, `${name} of a u64 and another type`, { fix: "Cast the u64: i64(x)." });
  }
  let result = settle(first);
  for (const next of rest) {
    const [a, b] = [ctx.rangeOf(result), ctx.rangeOf(next)];
    const id = select(ctx, compare(ctx, name === "min" ? "<=" : ">=", result, next).id, () => result.id, () => next.id);
    const pick = (x: bigint, y: bigint) => ((name === "min") === x < y ? x : y);
    result = typed(id, type, { min: pick(a.min, b.min), max: pick(a.max, b.max) });
  }
  return { ...result, type };
}

function typeArgument(ctx: Lowering, node: ts.CallExpression): SourceType {
  const [given] = node.typeArguments ?? [];
  return given ? ctx.module.declaredType(given) : ctx.module.sourceType(ctx.checker.getTypeAtLocation(node), node);
}

/** `zero<T>()`: a struct of zeros in the call's frame. */
function zeroCall(ctx: Lowering, node: ts.CallExpression): Value {
  const type = memoryType(typeArgument(ctx, node), node);
  if (type.kind !== "struct" && type.kind !== "array") return refuse("AC2004", node, "zero<T>() makes structs");
  const place = localPlace(ctx, type, type.kind === "struct" ? type.name : "array");
  zeroPlace(ctx, place, place.size);
  return type.kind === "struct" ? { kind: "struct", type, place } : { kind: "array", type, place };
}

/** `stack<T>(n)`: values in the call's frame, the number of them in a variable. */
function stackCall(ctx: Lowering, node: ts.CallExpression): Value {
  const max = lowerInt(ctx, argument(ctx, node));
  if (max.literal === undefined || max.literal < 1n || max.literal > 1n << 20n) return refuse("AC1007", argument(ctx, node), "the size of a stack is a constant from 1 to 1,048,576");
  const [given] = node.typeArguments ?? [];
  const element = given && ctx.module.declaredType(given);
  if (!element || (element.kind !== "int" && element.kind !== "bool")) return refuse("AC2004", node, "stack<T>(n) holds integers or booleans: write the type, as in stack<Fd>(64)");
  const size = layoutOf(element).size * Number(max.literal);
  const length = ctx.b.declare("stack.length");
  ctx.b.write(length, ctx.b.const(0n));
  return { kind: "stack", element, region: ctx.local("stack", Math.ceil(size / 8) * 8, 8), max: Number(max.literal), length };
}

function rangeCall(ctx: Lowering, node: ts.CallExpression): Value {
  const values = node.arguments.map((item) => lowerInt(ctx, item));
  const [from, to] = values.length === 1 ? [literal(ctx, 0n, node), values[0]!] : [values[0], values[1]];
  const step = values[2] ?? literal(ctx, 1n, node);
  if (!from || !to) return refuse("AC2005", node, "range(to) or range(from, to, step?)");
  if (step.literal === undefined || step.literal < 1n) return refuse("AC1007", node, "the step of a range is a positive constant");
  return { kind: "range", from, to, step };
}

/** `assert(cond, code)`: FAULT with the code where the condition is false. */
function assertCall(ctx: Lowering, node: ts.CallExpression): Value {
  const [yes, no] = [ctx.join(), ctx.join()];
  const condition = argument(ctx, node);
  const given = node.arguments[1];
  const value = given && lowerInt(ctx, given);
  if (value && value.literal === undefined) return refuse("AC1007", given, "the code of an assertion is a constant");
  lowerCondition(ctx, condition, yes, no);
  ctx.enter(no);
  if (ctx.reachable) {
    const code = value?.literal === undefined ? {} : { code: Number(value.literal) };
    const fault = ctx.b.addFault({ kind: "assert", message: `assertion failed: ${condition.getText()}`, span: spanOf(node), ...code });
    ctx.releaseTo(0);
    ctx.b.stop("FAULT", fault);
    ctx.dead();
  }
  ctx.enter(yes);
  return { kind: "void" };
}
