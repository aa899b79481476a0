/**
 * The host of an engine: what performs system calls for engines that run outside the kernel and for the interpreters.
 * Two implementations exist: the real one (koffi, kernel/user-engine) and a scripted one (test/support) with in-memory
 * files, injected errors and short reads. The contract below is all an engine may rely on.
 */
import type { OpRow } from "./syscalls.ts";

/**
 * One argument per ArgSpec of the row: integers as bigint (sign- or zero-extended by the spec's type); paths, buffers,
 * structs and `err` as views of the program's own memory (a `path` view ends at the first NUL or at its length);
 * a handle as the number the host gave out; null for an absent optional struct.
 */
export type HostArg = bigint | Uint8Array | null;

export interface Host {
  /**
   * Performs one operation. Returns the result as the row's type (negative errno for failures). For rows whose result
   * is a handle: a positive number, or 0n after writing -errno (i32, little endian) to the `err` view.
   */
  call(row: OpRow, args: readonly HostArg[]): bigint;
}

/** Bytes of a path argument up to its first NUL. */
export function pathBytes(view: Uint8Array): Uint8Array {
  const end = view.indexOf(0);
  return end < 0 ? view : view.subarray(0, end);
}
