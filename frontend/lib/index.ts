/// <reference lib="esnext.disposable" />
/**
 * "anycall": what programs import. Types for the editor and the compiler, and what plain JavaScript does with them where
 * a program was not compiled: marked functions and system calls throw AC4001, the rest does the obvious thing.
 * Pulls in no compiler.
 */
import { inert, notCompiled, throwing } from "./not-compiled.ts";
import { sys as operations, type Sys as Operations } from "./sys.generated.ts";
import type { Atomic, Bytes, Fd, HashMap, Range, Ring, Stack, StaticMethod, Table, u32 } from "./types.ts";

export type { Arr, Atomic, Bytes, Cast, Errno, Fd, HashMap, Path, Range, Result, Ring, Stack, Str, Table } from "./types.ts";
export type { Dirent } from "./generated-types.ts";
export { i8, i16, i32, i64, u8, u16, u32, u64 } from "./casts.ts";
export {
  AT, CLOCK, type CopyOffsets, type DirectoryEntry, DT, E, EPOLL, type EpollEvent, F, FD, type File, type FileLock, type FutexWord, GRND, type Itimerspec, LIMIT, MSG, type NotOpened, O,
  type Opened, type Pair, S, SEEK, type SocketAddress, type SocketOption, type Stat, type Timespec,
} from "./sys.generated.ts";
export { unwrap } from "./unwrap.ts";

/** Operations that are drawn but not in the table yet: using one is a compile-time error that says so. */
export interface Planned {
  signalfd4(fd: Fd, flags: number): Fd;
}
export interface Sys extends Operations, Planned {}
export const sys: Sys = operations as Sys;

/**
 * Marks a function for compilation: `export const f = anycall((…) => …)`, or `@anycall` on a static method (standard and
 * experimental decorators). As plain JavaScript the function throws an Error with code AC4001.
 */
// biome-ignore lint/suspicious/noExplicitAny: a constraint that every function meets
export function anycall<F extends (...args: any[]) => unknown>(fn: F, context?: StaticMethod): F;
export function anycall(target: object, key: string | symbol, descriptor: PropertyDescriptor): void;
export function anycall(target: unknown, _context?: unknown, descriptor?: PropertyDescriptor): unknown {
  if (descriptor === undefined) return throwing(target as (...args: unknown[]) => unknown);
  descriptor.value = throwing(descriptor.value as (...args: unknown[]) => unknown);
  return undefined;
}

/** `size` zeroed bytes, shared with the caller without copies. At module level. */
export function buffer(size: number): Bytes {
  return new Uint8Array(size) as unknown as Bytes;
}
/** A value that outlives calls, shared with the caller as `.value`. At module level. */
export function global<T>(initial: T): { value: T } {
  return { value: initial };
}
/** A zeroed struct local to the call. */
export function zero<T extends object>(): T {
  throw notCompiled("zero");
}
/** A stack of at most `max` values, local to the call. */
export function stack<T>(max: number): Stack<T> {
  const values: T[] = [];
  return {
    get length() {
      return values.length as u32;
    },
    push: (v) => values.length < max && values.push(v) > 0,
    pop: () => values.pop() ?? null,
  };
}
/** `rows` rows of a struct, shared with the caller. At module level. */
export function table<T extends object>(_rows: number): Table<T> {
  return inert("table");
}
/** A hash map. At module level. */
export function hash<K, V>(_entries: number, _kind?: { readonly lru?: true; readonly perCpu?: true }): HashMap<K, V> {
  return inert("hash");
}
/** A ring buffer. At module level. */
export function ring<T extends object>(_bytes: number): Ring<T> {
  return inert("ring");
}
export const atomic: Atomic = inert("atomic");

/** The integers from `from` (0 by default) up to but not including `to`, every `step`th. */
export function range(to: number): Range;
export function range(from: number, to: number, step?: number): Range;
export function range(a: number, b?: number, step = 1): Range {
  const [from, to] = b === undefined ? [0, a] : [a, b];
  if (!(step > 0)) throw new RangeError("step must be positive");
  function* values(): Generator<u32> {
    for (let i = from; i < to; i += step) yield i as u32;
  }
  return {
    [Symbol.iterator]: values,
    forEach: (f) => {
      for (const i of values()) f(i);
    },
  };
}

/** Writes a line for the caller to read. */
export function log(_s: TemplateStringsArray, ..._v: readonly (number | boolean | string | Uint8Array)[]): void {
  throw notCompiled("log");
}
/** Ends the call with FAULT when `cond` is false; the error in Node carries `code`. */
export function assert(cond: unknown, code?: number): asserts cond {
  if (!cond) throw Object.assign(new Error("assertion failed"), code === undefined ? {} : { code });
}
export function min(a: number, b: number, ...more: number[]): number {
  return Math.min(a, b, ...more);
}
export function max(a: number, b: number, ...more: number[]): number {
  return Math.max(a, b, ...more);
}

/** Where a compiled function keeps its twin that gives bigint. */
const BIG = Symbol.for("anycall.big");
/** The same function with its result as bigint, exact over all 64 bits. */
export function big<A extends unknown[]>(f: (...a: A) => number): (...a: A) => bigint {
  const twin = (f as unknown as Record<symbol, unknown>)[BIG];
  return typeof twin === "function" ? (twin as (...a: A) => bigint) : (...a) => BigInt(f(...a));
}
