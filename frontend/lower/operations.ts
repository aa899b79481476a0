/** Kernel operations: `sys.NAME(…)` and methods of a handle, marshalled by their row of the table. */
import type ts from "typescript";
import { type ArgSpec, findOp, type OpRow } from "../../kernel/abi/syscalls.ts";
import { STRUCTS } from "../../kernel/abi/structs.ts";
import type { ValueId } from "../../ir/types.ts";
import { refuse } from "../diagnostics.ts";
import { constant, convert, typed, U64 } from "../types/integers.ts";
import { rangeOfType } from "../types/ranges.ts";
import { type IntType, sameLayout, typeName } from "../types/types.ts";
import type { HandleValue, IntValue, SliceValue, Value } from "../values.ts";
import type { Lowering } from "./context.ts";
import { describeValue, lowerInt, lowerValue } from "./expressions.ts";
import { exactPointer } from "./memory.ts";
import { boundSlice, slicePointer } from "./slices.ts";
import { typeOfValue } from "./storage.ts";
import { asText } from "./text.ts";

/** An argument's value, evaluated in order, before any pointer is made. */
type Evaluated =
  | { readonly kind: "int"; readonly value: IntValue }
  | { readonly kind: "slice"; readonly slice: SliceValue }
  | { readonly kind: "struct"; readonly value: Extract<Value, { kind: "struct" }> | null }
  | { readonly kind: "handle"; readonly handle: HandleValue }
  | { readonly kind: "err" };

/** `opened` is the region for -errno where the result is a handle: only a `using` declaration gives one. */
export function lowerOperation(ctx: Lowering, name: string, self: HandleValue | undefined, node: ts.CallExpression, using?: string): Value {
  const row = findOp(name);
  if (name === "file.entries") return refuse("AC1016", node, "entries() is not supported by this version");
  if (!row || row.flags.includes("release")) return refuse("AC1017", node, `${name} is not in the table of operations`);
  if (row.result.kind === "handle" && using === undefined) return refuse("AC1004", node, "the handle must be opened by `using`");
  // Where control never comes nothing is known, and nothing can go wrong.
  if (self && ctx.facts && ctx.facts.range(self.id)?.min !== 1n) return refuse("AC1025", node, `${self.name} may not be open here`);
  const err = row.result.kind === "handle" ? ctx.local(`${using}.errno`, 4, 4) : undefined;
  const args = evaluate(ctx, row, self, node);
  const lengths: (ValueId | undefined)[] = args.map((arg) => (arg.kind === "slice" ? arg.slice.length : undefined));
  for (const arg of args) if (arg.kind === "slice") boundSlice(ctx, arg.slice);
  if (err) ctx.b.store(ctx.b.addr(err), 0, 4, ctx.b.const(0n));
  const operands = args.flatMap((arg): (ValueId | null)[] => {
    switch (arg.kind) {
      case "int":
        return [arg.value.id];
      case "slice":
        return [slicePointer(ctx, arg.slice), arg.slice.length];
      case "struct":
        return [arg.value && exactPointer(ctx, arg.value.place, arg.value.type.size)];
      case "handle":
        return [arg.handle.id];
      case "err":
        return [ctx.b.addr(err!)];
    }
  });
  const id = ctx.b.call(name, operands);
  if (row.result.kind === "handle") return { kind: "handle", id, err: err!, name: using! };
  return result(ctx, row, id, lengths, args, node);
}

function evaluate(ctx: Lowering, row: OpRow, self: HandleValue | undefined, node: ts.CallExpression): Evaluated[] {
  let next = 0;
  const written = () => node.arguments[next++];
  const evaluated = row.args.map((spec): Evaluated => {
    if (spec.kind === "handle") return { kind: "handle", handle: self! };
    if (spec.kind === "err") return { kind: "err" };
    if (spec.name === "how") return { kind: "int", value: packHow(ctx, written(), written(), node) };
    return evaluateArgument(ctx, row, spec, written(), node);
  });
  const extra = node.arguments[next];
  if (extra) refuse("AC2005", extra, `${row.name} takes ${next} arguments`);
  return evaluated;
}

