/**
 * Integer operators: result types, ranges, and the IR they become. The exact rules of the language: arithmetic in 64
 * bits, bitwise operators after promotion to 32 bits, comparisons mathematical, narrowing only where stored.
 */
import type ts from "typescript";
import type { BinaryFn, Predicate, ValueId } from "../../ir/types.ts";
import { diagnosticAt, refuse } from "../diagnostics.ts";
import type { Lowering } from "../lower/context.ts";
import type { BoolValue, IntValue } from "../values.ts";
import { decide, hull, I64_MAX, I64_MIN, type Range, rangeOfType, type Relation, U64_MAX, within } from "./ranges.ts";
import { type IntType, sameType, typeName } from "./types.ts";

export const I64: IntType = { kind: "int", bits: 64, signed: true };
export const U64: IntType = { kind: "int", bits: 64, signed: false };
export const U32: IntType = { kind: "int", bits: 32, signed: false };
export const U8: IntType = { kind: "int", bits: 8, signed: false };
export const I32: IntType = { kind: "int", bits: 32, signed: true };

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";
export type BitwiseOperator = "&" | "|" | "^";
export type ShiftOperator = "<<" | ">>" | ">>>";
export type IntOperator = ArithmeticOperator | BitwiseOperator | ShiftOperator;

/** A constant with literal typing. */
export function literal(ctx: Lowering, value: bigint, node: ts.Node): IntValue {
  if (value < I64_MIN || value > U64_MAX) refuse("AC2002", node, `${value} does not fit 64 bits`);
  return { kind: "int", type: value > I64_MAX ? U64 : I64, id: ctx.b.const(value), range: { min: value, max: value }, literal: value };
}

/** A constant of a type. */
export function constant(ctx: Lowering, value: bigint, type: IntType = I64): IntValue {
  return { kind: "int", type, id: ctx.b.const(value), range: { min: value, max: value } };
}

/** An SSA value of a type. */
export function typed(id: ValueId, type: IntType, range: Range = rangeOfType(type)): IntValue {
  return { kind: "int", type, id, range };
}

/** `value` as `type`: narrowing wraps, a literal must fit. */
export function convert(ctx: Lowering, value: IntValue, type: IntType, node: ts.Node): IntValue {
  if (value.literal !== undefined) {
    if (!within(value.range, rangeOfType(type))) refuse("AC2002", node, `${value.literal} does not fit ${typeName(type)} (${rangeOfType(type).min} to ${rangeOfType(type).max})`);
    return { kind: "int", type, id: ctx.b.const(value.literal), range: value.range };
  }
  return wrap(ctx, value, type);
}

/** The low bits of `value` as `type`. */
export function wrap(ctx: Lowering, value: IntValue, type: IntType): IntValue {
  const range = ctx.rangeOf(value);
  if (within(range, rangeOfType(type))) return { kind: "int", type, id: value.id, range };
  if (type.bits === 64) return typed(value.id, type);
  const known = ctx.b.constantOf(value.id);
  if (known !== undefined) {
    const wrapped = type.signed ? BigInt.asIntN(type.bits, known) : BigInt.asUintN(type.bits, known);
    return constant(ctx, wrapped, type);
  }
  return typed(ctx.b.ext(value.id, type.bits, type.signed), type);
}

/** A literal without context is i64 (u64 where it needs to be). */
export function settle(value: IntValue): IntValue {
  return value.literal === undefined ? value : { kind: "int", type: value.type, id: value.id, range: value.range };
}

export function isU64(type: IntType): boolean {
  return type.bits === 64 && !type.signed;
}

function fitsType(value: IntValue, type: IntType): boolean {
  return within(value.range, rangeOfType(type));
}

export function operate(ctx: Lowering, operator: IntOperator, a: IntValue, b: IntValue, node: ts.Node): IntValue {
  if (a.literal !== undefined && b.literal !== undefined) return literal(ctx, foldLiterals(operator, a.literal, b.literal), node);
  if (operator === "<<" || operator === ">>" || operator === ">>>") return shift(ctx, operator, a, b);
  if (operator === "&" || operator === "|" || operator === "^") return bitwise(ctx, operator, a, b);
  return arithmetic(ctx, operator, a, b, node);
}

function foldLiterals(operator: IntOperator, a: bigint, b: bigint): bigint {
  const wide = a > I64_MAX || b > I64_MAX;
  const bits = (value: bigint) => (wide ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value));
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return b === 0n ? 0n : a / b;
    case "%":
      return b === 0n ? a : a % b;
    case "&":
      return bits(a & b);
    case "|":
      return bits(a | b);
    case "^":
      return bits(a ^ b);
    case "<<":
      return bits(a << (b & 63n));
    case ">>":
      return a >> (b & 63n);
    case ">>>":
      return BigInt.asUintN(64, a) >> (b & 63n);
  }
}

// ---- + - * / % -------------------------------------------------------------------------------------------------------

