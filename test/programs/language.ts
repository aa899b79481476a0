// One small function a rule of the language: results are computed independently in language.test.ts.
import { anycall, assert, buffer, global, i32, i64, max, min, range, stack, u16, u32, u64, u8, zero, type Arr, type Bytes, type i8, type i16 } from "anycall";

export const data = buffer(64);
const other = buffer(16);
export const hits = global<u64>(5);
const LIMIT = 10;
const TABLE = { first: 3, second: LIMIT * 2 } as const;
const enum Color { Red = 1, Green, Blue = 7 }
interface Pair { a: u8; b: u32 }
interface Word { half: u16; wide: u64 }

export const arithmetic = anycall((a: i64, b: i64): [i64, i64, i64, i64, i64] => [a + b, a - b, a * b, a / b, a % b]);
export const unsigned = anycall((a: u64, b: u64): [u64, u64, u64, u64, u64] => [a + b, a - b, a * b, a / b, a % b]);
export const small = anycall((a: u8, b: u8): [i64, i64, i64, boolean] => [a + b, a - b, a * b, a - b < 0]);
export const bits = anycall((a: u32, b: i32): [u32, u32, u32, u32, i32] => [a & b, a | b, a ^ b, ~a, ~b]);
export const shifts = anycall((a: u32, b: i32, n: u8): [u32, u32, u32, i32, i32, u32] => [a << n, a >> n, a >>> n, b << n, b >> n, b >>> n]);
export const wideShifts = anycall((a: u64, b: i64, n: u8): [u64, u64, i64, i64, u64] => [a << n, a >> n, b << n, b >> n, b >>> n]);
export const promoted = anycall((lo: u8, hi: u8): u32 => lo | (hi << 8));
export const mixed = anycall((a: u64, b: i64): [boolean, boolean, boolean, boolean, boolean, boolean] => [a < b, a <= b, a > b, a >= b, a === b, a !== b]);
export const narrow = anycall((a: i64): [u8, i8, u16, i16, u32, i32] => {
  let x: u8 = 0, y: i8 = 0, z: u16 = 0, v: i16 = 0, p: u32 = 0, q: i32 = 0;
  x += a; y += a; z += a; v += a; p += a; q += a;
  return [x, y, z, v, p, q];
});
export const casts = anycall((a: i64): u8 => u8(a));
export const wraps = anycall((a: i64): [u16, i32, u64] => [u16.wrap(a), i32.wrap(a), u64.wrap(a)]);
export const step = anycall((): [u8, u8, u8, u8] => {
  let a: u8 = 255, b: u8 = 0;
  const before = a++, after = --b;
  return [before, a, after, b];
});
export const literals = anycall((): [u64, i64, u64] => [u64(0xffff_ffff_ffff_fffen), -0x7fff_ffff_ffff_ffff, 0x1_0000_0000]);
export const constants = anycall((): i64 => LIMIT + TABLE.first * TABLE.second + Color.Blue + Color.Green);
export const extremes = anycall((a: i64, b: i64, c: i64): [i64, i64] => [min(a, b, c), max(a, b, c)]);
export const logic = anycall((a: i64, b: i64): [boolean, boolean, boolean, i64, i64] => [a > 0 && b > 0, a > 0 || b > 0, !(a > 0), a > b ? a : b, (a || b)]);

export const loops = anycall((n: u32): [u64, u64, u64, u64] => {
  let a: u64 = 0, b: u64 = 0, c: u64 = 0, d: u64 = 0;
  for (const i of range(n)) { if (i === 3) continue; if (i > 8) break; a += i; }
  let i: u32 = 0;
  do { b += i; i++; } while (i < n);
  outer: for (let x: u32 = 0; x < n; x++) for (let y: u32 = 0; y < n; y++) { if (y === 2) continue outer; if (x === 5) break outer; c++; }
  for (const k of [1, 2, 3] as const) { if (k === 2) continue; d += k * n; }
  return [a, b, c, d];
});
export const choose = anycall((n: i32): i64 => {
  let r: i64 = 0;
  switch (n) {
    case 1: r += 1;
    case 2: r += 2; break;
    case -3: return -3;
    default: r = 100;
    case 9: r += 9;
  }
  return r;
});

