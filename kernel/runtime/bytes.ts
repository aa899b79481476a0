/** `Bytes` in Node: a Uint8Array on memory shared with programs, with the methods that the library adds to it. */
import { coded } from "../errors.ts";
import { decodeString } from "./strings.ts";

const encoder = new TextEncoder();
const bytesOf = (s: string | Uint8Array) => (typeof s === "string" ? encoder.encode(s) : s);

export class Bytes extends Uint8Array<ArrayBufferLike> {
  override subarray(from?: number, to?: number): Bytes {
    return super.subarray(from, to) as Bytes;
  }
  /** Copies what fits of `s` to `at`; the number of bytes copied. */
  put(s: string | Uint8Array, at = 0): number {
    if (!(at >= 0 && at < this.length)) return 0;
    const source = bytesOf(s);
    const part = source.subarray(0, Math.min(source.length, this.length - at));
    this.set(part, at);
    return part.length;
  }
  startsWith(s: string | Uint8Array): boolean {
    const part = bytesOf(s);
    return part.length <= this.length && equal(this.subarray(0, part.length), part);
  }
  endsWith(s: string | Uint8Array): boolean {
    const part = bytesOf(s);
    return part.length <= this.length && equal(this.subarray(this.length - part.length), part);
  }
  equals(s: string | Uint8Array): boolean {
    return equal(this, bytesOf(s));
  }
  text(): string {
    return decodeString(this);
  }
  /** Struct views exist in compiled functions only: types are gone when this runs. */
  as(): never {
    throw coded(new TypeError("as<T>() works in compiled functions; in Node read the bytes, or let a function return the struct"), "AC4021");
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