function arithmetic(ctx: Lowering, operator: ArithmeticOperator, a: IntValue, b: IntValue, node: ts.Node): IntValue {
  const type = isU64(a.type) || isU64(b.type) ? U64 : I64;
  const [ra, rb] = [ctx.rangeOf(a), ctx.rangeOf(b)];
  if (type === U64) {
    for (const [operand, range] of [[a, ra], [b, rb]] as const) {
      if (range.min < 0n) {
        refuse("AC2003", node, operand.literal === undefined ? `a ${typeName(operand.type)} that may be negative is combined with a u64` : `${operand.literal} is combined with a u64`);
      }
    }
  }
  if ((operator === "/" || operator === "%") && rb.min === 0n && rb.max === 0n) {
    ctx.module.diagnostics.push(diagnosticAt("AC2011", node, operator === "/" ? "division by zero gives 0" : "modulo by zero gives the dividend"));
  }
  const fns: Record<ArithmeticOperator, BinaryFn> = { "+": "add", "-": "sub", "*": "mul", "/": type.signed ? "sdiv" : "udiv", "%": type.signed ? "smod" : "umod" };
  const range = arithmeticRange(operator, ra, rb);
  const full = rangeOfType(type);
  return typed(ctx.b.bin(fns[operator], a.id, b.id), type, range && within(range, full) ? range : full);
}

function arithmeticRange(operator: ArithmeticOperator, a: Range, b: Range): Range | undefined {
  switch (operator) {
    case "+":
      return { min: a.min + b.min, max: a.max + b.max };
    case "-":
      return { min: a.min - b.max, max: a.max - b.min };
    case "*": {
      const products = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
      return { min: products.reduce((x, y) => (x < y ? x : y)), max: products.reduce((x, y) => (x > y ? x : y)) };
    }
    case "/":
      return a.min >= 0n && b.min >= 0n ? { min: 0n, max: a.max } : undefined;
    case "%":
      return a.min >= 0n && b.min > 0n ? { min: 0n, max: a.max < b.max - 1n ? a.max : b.max - 1n } : a.min >= 0n && b.min >= 0n ? { min: 0n, max: a.max } : undefined;
  }
}

// ---- & | ^ ~ ---------------------------------------------------------------------------------------------------------

/** At least 32 bits: u8 and u16 become u32, i8 and i16 become i32. */
function promote(type: IntType): IntType {
  return type.bits >= 32 ? type : { kind: "int", bits: 32, signed: type.signed };
}

function bitwise(ctx: Lowering, operator: BitwiseOperator, a: IntValue, b: IntValue): IntValue {
  const type = bitwiseType(a, b);
  const fn = operator === "&" ? "and" : operator === "|" ? "or" : "xor";
  const [ra, rb] = [ctx.rangeOf(a), ctx.rangeOf(b)];
  const range = bitwiseRange(operator, ra, rb);
  const id = ctx.b.bin(fn, a.id, b.id);
  if (range) return typed(id, type, range);
  // Operands are extended by their own signs: mixed signs leave the high half to be cleaned.
  const clean = type.bits === 64 || (promote(a.type).signed === promote(b.type).signed && a.literal === undefined && b.literal === undefined);
  return typed(clean ? id : ctx.b.ext(id, 32, type.signed), type);
}

function bitwiseType(a: IntValue, b: IntValue): IntType {
  if (a.literal !== undefined) return bitwiseLiteral(b, a);
  if (b.literal !== undefined) return bitwiseLiteral(a, b);
  const [x, y] = [promote(a.type), promote(b.type)];
  if (x.bits !== y.bits) return x.bits > y.bits ? x : y;
  return x.signed && y.signed ? x : { kind: "int", bits: x.bits, signed: false };
}

/** A literal takes the type of the other operand where it fits, else i64 (u64 when beyond). */
function bitwiseLiteral(other: IntValue, value: IntValue): IntType {
  const type = promote(other.type);
  if (fitsType(value, type)) return type;
  return isU64(type) || isU64(value.type) ? U64 : I64;
}

function bitwiseRange(operator: BitwiseOperator, a: Range, b: Range): Range | undefined {
  if (operator === "&" && (a.min >= 0n || b.min >= 0n)) {
    const bounds = [a, b].filter((range) => range.min >= 0n).map((range) => range.max);
    const max = bounds.reduce((x, y) => (x < y ? x : y));
    return max <= I64_MAX ? { min: 0n, max } : undefined;
  }
  if (a.min < 0n || b.min < 0n) return undefined;
  const larger = a.max > b.max ? a.max : b.max;
  const max = (1n << BigInt(larger.toString(2).length)) - 1n;
  return max <= I64_MAX ? { min: 0n, max } : undefined;
}

/** `~x`: in the promoted type. */
export function complement(ctx: Lowering, value: IntValue, node: ts.Node): IntValue {
  if (value.literal !== undefined) return literal(ctx, value.type.signed ? ~value.literal : U64_MAX ^ value.literal, node);
  const type = promote(value.type);
  return typed(ctx.b.bin("xor", value.id, ctx.b.const(type.bits === 32 && !type.signed ? 0xffff_ffffn : -1n)), type);
}

