// What works on elements, texts and values that may be null: results are computed independently in values.test.ts.
import { anycall, buffer, E, range, u32, zero, type Arr, type Result, type Str, type i64, u16, type u64, type u8 } from "anycall";

export const data = buffer(64);
interface Named { id: u32; name: Str<8>; other: Str<12> }
interface Head { size: u16; kind: u8 }
interface Grid { cells: Arr<u32, 6>; heads: Arr<Head, 3> }

// ---- Functions for each element ----
export const sumOfRange = anycall((n: u32): u64 => {
  let sum: u64 = 0;
  range(n).forEach((i) => { if (i % 3 === 0) return; sum += i; });
  return sum;
});
export const weighted = anycall((): i64 => {
  let sum: i64 = 0;
  data.forEach((byte, i) => { sum += byte * i; });
  return sum;
});
export const quantified = anycall((limit: u8): [boolean, boolean, i64, i64] => {
  const part = data.subarray(0, 16);
  return [part.some((byte) => byte > limit), part.every((byte) => byte > limit), part.findIndex((byte) => byte > limit), part.find((byte) => byte > limit) ?? -1];
});
export const reduced = anycall((seed: u32): [u32, i64] => {
  const hash: u32 = data.reduce((hash: u32, byte) => (hash ^ byte) * 16777619, seed);
  return [hash, [3, 5, 7].reduce((product, x) => product * x, 1)];
});
export const countedPairs = anycall((n: u32, limit: u32): u32 => {
  let found: u32 = 0;
  outer: for (const i of range(n)) {
    range(n).forEach((j) => { if (i * j === limit) found++; });
    if (found > 3) break outer;
  }
  return found;
});
export const filled = anycall((value: u32, at: u32): [u64, u32, u16] => {
  const grid = zero<Grid>();
  grid.cells.fill(value);
  if (at < grid.cells.length) grid.cells[at] = 1;
  const head = zero<Head>();
  head.size = 300;
  grid.heads.fill(head);
  head.size = 1;
  let sum: u64 = 0;
  grid.cells.forEach((cell) => { sum += cell; });
  return [sum, grid.cells[5], grid.heads[2].size];
});

// ---- Texts ----
export const order = anycall((a: string, b: string): [boolean, boolean, boolean, boolean] => [a < b, a <= b, a > b, a >= b]);
export const between = anycall((s: string): boolean => s >= "b" && s < "grün");
export const named = anycall((text: string): [u32, boolean, boolean, i64, u32] => {
  const it = zero<Named>();
  it.name = text;
  it.other = it.name;
  const { name } = it;
  return [it.name.length, it.name === text, name < "hello", it.other.indexOf("l"), data.put(it.other)];
});
export const renamed = anycall((it: Named): u32 => {
  if (it.name.startsWith("x")) it.name = "y";
  if (it.other) it.id++;
  return it.name.length;
});

// ---- Values that may be null ----
export const sizeAt = anycall((at: i64): i64 => data.as<Head>(at)?.size ?? -1);
export const kindAt = anycall((at: i64, kind: u8): [boolean, boolean] => [data.as<Head>(at)?.kind === kind, data.as<Head>(at)?.kind !== kind]);
export const byteIs = anycall((i: i64, byte: u8): boolean => data.at(i) === byte);
function first(n: u32): Head | null {
  return n > 3 ? null : data.as<Head>(n);
}
export const shortCircuit = anycall((n: u32): [i64, u32] => {
  let evaluated: u32 = 0;
  const next = (): u32 => { evaluated++; return 1; };
  const view = n > 5 ? null : data.subarray(n, 20);
  const found = view?.subarray(next()).at(0) ?? 1000;
  return [found + (first(n)?.kind ?? 0), evaluated];
});

// ---- Generic functions ----
function pick<T>(condition: boolean, yes: T, no: T): T {
  return condition ? yes : no;
}
function fold<T extends number>(values: readonly T[], f: (a: number, b: T) => number): number {
  let result = 0;
  for (const value of values) result = f(result, value);
  return result;
}
export const generic = anycall((a: u32, b: u32, swap: boolean): [u32, i64, boolean] => [pick(swap, b, a), fold([a, b, 7] as const, (x, y) => x * 2 + y), pick(!swap, true, false)]);

// ---- Results ----
function digits(s: string): Result<u32> {
  if (s.length === 0) return { ok: false, error: -E.INVAL };
  let value: u64 = 0;
  for (let i: u32 = 0; i < s.length; i++) {
    const digit = s.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return { ok: false, error: -E.INVAL };
    value = value * 10 + digit;
    if (value > 0xffff_ffff) return { ok: false, error: -E.RANGE };
  }
  return { ok: true, value: u32.wrap(value) };
}
export const parsed = anycall((s: string): Result<u32> => digits(s));
export const parsedTwice = anycall((a: string, b: string): Result<[u32, u64]> => {
  const x = digits(a);
  if (!x.ok) return x;
  const y = digits(b);
  if (!y.ok) return { ok: false, error: y.error };
  return { ok: true, value: [x.value, x.value * y.value] };
});
export const headResult = anycall((at: i64): Result<Head> => {
  const head = data.as<Head>(at);
  return head === null ? { ok: false, error: -E.FAULT } : { ok: true, value: head };
});
export const orElse = anycall((s: string, otherwise: i64): i64 => {
  const it = digits(s);
  return it.ok ? it.value : otherwise + it.error;
});

// ---- Classes as structs ----
class Counter {
  count: u32 = 0;
  step: u8;
  private readonly limit: u32 = 40;
  last: Head = { size: 0, kind: 0 };
  constructor(step: u8 = 2) {
    this.step = step;
  }
  add(times: u32): boolean {
    range(times).forEach((i) => {
      if (this.count < this.limit) this.count += this.step;
      this.last.size = u16.wrap(i);
    });
    return this.full();
  }
  full(): boolean {
    return this.count >= this.limit;
  }
  static readonly START = 3;
}
export const counted = anycall((step: u8, n: u32): [u32, boolean, u16, u32] => {
  const counter = new Counter(step);
  const other = new Counter();
  counter.add(Counter.START);
  const full = counter.add(n);
  if (!other.full()) other.add(1);
  return [counter.count, full, counter.last.size, other.count];
});
export const countOn = anycall((counter: Counter, n: u32): boolean => counter.add(n));
