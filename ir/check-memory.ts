/** The checker's part about memory and calls: rules `region`, `access` and `call` of check.ts. Reports, never changes. */
import { layoutOf } from "../kernel/abi/boundary.ts";
import { findOp, type KfuncParam, kfuncParams } from "../kernel/abi/syscalls.ts";
import { STRUCTS } from "../kernel/abi/structs.ts";
import type { CheckContext } from "./check.ts";
import { evaluateBinary, evaluateCompare, evaluateExtend } from "./evaluate.ts";
import { resultType, successorsOf } from "./operands.ts";
import { type Definition, pointerParts } from "./pointers.ts";
import type { BlockId, Instr, Region, RegionId, ValueId } from "./types.ts";

/** Bytes behind an `err` operand. */
const ERR_SIZE = 4;

export function checkMemory(context: CheckContext): void {
  checkRegions(context);
  const feasible = feasibleBlocks(context);
  for (const id of context.cfg.order) {
    for (const instr of context.func.blocks.get(id)!.instrs) {
      if (instr.op === "addr" && !findRegion(context, instr.region)) context.report("region", `region ${instr.region} does not exist`, id, instr.id);
      if (instr.op === "addr" && findRegion(context, instr.region)?.kind === "map") context.report("region", `map ${instr.region} has no address: its values are looked up`, id, instr.id);
      if (instr.op === "call") checkCall(context, instr, id, feasible.has(id));
      if (instr.op === "load" && feasible.has(id)) checkAccess(context, instr.ptr, instr.offset, instr.bytes, false, id);
      if (instr.op === "store" || instr.op === "atomic") checkAccess(context, instr.ptr, instr.offset, instr.bytes, true, id, feasible.has(id));
      if (instr.op === "lookup" || instr.op === "mapcall") checkMapCall(context, instr, id, feasible.has(id));
    }
  }
}

function findRegion({ module, func }: CheckContext, id: RegionId): Region | undefined {
  return func.regions.get(id) ?? module.regions.get(id);
}

const FRAME_KINDS: ReadonlySet<string> = new Set(["arg", "result", "local"]);

function checkRegions({ module, func, report }: CheckContext): void {
  for (const region of module.regions.values()) {
    if (FRAME_KINDS.has(region.kind)) report("region", `${region.kind} region ${region.id} belongs to a function, not to the module`);
  }
  for (const region of func.regions.values()) {
    if (!FRAME_KINDS.has(region.kind)) report("region", `${region.kind} region ${region.id} belongs to the module, not to a function`);
    if ((region.kind === "arg" || region.kind === "result") && region.frameOffset === undefined) {
      report("region", `${region.kind} region ${region.id} has no frame offset`);
    }
    if (module.regions.has(region.id)) report("region", `region ${region.id} exists in the module too`);
  }
  for (const region of [...module.regions.values(), ...func.regions.values()]) {
    if (!Number.isSafeInteger(region.size) || region.size < 0) report("region", `region ${region.id} has size ${region.size}`);
    if (region.init && region.init.length > region.size) report("region", `region ${region.id} is initialized beyond its size`);
  }
}

/** `bytes` at `ptr` + `offset`. Without `judgeBounds` only the region's kind is judged. */
function checkAccess(context: CheckContext, ptr: ValueId, offset: number, bytes: number, write: boolean, block: BlockId, judgeBounds = true): void {
  const parts = pointerParts(ptr, context.definitions);
  const region = parts && findRegion(context, parts.region);
  if (!region) return;
  if (write && region.kind === "const") context.report("access", `writes to constant region ${region.id}`, block, ptr);
  if (!judgeBounds || parts.variable.length > 0) return;
  const start = parts.constant + offset;
  if (start < 0 || start + bytes > region.size) {
    context.report("access", `bytes ${start} to ${start + bytes} are outside region ${region.id} of ${region.size} bytes`, block, ptr);
  }
}

const MAP_OPERANDS = { update: ["key", "value"], delete: ["key"] } as const;

/** Keys and values of map calls: memory of their whole size. */
function checkMapCall(context: CheckContext, instr: Extract<Instr, { op: "lookup" | "mapcall" }>, block: BlockId, feasible: boolean): void {
  const region = context.module.regions.get(instr.map);
  if (region?.kind !== "map" || !region.map) return context.report("region", `${instr.map} is no map`, block, instr.id);
  const sizes = { key: layoutOf(region.map.key).size, value: region.size };
  const args = instr.op === "lookup" ? [instr.key] : instr.args;
  const expected = instr.op === "lookup" ? (["key"] as const) : MAP_OPERANDS[instr.fn];
  if (args.length !== expected.length) return context.report("call", `${instr.op === "lookup" ? "lookup" : instr.fn} takes ${expected.length} operands`, block, instr.id);
  args.forEach((arg, i) => checkAccess(context, arg, 0, sizes[expected[i]!], false, block, feasible));
}

