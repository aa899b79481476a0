/** Strings at the boundary: UTF-8 in memory of fixed size. What can't be passed exactly is an error before anything runs. */
import { coded } from "../errors.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** With the flag u a surrogate in the pattern matches only one that has no partner. */
const LONE_SURROGATE = /[\uD800-\uDFFF]/u;

/**
 * Encodes `value` into `target` and returns the number of bytes. TypeError AC4021: no string; TypeError AC4017: a NUL or half a
 * surrogate pair; RangeError AC4017: more bytes than `target` holds. `what` names it in messages.
 */
export function encodeString(value: unknown, target: Uint8Array, what: string): number {
  if (typeof value !== "string") throw coded(new TypeError(`${what}: ${value === null ? "null" : typeof value} is no string`), "AC4021");
  if (value.includes("\0")) throw coded(new TypeError(`${what}: the string has a NUL`), "AC4017");
  if (LONE_SURROGATE.test(value)) throw coded(new TypeError(`${what}: the string has half of a surrogate pair`), "AC4017");
  // A string of n code units has at least n bytes: a longer one need not be encoded to be refused.
  const { read, written } = value.length <= target.length ? encoder.encodeInto(value, target) : { read: 0, written: 0 };
  if (read < value.length) {
    const bytes = encoder.encode(value).length;
    throw coded(new RangeError(`${what}: the string has ${bytes} bytes, at most ${target.length} fit`), "AC4017");
  }
  return written;
}

/** The text of UTF-8 bytes; what is no UTF-8 becomes U+FFFD. */
export function decodeString(bytes: Uint8Array): string {
  // Copied, since a decoder may refuse memory that is shared.
  return decoder.decode(bytes.slice());
}

/** The text of a zero-padded field. */
export function decodePadded(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeString(end < 0 ? bytes : bytes.subarray(0, end));
}