export const access = anycall((i: i64): u8 => data[i]);
export const store = anycall((i: u32, v: i64): void => { data[i] = u8.wrap(v); });
export const slicing = anycall((a: i64, b: i64): [u32, i64] => {
  const s = data.subarray(a, b);
  let sum: i64 = 0;
  for (const byte of s) sum += byte;
  return [s.length, sum];
});
export const searching = anycall((v: u8, from: i64): [i64, i64, boolean, boolean] => [data.indexOf(v, from), data.lastIndexOf(v), data.startsWith("ab"), data.subarray(0, 6).endsWith("ef")]);
export const filling = anycall((v: u8, from: i64, to: i64): void => { data.fill(v, from, to); });
export const moving = anycall((target: i64, from: i64, to: i64): void => { data.copyWithin(target, from, to); });
export const putting = anycall((s: string, at: i64): i64 => data.put(s, at));
export const setting = anycall((at: i64): void => { data.set(other, at); });
export const views = anycall((at: i64): [u16, u64] | null => {
  const w = data.as<Word>(at);
  if (w === null) return null;
  return [w.half, w.wide];
});
export const last = anycall((i: i64): i64 => data.at(i) ?? -1);
export const texts = anycall((s: string): [u32, boolean, boolean, boolean, i64, u8] => [s.length, s === "hello", s.startsWith("he"), s.endsWith("lo"), s.indexOf("l"), s.length > 0 ? s.charCodeAt(0) : 0]);
export const equalTexts = anycall((a: string, b: string): boolean => a === b);

export const structs = anycall((v: u32): [u8, u32, u32] => {
  const p = zero<Pair>();
  p.a = u8.wrap(v); p.b = v * 2;
  const q: Pair = { a: 1, b: p.b + 1 };
  const { b } = q;
  return [p.a, p.b, b];
});
interface Holder { values: Arr<u16, 4>; pair: Pair }
export const arrays = anycall((i: u32, v: u16): [u16, u16, i64] => {
  const h = zero<Holder>();
  h.values[i] = v;
  h.values[0] += 7;
  h.pair.b = 9;
  let sum: i64 = 0;
  for (const x of h.values) sum += x;
  return [h.values[0], h.values[3], sum + h.pair.b];
});
export const stacks = anycall((n: u32): [i64, i64, u32] => {
  const s = stack<i32>(4);
  let pushed: i64 = 0, sum: i64 = 0;
  for (const i of range(n)) if (s.push(i32(i) - 2)) pushed++;
  const top = s.pop();
  if (top !== null) sum += top * 100;
  for (let v = s.pop(); v !== null; v = s.pop()) sum += v;
  return [pushed, sum, s.length];
});
/** Values that a comparison has narrowed are stored in bytes, fields and elements. */
export const popped = anycall((n: u8): [u8, u32, u16] => {
  const s = stack<u8>(4), p = zero<Pair>(), h = zero<Holder>();
  for (const i of range(3)) s.push(u8.wrap(n + i));
  const a = s.pop(), b = s.pop(), c = s.pop();
  if (a === null || b === null || c === null) return [0, 0, 0];
  data[0] = a; p.b = b; h.values[1] = c;
  return [data[0], p.b, h.values[1]];
});
export const counter = anycall((by: u32): u64 => { hits.value += by; return hits.value; });
export const asserting = anycall((x: i64): i64 => { assert(x > 3, 42); return x; });

function divide(a: i64, b: i64): [i64, i64] | null { if (b === 0) return null; return [a / b, a % b]; }
const apply = <T>(f: (x: i64) => T, x: i64): T => f(x);
export const helpers = anycall((a: i64, b: i64): i64 => {
  const r = divide(a, b);
  if (r === null) return -1;
  let [q, m] = r;
  [q, m] = [m, q];
  return apply((x) => x * 10 + m, q);
});
function parse(bytes: Bytes, at: u32): [value: u64, next: u32] {
  let v: u64 = 0, i = at;
  while (i < bytes.length && bytes[i] >= 48 && bytes[i] <= 57) v = v * 10 + bytes[i++] - 48;
  return [v, i];
}
export const parsing = anycall((): [u64, u32] => {
  let [v, p] = parse(data, 0);
  [v, p] = parse(data, p + 1);
  return [v, p];
});
let order = 0;
void order;
export const evaluation = anycall((a: i64): i64 => {
  let x = a;
  const y = x++ * 10 + x++ * 100 + x;
  return y;
});
export const defaults = anycall((a: u32 = 7, flag: boolean = true): i64 => (flag ? a : 0));
