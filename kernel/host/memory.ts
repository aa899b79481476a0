/** Memory that native calls read and write: bytes at a fixed address, in which pointers are offsets. */
export interface NativeMemory {
  readonly bytes: Uint8Array;
  /** Address of `bytes[0]`. */
  readonly base: number;
}