const OPERAND_TYPE = { int: "int", mem: "ptr", size: "int", struct: "ptr", err: "ptr", file: "handle" } as const;

function checkCall(context: CheckContext, call: Extract<Instr, { op: "call" }>, block: BlockId, feasible: boolean): void {
  const { definitions, report } = context;
  const row = findOp(call.row);
  if (!row) {
    report("call", `unknown operation ${call.row}`, block, call.id);
    return;
  }
  if (row.result.type === "handle" && call.id === undefined) report("call", `the handle of ${call.row} is not named`, block);
  const params = kfuncParams(row);
  if (params.length !== call.args.length) {
    report("call", `${call.row} takes ${params.length} operands, not ${call.args.length}`, block, call.id);
    return;
  }
  params.forEach((param, i) => {
    const arg = call.args[i]!;
    if (arg === null) {
      if (param.kind !== "struct" || !param.nullable) report("call", `operand ${param.name} of ${call.row} must not be null`, block, call.id);
      return;
    }
    const definition = definitions.get(arg);
    const type = definition && resultType(definition.instr);
    if (type !== OPERAND_TYPE[param.kind]) {
      report("call", `operand ${param.name} of ${call.row} is ${type ?? "undefined"}, must be ${OPERAND_TYPE[param.kind]}`, block, arg);
    } else {
      checkRange(context, param, arg, call.args[i + 1] ?? null, block, feasible);
    }
  });
}

/** Memory behind a pointer operand: its size is fixed by the parameter or given by the length operand that follows. */
function checkRange(context: CheckContext, param: KfuncParam, arg: ValueId, next: ValueId | null, block: BlockId, feasible: boolean): void {
  if (param.kind === "struct") checkAccess(context, arg, 0, STRUCTS[param.struct].size, !param.const, block, feasible);
  if (param.kind === "err") checkAccess(context, arg, 0, ERR_SIZE, true, block, feasible);
  if (param.kind !== "mem") return;
  const length = next === null ? undefined : context.definitions.get(next)?.instr;
  const known = length?.op === "const" ? length.value : undefined;
  if (known !== undefined && known < 0n && feasible) context.report("access", `byte range of ${known} bytes`, block, arg);
  checkAccess(context, arg, 0, known === undefined || known < 0n ? 0 : Number(known), !param.const, block, feasible && known !== undefined);
}

/** Blocks that remain reachable when branches on constant conditions go only their one way. */
function feasibleBlocks(context: CheckContext): Set<BlockId> {
  const { func, definitions } = context;
  const known = new Map<ValueId, bigint | undefined>();
  const feasible = new Set<BlockId>([func.entry]);
  for (const id of feasible) {
    const { terminator } = func.blocks.get(id)!;
    const cond = terminator.op === "condbr" ? foldConstant(terminator.cond, definitions, known) : undefined;
    if (terminator.op === "condbr" && cond !== undefined) feasible.add(cond !== 0n ? terminator.then : terminator.else);
    else for (const to of successorsOf(terminator)) feasible.add(to);
  }
  return feasible;
}

/** The constant that an expression over constants computes, or undefined. */
function foldConstant(value: ValueId, definitions: ReadonlyMap<ValueId, Definition>, known: Map<ValueId, bigint | undefined>): bigint | undefined {
  if (known.has(value)) return known.get(value);
  known.set(value, undefined);
  const instr = definitions.get(value)?.instr;
  const fold = (operand: ValueId) => foldConstant(operand, definitions, known);
  let result: bigint | undefined;
  if (instr?.op === "const") result = instr.value;
  else if (instr?.op === "bin" || instr?.op === "cmp") {
    const a = fold(instr.a);
    const b = a === undefined ? undefined : fold(instr.b);
    if (a !== undefined && b !== undefined) {
      result = instr.op === "bin" ? evaluateBinary(instr.fn, instr.width, a, b) : evaluateCompare(instr.pred, instr.width, a, b) ? 1n : 0n;
    }
  } else if (instr?.op === "ext") {
    const a = fold(instr.a);
    if (a !== undefined) result = evaluateExtend(instr.from, instr.signed, a);
  }
  known.set(value, result);
  return result;
}

