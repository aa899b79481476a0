/** Tables: rows of a struct in memory of the module. A row is a place in it, so that writes reach the table. */
import type ts from "typescript";
import { refuse } from "../diagnostics.ts";
import { constant, typed } from "../types/integers.ts";
import { NULL } from "../types/types.ts";
import type { StructValue, TableValue, Value } from "../values.ts";
import type { Lowering } from "./context.ts";
import { lowerInt } from "./expressions.ts";
import { placeAt } from "./memory.ts";

const U64 = { kind: "int", bits: 64, signed: false } as const;

/** The row that starts at byte `offset`, an int of the IR; the caller knows that it is inside. */
export function tableRow(table: TableValue, offset: number): StructValue {
  return { kind: "struct", type: table.row, place: { ...placeAt(table.region, table.length * table.row.size), dynamic: offset } };
}

export function tableMethod(ctx: Lowering, table: TableValue, name: string, node: ts.CallExpression): Value {
  const [argument, more] = node.arguments;
  if (name !== "at") return refuse("AC1023", node, `${name}() is not available on a table`, { fix: "at(i) gives a row or null; `for (const row of rows)` goes through all." });
  if (!argument || more) return refuse("AC2005", node, "at(i) takes one index");
  return rowAt(ctx, table, argument);
}

/** `at(i)`: null outside, also below 0. The tag is the comparison itself, so that the way behind it knows the offset. */
function rowAt(ctx: Lowering, table: TableValue, argument: ts.Expression): Value {
  const { b } = ctx;
  const index = lowerInt(ctx, argument);
  const types = [NULL, table.row];
  const known = index.literal ?? b.constantOf(index.id);
  if (known !== undefined) {
    const inside = known >= 0n && known < BigInt(table.length);
    const place = placeAt(table.region, table.length * table.row.size, inside ? Number(known) * table.row.size : 0);
    return { kind: "union", tag: b.const(inside ? 1n : 0n), alternatives: [{ kind: "null" }, { kind: "struct", type: table.row, place }], types };
  }
  // As unsigned numbers, one comparison answers both ends.
  const inside = b.cmp("ult", index.id, b.const(table.length));
  const range = ctx.rangeOf(index);
  ctx.noteCompare(inside, { ...typed(index.id, U64), range: range.min >= 0n ? range : { min: 0n, max: (1n << 64n) - 1n } }, "<", constant(ctx, BigInt(table.length)));
  return { kind: "union", tag: inside, alternatives: [{ kind: "null" }, tableRow(table, b.bin("mul", index.id, b.const(table.row.size)))], types };
}
