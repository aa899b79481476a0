/**
 * What is known about SSA values at a point of the function: intervals that the conditions on the way imply, and whether
 * a handle is open. Immutable: each way has its own. SSA values never change, so a fact holds wherever its point dominates.
 * Intervals are those of the signed 64-bit form of the value.
 */
import type { ValueId } from "../ir/types.ts";
import { hull, type Range, within } from "./types/ranges.ts";

export class Facts {
  static readonly EMPTY = new Facts(new Map());
  readonly #ranges: ReadonlyMap<ValueId, Range>;

  private constructor(ranges: ReadonlyMap<ValueId, Range>) {
    this.#ranges = ranges;
  }

  range(value: ValueId): Range | undefined {
    return this.#ranges.get(value);
  }

  with(value: ValueId, range: Range): Facts {
    const known = this.#ranges.get(value);
    if (known && within(known, range)) return this;
    return new Facts(new Map(this.#ranges).set(value, range));
  }

  /** What holds on both ways. `null` is a way that is never gone. */
  static join(a: Facts | null, b: Facts | null): Facts | null {
    if (a === null || a === b) return b;
    if (b === null) return a;
    const ranges = new Map<ValueId, Range>();
    for (const [value, range] of a.#ranges) {
      const other = b.#ranges.get(value);
      if (other) ranges.set(value, hull(range, other));
    }
    return new Facts(ranges);
  }
}

/** Open or null, as the interval of `is open`. */
export const OPEN: Range = { min: 1n, max: 1n };
export const CLOSED: Range = { min: 0n, max: 0n };
