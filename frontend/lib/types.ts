/**
 * The types programs are written with. Types only: what they mean when compiled is the compiler's (frontend/types).
 *
 * Integer types are widening brands on `number`: by width only, so that natural programs pass tsc (u64 and i64 mix, a
 * u8 is a u32, a u32 is no u8); `unsigned` and `signed` keep the sign for the compiler.
 */
declare const width: unique symbol;
declare const unsigned: unique symbol;
declare const signed: unique symbol;
declare const capacity: unique symbol;

type Unsigned<W extends number> = number & { readonly [width]?: W; readonly [unsigned]?: true };
type Signed<W extends number> = number & { readonly [width]?: W; readonly [signed]?: true };

/** Unsigned, 8 bits: 0 … 255. */
export type u8 = Unsigned<8>;
/** Unsigned, 16 bits: 0 … 65,535. */
export type u16 = Unsigned<8 | 16>;
/** Unsigned, 32 bits: 0 … 4,294,967,295. */
export type u32 = Unsigned<8 | 16 | 32>;
/** Unsigned, 64 bits. In Node a number when it is safe, else a RangeError (`big(f)` gives bigint). */
export type u64 = Unsigned<8 | 16 | 32 | 64>;
/** Signed, 8 bits: -128 … 127. */
export type i8 = Signed<8>;
/** Signed, 16 bits: -32,768 … 32,767. */
export type i16 = Signed<8 | 16>;
/** Signed, 32 bits: -2,147,483,648 … 2,147,483,647. */
export type i32 = Signed<8 | 16 | 32>;
/** Signed, 64 bits. In Node a number when it is safe, else a RangeError (`big(f)` gives bigint). */
export type i64 = Signed<8 | 16 | 32 | 64>;

/** A file descriptor, or a negative error number. */
export type Fd = i32;
/** 0, or a negative error number: `-E.NOENT`. */
export type Errno = i32;
/** A path: a string, or bytes that end at the first NUL or at their length. */
export type Path = string | Bytes;
/** A value, or a negative error number. `unwrap` gives the value or throws. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Errno };

export interface Cast<T> {
  /** Checked: a value that does not fit ends the call with FAULT (a constant that does not fit is a compile-time error). */
  (x: number | bigint | boolean): T;
  /** The low bits of `x`. */
  wrap(x: number | bigint): T;
}

/** A string of at most N bytes, stored in place: for struct fields. */
export type Str<N extends number> = string & { readonly [capacity]?: { readonly [P in N | "max"]?: true } };

/** A fixed array of N elements, stored in place. */
export interface Arr<T, N extends number> extends ReadonlyArray<T> {
  readonly length: N;
  [i: number]: T;
  fill(v: T): unknown;
}

/** Bytes shared with the caller: a Uint8Array in Node. */
export interface Bytes extends Uint8Array {
  [i: number]: u8;
  /** A view; both ends are clamped, negative ones count from the end. */
  subarray(from?: number, to?: number): Bytes;
  /** Copies what fits of `s` to `at`; overlap is allowed. Returns the number of bytes copied. */
  put(s: string | Uint8Array, at?: number): i32;
  startsWith(s: string | Uint8Array): boolean;
  endsWith(s: string | Uint8Array): boolean;
  equals(s: string | Uint8Array): boolean;
  /** The bytes as a string, without a copy. */
  text(): string;
  /** The struct T at byte `at` (alignment does not matter), or null where it does not fit. */
  as<T extends object>(at?: number): T | null;
}

/** A stack of at most `max` values, in the call's frame. */
export interface Stack<T> {
  readonly length: u32;
  /** False when the stack is full. */
  push(v: T): boolean;
  pop(): T | null;
}

/** Rows of a struct, shared with the caller. */
export interface Table<T> extends Iterable<T> {
  readonly length: u32;
  at(i: number): T | null;
}

export interface HashMap<K, V> extends Iterable<readonly [key: K, value: V]> {
  get(k: K): V | null;
  set(k: K, v: V): Errno;
  init(k: K, v: V): V | null;
  add(k: K, n: V & number): Errno;
  has(k: K): boolean;
  delete(k: K): boolean;
}

export interface Ring<T> extends Iterable<T> {
  push(v: T): boolean;
}

type NumberFields<T> = { [K in keyof T]: T[K] extends number ? K : never }[keyof T];

export interface Atomic {
  add<T, K extends NumberFields<T>>(o: T, f: K, n: number): T[K];
  and<T, K extends NumberFields<T>>(o: T, f: K, n: number): T[K];
  or<T, K extends NumberFields<T>>(o: T, f: K, n: number): T[K];
  xor<T, K extends NumberFields<T>>(o: T, f: K, n: number): T[K];
  xchg<T, K extends NumberFields<T>>(o: T, f: K, n: number): T[K];
  cas<T, K extends NumberFields<T>>(o: T, f: K, old: number, n: number): T[K];
}

/** Integers from a start (inclusive) to an end (exclusive). */
export interface Range extends Iterable<u32> {
  forEach(f: (i: u32) => void): void;
}

/** What `anycall` accepts as a decorator: static methods only. */
// biome-ignore lint/suspicious/noExplicitAny: a constraint that every class and method meets
export type StaticMethod = ClassMethodDecoratorContext<any, any> & { readonly static: true };