/** `-x`: as `0 - x`. */
export function negate(ctx: Lowering, value: IntValue, node: ts.Node): IntValue {
  if (value.literal !== undefined) return literal(ctx, -value.literal, node);
  return arithmetic(ctx, "-", literal(ctx, 0n, node), value, node);
}

// ---- << >> >>> -------------------------------------------------------------------------------------------------------

function shift(ctx: Lowering, operator: ShiftOperator, a: IntValue, b: IntValue): IntValue {
  const left = promote(a.type);
  const type: IntType = operator === ">>>" ? { kind: "int", bits: left.bits, signed: false } : left;
  const width = left.bits === 64 ? 64 : 32;
  const fn: BinaryFn = operator === "<<" ? "shl" : operator === ">>" && left.signed ? "ashr" : "lshr";
  const id = ctx.b.bin(fn, a.id, b.id, width);
  const range = shiftRange(operator, ctx.rangeOf(a), ctx.rangeOf(b), type);
  // 32-bit operations clear the high half: a signed result is extended again.
  if (range) return typed(id, type, range);
  return typed(width === 32 && type.signed ? ctx.b.ext(id, 32, true) : id, type);
}

/** For non-negative values shifted by a known count without loss. */
function shiftRange(operator: ShiftOperator, a: Range, b: Range, type: IntType): Range | undefined {
  if (a.min < 0n) return undefined;
  const full = rangeOfType(type);
  const max = full.max < I64_MAX ? full.max : I64_MAX;
  const known = b.min === b.max ? b.min & BigInt(type.bits - 1) : undefined;
  if (operator === "<<") {
    return known !== undefined && a.max << known <= max ? { min: a.min << known, max: a.max << known } : undefined;
  }
  if (known !== undefined) return { min: a.min >> known, max: a.max >> known };
  return a.max <= max ? { min: 0n, max: a.max } : undefined;
}

// ---- Comparisons -----------------------------------------------------------------------------------------------------

const SIGNED: Record<Relation, Predicate> = { "==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge" };
const UNSIGNED: Record<Relation, Predicate> = { "==": "eq", "!=": "ne", "<": "ult", "<=": "ule", ">": "ugt", ">=": "uge" };

/** Mathematical comparison, whatever the signs. */
export function compare(ctx: Lowering, relation: Relation, a: IntValue, b: IntValue): BoolValue {
  const [ra, rb] = [ctx.rangeOf(a), ctx.rangeOf(b)];
  const constants = ctx.b.constantOf(a.id) !== undefined && ctx.b.constantOf(b.id) !== undefined;
  if (constants && ra.min === ra.max && rb.min === rb.max) return { kind: "bool", id: ctx.b.const(decide(ra, relation, rb) ? 1n : 0n) };
  const id = emitCompare(ctx, relation, a, b, ra, rb);
  ctx.noteCompare(id, a, relation, b);
  return { kind: "bool", id };
}

function emitCompare(ctx: Lowering, relation: Relation, a: IntValue, b: IntValue, ra: Range, rb: Range): ValueId {
  const both = hull(ra, rb);
  if (both.min >= 0n) return ctx.b.cmp(a.type.signed && b.type.signed ? (both.max <= I64_MAX ? SIGNED[relation] : UNSIGNED[relation]) : UNSIGNED[relation], a.id, b.id);
  if (both.max <= I64_MAX) return ctx.b.cmp(SIGNED[relation], a.id, b.id);
  // One is a u64 beyond the signed range, the other may be negative: then it is the smaller one, whatever its bits.
  const other = ra.max > I64_MAX ? b : a;
  const unsigned = ctx.b.cmp(UNSIGNED[relation], a.id, b.id);
  const whenNegative = decide(other === b ? { min: 0n, max: 0n } : { min: -1n, max: -1n }, relation, other === b ? { min: -1n, max: -1n } : { min: 0n, max: 0n });
  const zero = ctx.b.const(0n);
  return whenNegative
    ? ctx.b.bin("or", ctx.b.cmp("slt", other.id, zero), unsigned)
    : ctx.b.bin("and", ctx.b.cmp("sge", other.id, zero), unsigned);
}

// ---- Merging ---------------------------------------------------------------------------------------------------------

/** The type of a value that is one of several; undefined when no type holds all of them. */
export function commonType(values: readonly IntValue[]): IntType | undefined {
  const settled = values.filter((value) => value.literal === undefined);
  if (settled.length === 0) return values.some((value) => isU64(value.type)) ? (values.some((value) => value.range.min < 0n) ? undefined : U64) : I64;
  const candidates = settled.map((value) => value.type);
  const first = candidates.find((type) => values.every((value) => (value.literal === undefined ? sameType(value.type, type) || within(rangeOfType(value.type), rangeOfType(type)) : fitsType(value, type))));
  if (first) return first;
  if (candidates.some(isU64)) return values.every((value) => value.range.min >= 0n) ? U64 : undefined;
  return I64;
}
