/**
 * Structs that system-call rows read and write, in OUR layout (natural C layout of the TypeScript interface).
 * It is not the kernel's uapi layout: each engine converts. The typed declarations users see come from here.
 */
import { INT, type StructType, structType } from "./boundary.ts";

const Timespec = structType("Timespec", [
  { name: "sec", type: INT.i64 },
  { name: "nsec", type: INT.i64 },
]);

const Stat = structType("Stat", [
  { name: "dev", type: INT.u64 },
  { name: "ino", type: INT.u64 },
  { name: "mode", type: INT.u32 },
  { name: "nlink", type: INT.u32 },
  { name: "uid", type: INT.u32 },
  { name: "gid", type: INT.u32 },
  { name: "size", type: INT.i64 },
  { name: "blocks", type: INT.u64 },
  { name: "mtime", type: Timespec },
]);

const Itimerspec = structType("Itimerspec", [
  { name: "interval", type: Timespec },
  { name: "value", type: Timespec },
]);

/** Two descriptors. */
const Pair = structType("Pair", [
  { name: "first", type: INT.i32 },
  { name: "second", type: INT.i32 },
]);

export const STRUCTS = { Timespec, Stat, Itimerspec, Pair } as const satisfies Record<string, StructType>;
export type StructName = keyof typeof STRUCTS;

/** C names of the same structs in kfunc prototypes and in BTF. */
export const STRUCT_C_NAMES: Record<StructName, string> = { Timespec: "anycall_timespec", Stat: "anycall_stat", Itimerspec: "anycall_itimerspec", Pair: "anycall_pair" };
