// Tables, maps, atomics, rings and log lines: results are computed independently in test/frontend/maps.test.ts.
import { anycall, atomic, hash, range, table, zero, type i32, type i64, type u16, type u32, type u64, type u8 } from "anycall";

interface Row { id: u32; tag: u8; size: u64 }
interface Slot { key: u32; hits: u32 }

export const rows = table<Row>(10);
const slots = table<Slot>(4);

export const rowAt = anycall((i: i64): i64 => {
  const row = rows.at(i);
  if (row === null) return -1;
  return row.size + row.tag;
});
export const setRow = anycall((i: u16, id: u32, tag: u8, size: u64): boolean => {
  const row = rows.at(i);
  if (row === null) return false;
  row.id = id;
  row.tag = tag;
  row.size = size;
  return true;
});
export const firstAndLast = anycall((): [u32, boolean, u32] => {
  const last = rows.at(rows.length - 1);
  const beyond = rows.at(10);
  const first = rows.at(0);
  if (first === null || last === null) return [0, false, 0];
  first.id = 1;
  last.id += 2;
  return [first.id, beyond === null, last.id];
});
export const sumRows = anycall((): [u64, u32] => {
  let sum: u64 = 0, n: u32 = 0;
  for (const row of rows) {
    if (row.tag === 0) continue;
    sum += row.size;
    n++;
  }
  return [sum, n];
});
/** Each row in its place by insertion: a row is live, so that the swaps are seen in the table. */
export const insertTop = anycall((key: u32, hits: u32): u32 => {
  let k = key, h = hits, moved: u32 = 0;
  for (const slot of slots) {
    if (slot.hits >= h) continue;
    [slot.key, slot.hits, k, h] = [k, h, slot.key, slot.hits];
    moved++;
  }
  return moved;
});
const sumOf = (row: Row) => row.id + row.tag;
export const bump = anycall((i: u32, by: u32): i64 => {
  const row = rows.at(i);
  if (!row) return -1;
  row.id += by;
  return sumOf(row);
});

interface Count { bytes: u64; hits: u32 }
interface Key { a: u8; b: u32 }
const counts = hash<u32, Count>(8);
const totals = hash<Key, u64>(4);
const recent = hash<u64, i32>(16, { lru: true });
const local = hash<u32, u64>(16, { perCpu: true });

/** What each call answers, and what is left, in a map that starts empty. */
export const mapResults = anycall((k: u32, v: u64): [i32, boolean, boolean, u64, i32, boolean, boolean, u64] => {
  const made = counts.set(k, { bytes: v, hits: 1 });
  const there = counts.has(k), other = counts.has(k + 1);
  const c = counts.get(k);
  if (c === null) return [made, there, other, 0, 0, false, false, 0];
  c.bytes += 5;
  c.hits++;
  const again = counts.set(k, { bytes: c.bytes * 2, hits: c.hits });
  // `set` wrote to the element that is there.
  const seen = c.bytes;
  return [made, there, other, seen, again, counts.delete(k), counts.delete(k), counts.get(k)?.bytes ?? 99];
});
export const mapFull = anycall((n: u16): [u32, i32] => {
  let stored: u32 = 0;
  let last: i32 = 0;
  for (const i of range(n)) {
    last = counts.set(i, { bytes: 1, hits: 1 });
    if (last === 0) stored++;
  }
  for (const i of range(8)) counts.delete(i);
  return [stored, last];
});
export const countKinds = anycall((text: string): [u32, u64] => {
  let kinds: u32 = 0;
  let most: u64 = 0;
  for (let i: u32 = 0; i < text.length; i++) {
    const c = counts.init(text.charCodeAt(i) % 8, { bytes: 0, hits: 0 });
    if (c === null) return [99, 0];
    if (c.hits === 0) kinds++;
    c.hits++;
    c.bytes += text.charCodeAt(i);
    if (c.hits > most) most = c.hits;
  }
  for (const i of range(8)) counts.delete(i);
  return [kinds, most];
});
export const structKeys = anycall((a: u8, b: u32): [i32, i32, u64, u64, boolean] => {
  const first = totals.add({ a, b }, 3);
  const second = totals.add({ a, b }, 4);
  const sum = totals.get({ a, b }) ?? 0;
  totals.set({ a, b: b + 1 }, 9);
  const next = totals.get({ a, b: b + 1 }) ?? 0;
  totals.delete({ a, b: b + 1 });
  return [first, second, sum, next, totals.delete({ a, b })];
});
export const otherKinds = anycall((k: u64): [i32, i32, u64] => {
  const set = recent.set(k, -7);
  const got = recent.get(k) ?? 0;
  local.add(5, 10);
  local.add(5, 1);
  const sum = local.get(5) ?? 0;
  recent.delete(k);
  local.delete(5);
  return [set, got, sum];
});

interface Shared { n: u64; small: u32; signed: i32 }
const shared = table<Shared>(2);
export const atomics = anycall((a: u64, b: u32, c: i32): [u64, u32, i32, u64, u32, i32] => {
  const s = shared.at(1);
  if (s === null) return [0, 0, 0, 0, 0, 0];
  s.n = a;
  s.small = b;
  s.signed = c;
  return [atomic.add(s, "n", 5), atomic.xchg(s, "small", 7), atomic.add(s, "signed", -3), atomic.cas(s, "n", a + 5, 1), atomic.cas(s, "small", 8, 1), atomic.cas(s, "signed", c - 3, -1)];
});
export const atomicLeft = anycall((a: u64, b: u32): [u64, u32] => {
  const s = zero<Shared>();
  s.n = a;
  s.small = b;
  atomic.cas(s, "n", 3, 4);
  atomic.add(s, "small", 1);
  return [s.n, s.small];
});
