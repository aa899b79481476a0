/**
 * The calling convention, version 1 (docs/abi.md): where arguments, result and status live.
 *
 * A compiled program is BPF_PROG_TYPE_SYSCALL with an 8-byte context {u64 frame offset}. The object's one `.bss` map
 * holds, in order: the environment cell, the frames (one slot per calling thread or nesting level), the buffers.
 * The offset in the context counts from the first frame; the program refuses one beyond the last frame with FAULT.
 * The program's return value is the status, also stored in the frame.
 */

/** Version of this convention; an object carries it and the runtime refuses another. */
export const ABI_VERSION = 1;

/** Byte offsets inside a frame. Arguments follow at FRAME.args; strings, out-parameters and large locals after them. */
export const FRAME = {
  /** u32: one of STATUS. */
  status: 0,
  /** u32: what faulted, an index into the program's `faults` table in the metadata, +1 (0: none). */
  detail: 4,
  /** i64 or u64: a scalar result. */
  result: 8,
  /** u64: system calls executed, counted when the object was compiled with counting on. */
  calls: 16,
  args: 32,
} as const;

/** Bytes of the context: one u64, the frame's offset from the first frame. */
export const CONTEXT_SIZE = 8;

export const STATUS = {
  OK: 0,
  /** A loop's budget of rounds ran out. */
  EXHAUSTED: 1,
  /** Stopped from outside (tick, signal). */
  ABORTED: 2,
  /** A check that the compiler added, a checked cast or an assertion failed. */
  FAULT: 3,
} as const;
export type StatusName = keyof typeof STATUS;
export const STATUS_NAMES: readonly StatusName[] = ["OK", "EXHAUSTED", "ABORTED", "FAULT"];

/** Byte offsets inside the environment cell at the start of `.bss`, written by the loader before the first call. */
export const ENV = {
  /** u64: device of /proc/self/ns/pid in the kernel's own encoding (MKDEV, 20 bits of minor number). */
  pidnsDev: 0,
  /** u64: st_ino of /proc/self/ns/pid. */
  pidnsIno: 8,
  /** u64: 1 where the caller is in the initial pid namespace, whose ids a cheaper helper gives; 0 where that is not known. */
  initialPidns: 24,
  /** u64, always 0: a zero the kernel's verifier cannot see through, added to loop counters' initial values. */
  zero: 16,
  size: 64,
} as const;

/** Frames per instance: nesting depth or threads that may be inside one instance at a time. */
export const FRAME_SLOTS = 8;
/** Frames are a multiple of this many bytes. */
export const FRAME_ALIGN = 64;
/** Longest string argument in bytes, without terminator. */
export const STRING_MAX = 4095;

/** Rounds a loop may make in the interpreters before EXHAUSTED; the kernel's own limit for may_goto and iterators is 8 M. */
export const DEFAULT_ROUNDS = 1 << 23;
