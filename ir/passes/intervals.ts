/**
 * The numeric domain of the range analysis: a 64-bit int as a signed and an unsigned interval at once, each sharpening
 * the other. Owns transfer functions and refinement by comparisons; knows nothing about blocks. Every operation
 * over-approximates evaluate.ts, which a test checks exhaustively at small bounds and randomly at 64 bits.
 */
import type { BinaryFn, Predicate, Width } from "../types.ts";

/** Inclusive bounds: value ∈ [smin, smax] as signed and ∈ [umin, umax] as unsigned number. Never empty. */
export interface Range {
  readonly smin: bigint;
  readonly smax: bigint;
  readonly umin: bigint;
  readonly umax: bigint;
}

const S_MIN = -(1n << 63n);
const S_MAX = (1n << 63n) - 1n;
const U_MAX = (1n << 64n) - 1n;
const U32_MAX = (1n << 32n) - 1n;

/** Every int. */
export const FULL: Range = { smin: S_MIN, smax: S_MAX, umin: 0n, umax: U_MAX };
/** 0 or 1. */
export const BOOLEAN: Range = { smin: 0n, smax: 1n, umin: 0n, umax: 1n };

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const max = (a: bigint, b: bigint) => (a > b ? a : b);

/** Both intervals sharpened by each other; undefined when nothing is left. */
export function makeRange(smin: bigint, smax: bigint, umin: bigint, umax: bigint): Range | undefined {
  // Where one interval does not cross its own sign boundary it is an interval of the other kind too.
  if (smin >= 0n || smax < 0n) {
    umin = max(umin, BigInt.asUintN(64, smin));
    umax = min(umax, BigInt.asUintN(64, smax));
  }
  if (umax <= S_MAX || umin > S_MAX) {
    smin = max(smin, BigInt.asIntN(64, umin));
    smax = min(smax, BigInt.asIntN(64, umax));
    if (smin >= 0n || smax < 0n) {
      umin = max(umin, BigInt.asUintN(64, smin));
      umax = min(umax, BigInt.asUintN(64, smax));
    }
  }
  return smin > smax || umin > umax ? undefined : { smin, smax, umin, umax };
}

/** The range of one value in its signed form. */
export function constantRange(value: bigint): Range {
  const unsigned = BigInt.asUintN(64, value);
  return { smin: value, smax: value, umin: unsigned, umax: unsigned };
}

/** Signed bounds low … high. */
export function signedRange(low: bigint, high: bigint): Range {
  return makeRange(low, high, 0n, U_MAX)!;
}

/** Unsigned bounds low … high. */
export function unsignedRange(low: bigint, high: bigint): Range {
  return makeRange(S_MIN, S_MAX, low, high)!;
}

/** What an integer of so many bits holds, canonically extended. */
export function typeRange(bits: number, signed: boolean): Range {
  if (bits === 64) return FULL;
  return signed ? signedRange(-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n) : unsignedRange(0n, (1n << BigInt(bits)) - 1n);
}

/** The one value of a range, in signed form, or undefined. */
export function singleton(range: Range): bigint | undefined {
  return range.smin === range.smax ? range.smin : undefined;
}

export function sameRange(a: Range, b: Range): boolean {
  return a === b || (a.smin === b.smin && a.smax === b.smax && a.umin === b.umin && a.umax === b.umax);
}

/** Smallest range around both. */
export function joinRanges(a: Range, b: Range): Range {
  return a === b ? a : { smin: min(a.smin, b.smin), smax: max(a.smax, b.smax), umin: min(a.umin, b.umin), umax: max(a.umax, b.umax) };
}

/** What is in both, or undefined. */
export function intersectRanges(a: Range, b: Range): Range | undefined {
  return a === b ? a : makeRange(max(a.smin, b.smin), min(a.smax, b.smax), max(a.umin, b.umin), min(a.umax, b.umax));
}

