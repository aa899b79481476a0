// Tables, maps, atomics, rings and log lines: results are computed independently in test/frontend/maps.test.ts.
import { anycall, table, type i64, type u16, type u32, type u64, type u8 } from "anycall";

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
