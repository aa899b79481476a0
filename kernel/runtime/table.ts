/** `table<T>(rows)` in Node: the rows of a loaded object, read one by one from the shared memory. Rows are copies. */
import type { BoundaryType } from "../abi/boundary.ts";
import { type Area, readerOf } from "./values.ts";

/** What emitted JavaScript holds in place of a table. */
export interface TableRows extends Iterable<unknown> {
  readonly length: number;
  /** A copy of the row as it is now; null outside. Throws RangeError AC4018 for a 64-bit field that is no safe integer. */
  at(i: number): unknown;
}

/** Rows of type `type.element` that lie one after the other in `area`; `name` is for messages. */
export function tableRows(type: Extract<BoundaryType, { kind: "array" }>, area: Area, name: string): TableRows {
  const { length } = type;
  const stride = area.bytes.length / length;
  const read = readerOf(type.element, `${name}[]`);
  const at = (i: number) => (Number.isInteger(i) && i >= 0 && i < length ? read(area, i * stride, false) : null);
  return {
    length,
    at,
    *[Symbol.iterator]() {
      for (let i = 0; i < length; i++) yield at(i);
    },
  };
}