/** Bounds that grew from `before` to `after` go to their extremes, so that a loop's ranges settle. */
export function widenRange(before: Range, after: Range): Range {
  return makeRange(
    after.smin < before.smin ? S_MIN : after.smin,
    after.smax > before.smax ? S_MAX : after.smax,
    after.umin < before.umin ? 0n : after.umin,
    after.umax > before.umax ? U_MAX : after.umax,
  )!;
}

/** Bounds in the user's terms: `0 … 65535`; unsigned only where the signed interval says nothing. */
export function formatRange(range: Range): string {
  const value = singleton(range);
  if (value !== undefined) return String(value);
  if (range.smin === S_MIN && range.smax === S_MAX) {
    return range.umin === 0n && range.umax === U_MAX ? "any 64-bit number" : `${range.umin} … ${range.umax} (unsigned)`;
  }
  return `${range.smin === S_MIN ? "-2^63" : range.smin} … ${range.smax === S_MAX ? "2^63-1" : range.smax}`;
}

// ---- Transfer functions --------------------------------------------------------------------------------------------

/** The ranges that the low `width` bits have as signed and as unsigned numbers of that width. */
function lowBits(range: Range, width: Width): Range {
  if (width === 64) return range;
  const unsigned = range.umax <= U32_MAX;
  const signed = range.smin >= -(1n << 31n) && range.smax < 1n << 31n;
  // Where the sign bit of the half is constant, one interval gives the other.
  let [umin, umax] = unsigned ? [range.umin, range.umax] : [0n, U32_MAX];
  let [smin, smax] = signed ? [range.smin, range.smax] : [-(1n << 31n), (1n << 31n) - 1n];
  if (smin >= 0n || smax < 0n) {
    umin = max(umin, BigInt.asUintN(32, smin));
    umax = min(umax, BigInt.asUintN(32, smax));
  }
  if (umax < 1n << 31n || umin >= 1n << 31n) {
    smin = max(smin, BigInt.asIntN(32, umin));
    smax = min(smax, BigInt.asIntN(32, umax));
  }
  return { smin, smax, umin, umax };
}

interface Bounds {
  /** Mathematical bounds of the signed result; undefined: unknown. */
  readonly s?: readonly [bigint, bigint] | undefined;
  /** Of the unsigned result. */
  readonly u?: readonly [bigint, bigint] | undefined;
}

/** Range of `a fn b`. */
export function binaryRange(fn: BinaryFn, width: Width, a: Range, b: Range): Range {
  const bounds = computeBounds(fn, width, lowBits(a, width), lowBits(b, width));
  const limit = 1n << BigInt(width);
  const u = bounds.u && fitUnsigned(bounds.u, limit);
  const s = bounds.s && fitSigned(bounds.s, limit);
  if (width === 64) return makeRange(s?.[0] ?? S_MIN, s?.[1] ?? S_MAX, u?.[0] ?? 0n, u?.[1] ?? U_MAX) ?? FULL;
  // A 32-bit result is zero-extended: only its unsigned bounds count, which a signed interval of one sign gives too.
  let [low, high] = u ?? [0n, U32_MAX];
  if (s && (s[0] >= 0n || s[1] < 0n)) {
    low = max(low, BigInt.asUintN(32, s[0]));
    high = min(high, BigInt.asUintN(32, s[1]));
  }
  return low > high ? typeRange(32, false) : unsignedRange(low, high);
}

/** Bounds modulo `limit`, if all of them wrap the same number of times. */
function fitUnsigned([low, high]: readonly [bigint, bigint], limit: bigint): readonly [bigint, bigint] | undefined {
  if (low >= 0n && high < limit) return [low, high];
  if (low >= limit && high < 2n * limit) return [low - limit, high - limit];
  if (low >= -limit && high < 0n) return [low + limit, high + limit];
  return undefined;
}

function fitSigned([low, high]: readonly [bigint, bigint], limit: bigint): readonly [bigint, bigint] | undefined {
  const half = limit / 2n;
  return low >= -half && high < half ? [low, high] : undefined;
}

function corners(fn: (x: bigint, y: bigint) => bigint, a: Range, b: Range): [bigint, bigint] {
  const values = [fn(a.smin, b.smin), fn(a.smin, b.smax), fn(a.smax, b.smin), fn(a.smax, b.smax)];
  return [values.reduce(min), values.reduce(max)];
}