/** file.open's flags (low half) and mode (high half) travel in one register. */
function packHow(ctx: Lowering, flags: ts.Expression | undefined, mode: ts.Expression | undefined, node: ts.Node): IntValue {
  const u32: IntType = { kind: "int", bits: 32, signed: false };
  const low = flags ? convert(ctx, lowerInt(ctx, flags), u32, flags) : refuse("AC2005", node, "flags are missing");
  if (!mode) return typed(low.id, U64, low.range);
  const high = convert(ctx, lowerInt(ctx, mode), u32, mode);
  return typed(ctx.b.bin("or", ctx.b.bin("shl", high.id, ctx.b.const(32n)), low.id), U64);
}

function evaluateArgument(ctx: Lowering, row: OpRow, spec: ArgSpec, node: ts.Expression | undefined, call: ts.Node): Evaluated {
  const missing = (): never => refuse("AC2005", call, `${row.name} needs the argument ${spec.name}`);
  switch (spec.kind) {
    case "int":
    case "fd":
    case "flags": {
      const type: IntType = { kind: "int", bits: Number(spec.type.slice(1)) as IntType["bits"], signed: spec.type.startsWith("i") };
      if (node) return { kind: "int", value: convert(ctx, lowerInt(ctx, node), type, node) };
      return spec.optional === undefined ? missing() : { kind: "int", value: constant(ctx, BigInt(spec.optional), type) };
    }
    case "path":
    case "in":
    case "out": {
      const value = asText(ctx, node ? lowerValue(ctx, node) : missing());
      if (value.kind !== "slice") return refuse("AC2005", node ?? call, `${spec.name} must be ${spec.kind === "path" ? "a string or bytes" : "bytes"}, this is ${describeValue(value)}`);
      if (spec.kind === "out" && !value.writable) return refuse("AC2005", node ?? call, "a string can't be written to: use a buffer");
      return { kind: "slice", slice: value };
    }
    case "struct": {
      if (!node) return spec.optional ? { kind: "struct", value: null } : missing();
      const value = lowerValue(ctx, node);
      if (value.kind === "null" && spec.optional) return { kind: "struct", value: null };
      if (value.kind !== "struct" || !sameLayout(value.type, STRUCTS[spec.struct])) return refuse("AC2005", node, `${spec.name} must be a ${spec.struct}, this is ${typeName(typeOfValue(value))}`);
      return { kind: "struct", value };
    }
    case "handle":
    case "err":
      return { kind: "err" };
  }
}

/** The result as its row types it. A count is checked against the length that bounds it: the kernel's verifier can't know that. */
function result(ctx: Lowering, row: OpRow, id: ValueId, lengths: readonly (ValueId | undefined)[], args: readonly Evaluated[], node: ts.Node): Value {
  const name = row.result.type;
  const type: IntType = { kind: "int", bits: Number(name.slice(1)) as IntType["bits"], signed: name.startsWith("i") };
  const { kind, countOf, max } = row.result;
  if (kind === "errno") return typed(id, type, { min: -4095n, max: 0n });
  if (kind !== "count") return typed(id, type);
  const length = countOf === undefined ? ctx.b.const(max ?? 0) : lengths[countOf]!;
  ctx.check(ctx.b.cmp("sle", id, length), { kind: "result-range", keep: true, access: node.getText(), requirement: "at most the length given" }, `${row.name} returned more than the length given`, node);
  const bounded = countOf === undefined ? undefined : args[countOf];
  const known = ctx.b.constantOf(length);
  const most = known ?? (bounded?.kind === "slice" ? BigInt(bounded.slice.size) : rangeOfType(type).max);
  return typed(id, type, { min: rangeOfType(type).min, max: most });
}
