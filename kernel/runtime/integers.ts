/**
 * Integers at the boundary: arguments are checked and never wrapped, results are numbers while numbers are exact. Owns the
 * checks and the bytes of one integer.
 */
import type { BoundaryType } from "../abi/boundary.ts";
import { coded } from "../errors.ts";

export type IntType = Extract<BoundaryType, { kind: "int" }>;

const WORD = 2 ** 32;

/** `u32`, `i64`. */
export function intName({ bits, signed }: IntType): string {
  return `${signed ? "i" : "u"}${bits}`;
}

function limits({ bits, signed }: IntType): readonly [low: bigint, high: bigint] {
  return signed ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n] : [0n, (1n << BigInt(bits)) - 1n];
}

/**
 * A function that gives the value if it is an integer of the type. RangeError AC4016: a fraction, out of range, or a number
 * beyond 2^53, which may have been rounded before it came here. TypeError AC4021: no number. `what` names it in messages.
 */
export function intCheck(type: IntType, what: string): (value: unknown) => number | bigint {
  const [low, high] = limits(type);
  const [least, most] = type.bits === 64 ? [type.signed ? Number.MIN_SAFE_INTEGER : 0, Number.MAX_SAFE_INTEGER] : [Number(low), Number(high)];
  return (value) => {
    if (typeof value === "number") {
      if (value >= least && value <= most && Math.trunc(value) === value) return value;
      const problem = Number.isInteger(value) ? (value >= Number(low) && value <= Number(high) ? "is beyond 2^53: pass a bigint" : `is not in ${low} … ${high}`) : "is no integer";
      throw coded(new RangeError(`${what}: ${value} ${problem} (${intName(type)})`), "AC4016");
    }
    if (typeof value === "bigint") {
      if (value >= low && value <= high) return value;
      throw coded(new RangeError(`${what}: ${value} is not in ${low} … ${high} (${intName(type)})`), "AC4016");
    }
    throw coded(new TypeError(`${what}: ${value === null ? "null" : typeof value} is no ${intName(type)}`), "AC4021");
  };
}

/** Writes a checked integer into an 8-byte slot, extended to 64 bits. */
export function writeSlot(view: DataView, at: number, value: number | bigint): void {
  if (typeof value === "bigint") view.setBigInt64(at, BigInt.asIntN(64, value), true);
  else {
    view.setInt32(at, value, true);
    view.setInt32(at + 4, Math.floor(value / WORD), true);
  }
}

/** Writes a checked integer at its own width. */
export function writeInt(view: DataView, at: number, { bits }: IntType, value: number | bigint): void {
  switch (bits) {
    case 8:
      return view.setInt8(at, Number(value));
    case 16:
      return view.setInt16(at, Number(value), true);
    case 32:
      return view.setInt32(at, Number(value), true);
    case 64:
      return writeSlot(view, at, value);
  }
}

/**
 * Reads an integer at its own width (results in slots are extended, so their low bytes are the value). 64-bit ones are a bigint
 * if `big`, else a number; RangeError AC4018 where it would not be exact.
 */
export function readInt(view: DataView, at: number, type: IntType, big: boolean, what: string): number | bigint {
  switch (type.bits) {
    case 8:
      return type.signed ? view.getInt8(at) : view.getUint8(at);
    case 16:
      return type.signed ? view.getInt16(at, true) : view.getUint16(at, true);
    case 32:
      return type.signed ? view.getInt32(at, true) : view.getUint32(at, true);
    case 64: {
      if (big) return type.signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
      const high = type.signed ? view.getInt32(at + 4, true) : view.getUint32(at + 4, true);
      const value = high * WORD + view.getUint32(at, true);
      if (Number.isSafeInteger(value)) return value;
      const exact = type.signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
      throw coded(new RangeError(`${what}: ${exact} is beyond 2^53, where numbers are not exact; ask for a bigint`), "AC4018");
    }
  }
}