/** All ones up to the highest bit of `value`. */
function onesUpTo(value: bigint): bigint {
  return value === 0n ? 0n : (1n << BigInt(value.toString(2).length)) - 1n;
}

function computeBounds(fn: BinaryFn, width: Width, a: Range, b: Range): Bounds {
  switch (fn) {
    case "add":
      return { s: [a.smin + b.smin, a.smax + b.smax], u: [a.umin + b.umin, a.umax + b.umax] };
    case "sub":
      return { s: [a.smin - b.smax, a.smax - b.smin], u: [a.umin - b.umax, a.umax - b.umin] };
    case "mul":
      return { s: corners((x, y) => x * y, a, b), u: [a.umin * b.umin, a.umax * b.umax] };
    case "udiv":
      return { u: b.umin > 0n ? [a.umin / b.umax, a.umax / b.umin] : [0n, a.umax] };
    case "umod":
      if (b.umin > a.umax) return { u: [a.umin, a.umax] };
      return { u: [0n, b.umin > 0n ? min(a.umax, b.umax - 1n) : a.umax] };
    case "sdiv":
      return { s: signedQuotient(a, b) };
    case "smod":
      return { s: signedRemainder(a, b) };
    case "and":
      return { u: [0n, min(a.umax, b.umax)] };
    case "or":
      return { u: [max(a.umin, b.umin), onesUpTo(max(a.umax, b.umax))] };
    case "xor":
      return { u: [0n, onesUpTo(max(a.umax, b.umax))] };
    case "shl":
    case "lshr":
    case "ashr":
      return shiftBounds(fn, width, a, b);
  }
}

function signedQuotient(a: Range, b: Range): [bigint, bigint] {
  // A divisor that can't be 0 keeps its sign, so that the extremes are at the corners; 0 gives 0, others shrink.
  if (b.smin > 0n || b.smax < 0n) return corners((x, y) => x / y, a, b);
  const bound = max(abs(a.smin), abs(a.smax));
  return [-bound, bound];
}

