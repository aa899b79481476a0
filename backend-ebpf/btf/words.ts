/** Little-endian 32-bit words, of which every BTF record consists, and the blob put together from its parts. */
import { BTF_HEADER_SIZE, BTF_MAGIC, BTF_VERSION } from "./format.ts";

/** Writes `words` (taken modulo 2^32) at byte `at`. */
export function putWords(view: DataView, at: number, words: readonly number[]): void {
  for (const [i, word] of words.entries()) view.setUint32(at + i * 4, word >>> 0, true);
}

/** The words as bytes. */
export function packWords(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  putWords(new DataView(bytes.buffer), 0, words);
  return bytes;
}

/** The parts one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A whole BTF blob: header, encoded types, string section. */
export function assembleBtf(types: Uint8Array, strings: Uint8Array): Uint8Array {
  const header = [BTF_MAGIC | (BTF_VERSION << 16), BTF_HEADER_SIZE, 0, types.length, types.length, strings.length];
  return concatBytes([packWords(header), types, strings]);
}
