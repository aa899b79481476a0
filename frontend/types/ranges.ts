/** Mathematical intervals of integer values, and what comparisons tell about them. Pure arithmetic. */
import type { IntType } from "./types.ts";

export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

export const I64_MIN = -(1n << 63n);
export const I64_MAX = (1n << 63n) - 1n;
export const U64_MAX = (1n << 64n) - 1n;

export function rangeOfType(type: IntType): Range {
  const bits = BigInt(type.bits);
  return type.signed ? { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n } : { min: 0n, max: (1n << bits) - 1n };
}

export function within(inner: Range, outer: Range): boolean {
  return inner.min >= outer.min && inner.max <= outer.max;
}

/** The common part; `b` where they don't meet (the path is dead then, any answer does). */
export function intersect(a: Range, b: Range): Range {
  const min = a.min > b.min ? a.min : b.min;
  const max = a.max < b.max ? a.max : b.max;
  return min <= max ? { min, max } : b;
}

export function hull(a: Range, b: Range): Range {
  return { min: a.min < b.min ? a.min : b.min, max: a.max > b.max ? a.max : b.max };
}

export type Relation = "==" | "!=" | "<" | "<=" | ">" | ">=";
export const NEGATED: Readonly<Record<Relation, Relation>> = { "==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<" };
export const SWAPPED: Readonly<Record<Relation, Relation>> = { "==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** What `a relation b` being true says about `a`. */
export function refine(a: Range, relation: Relation, b: Range): Range {
  switch (relation) {
    case "==":
      return intersect(a, b);
    case "!=":
      if (b.min !== b.max) return a;
      if (a.min === b.min && a.min < a.max) return { min: a.min + 1n, max: a.max };
      if (a.max === b.min && a.min < a.max) return { min: a.min, max: a.max - 1n };
      return a;
    case "<":
      return intersect(a, { min: a.min, max: b.max - 1n });
    case "<=":
      return intersect(a, { min: a.min, max: b.max });
    case ">":
      return intersect(a, { min: b.min + 1n, max: a.max });
    case ">=":
      return intersect(a, { min: b.min, max: a.max });
  }
}

/** The outcome of `a relation b` where the ranges decide it. */
export function decide(a: Range, relation: Relation, b: Range): boolean | undefined {
  switch (relation) {
    case "==":
      return a.max < b.min || a.min > b.max ? false : a.min === a.max && b.min === b.max && a.min === b.min ? true : undefined;
    case "!=": {
      const equal = decide(a, "==", b);
      return equal === undefined ? undefined : !equal;
    }
    case "<":
      return a.max < b.min ? true : a.min >= b.max ? false : undefined;
    case "<=":
      return a.max <= b.min ? true : a.min > b.max ? false : undefined;
    case ">":
      return decide(b, "<", a);
    case ">=":
      return decide(b, "<=", a);
  }
}