function signedRemainder(a: Range, b: Range): [bigint, bigint] {
  const canBeZero = b.smin <= 0n && b.smax >= 0n;
  const limit = max(abs(b.smin), abs(b.smax)) - 1n;
  const low = a.smin < 0n ? (canBeZero ? a.smin : max(a.smin, -limit)) : 0n;
  const high = a.smax > 0n ? (canBeZero ? a.smax : min(a.smax, limit)) : 0n;
  return [low, high];
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function shiftBounds(fn: "shl" | "lshr" | "ashr", width: Width, a: Range, b: Range): Bounds {
  // Counts are masked: only an interval below the width says something about the masked count.
  const exact = b.umax < BigInt(width);
  const [low, high] = exact ? [b.umin, b.umax] : [0n, BigInt(width - 1)];
  switch (fn) {
    case "shl":
      return {
        u: [a.umin << low, a.umax << high],
        s: [min(a.smin << low, a.smin << high), max(a.smax << low, a.smax << high)],
      };
    case "lshr":
      return { u: [a.umin >> high, a.umax >> low] };
    case "ashr":
      return { s: [min(a.smin >> low, a.smin >> high), max(a.smax >> low, a.smax >> high)] };
  }
}

/** Range of the low `from` bits, extended. */
export function extendRange(from: 8 | 16 | 32, signed: boolean, a: Range): Range {
  const type = typeRange(from, signed);
  return (signed ? a.smin >= type.smin && a.smax <= type.smax : a.umax <= type.umax) ? a : type;
}

// ---- Comparisons ---------------------------------------------------------------------------------------------------

/** What `a pred b` is for every pair of values, or undefined. */
export function decideCompare(pred: Predicate, width: Width, a: Range, b: Range): boolean | undefined {
  const x = lowBits(a, width);
  const y = lowBits(b, width);
  switch (pred) {
    case "eq":
    case "ne": {
      const equal = x.umax < y.umin || y.umax < x.umin || x.smax < y.smin || y.smax < x.smin ? false : isOneAndSame(x, y) ? true : undefined;
      return equal === undefined ? undefined : equal === (pred === "eq");
    }
    case "ult":
      return x.umax < y.umin ? true : x.umin >= y.umax ? false : undefined;
    case "ule":
      return x.umax <= y.umin ? true : x.umin > y.umax ? false : undefined;
    case "ugt":
      return decideCompare("ult", width, b, a);
    case "uge":
      return decideCompare("ule", width, b, a);
    case "slt":
      return x.smax < y.smin ? true : x.smin >= y.smax ? false : undefined;
    case "sle":
      return x.smax <= y.smin ? true : x.smin > y.smax ? false : undefined;
    case "sgt":
      return decideCompare("slt", width, b, a);
    case "sge":
      return decideCompare("sle", width, b, a);
  }
}

function isOneAndSame(a: Range, b: Range): boolean {
  return a.umin === a.umax && b.umin === b.umax && a.umin === b.umin;
}

/**
 * Ranges of both operands where `a pred b` holds; undefined when it can't. 32-bit comparisons refine only operands whose
 * upper halves are known to be the extension that the comparison means.
 */
export function refineCompare(pred: Predicate, width: Width, a: Range, b: Range): { a: Range; b: Range } | undefined {
  if (decideCompare(pred, width, a, b) === false) return undefined;
  if (width === 32) {
    const fits = pred.startsWith("s")
      ? (range: Range) => range.smin >= -(1n << 31n) && range.smax < 1n << 31n
      : (range: Range) => range.umax <= U32_MAX;
    if (!fits(a) || !fits(b)) return { a, b };
  }
  const refined = refineByPredicate(pred, a, b);
  return refined.a && refined.b ? { a: refined.a, b: refined.b } : undefined;
}

function refineByPredicate(pred: Predicate, a: Range, b: Range): { a: Range | undefined; b: Range | undefined } {
  switch (pred) {
    case "eq": {
      const both = intersectRanges(a, b);
      return { a: both, b: both };
    }
    case "ne":
      return { a: excluding(a, b), b: excluding(b, a) };
    case "ult":
      return {
        a: b.umax === 0n ? undefined : makeRange(a.smin, a.smax, a.umin, min(a.umax, b.umax - 1n)),
        b: makeRange(b.smin, b.smax, max(b.umin, a.umin + 1n), b.umax),
      };
    case "ule":
      return { a: makeRange(a.smin, a.smax, a.umin, min(a.umax, b.umax)), b: makeRange(b.smin, b.smax, max(b.umin, a.umin), b.umax) };
    case "slt":
      return { a: makeRange(a.smin, min(a.smax, b.smax - 1n), a.umin, a.umax), b: makeRange(max(b.smin, a.smin + 1n), b.smax, b.umin, b.umax) };
    case "sle":
      return { a: makeRange(a.smin, min(a.smax, b.smax), a.umin, a.umax), b: makeRange(max(b.smin, a.smin), b.smax, b.umin, b.umax) };
    case "ugt":
      return swapped("ult", a, b);
    case "uge":
      return swapped("ule", a, b);
    case "sgt":
      return swapped("slt", a, b);
    case "sge":
      return swapped("sle", a, b);
  }
}

function swapped(pred: Predicate, a: Range, b: Range): { a: Range | undefined; b: Range | undefined } {
  const result = refineByPredicate(pred, b, a);
  return { a: result.b, b: result.a };
}

/** `range` without the value of `other`, where that is one and at an end of an interval. */
function excluding(range: Range, other: Range): Range | undefined {
  const value = singleton(other);
  if (value === undefined) return range;
  const unsigned = BigInt.asUintN(64, value);
  return makeRange(
    range.smin === value ? range.smin + 1n : range.smin,
    range.smax === value ? range.smax - 1n : range.smax,
    range.umin === unsigned ? range.umin + 1n : range.umin,
    range.umax === unsigned ? range.umax - 1n : range.umax,
  );
}

