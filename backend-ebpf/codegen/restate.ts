/**
 * Bounds stated again for kernels that learn nothing from a comparison of two numbers of which neither is a constant (before
 * 6.8). Where such a comparison bounds an index, a length or an offset, a comparison with the size of the memory is added
 * right before the access: it holds whenever the program is right, so its other way is never taken.
 * Works on a private copy of the function, before loops are prepared.
 */
import type { NewInstr } from "../../ir/builder.ts";
import { decidingTests, resolveRegion } from "./regions.ts";
import { successorsOf } from "../../ir/operands.ts";
import type { Block, BlockId, Func, Instr, Region, ValueId } from "../../ir/types.ts";

/** Adds the comparisons, in place. `regionOf` knows the module's regions too. */
export function restateBounds(func: Func, regionOf: (id: string) => Region | undefined): void {
  const defs = new Map<ValueId, Instr>();
  for (const block of func.blocks.values()) for (const instr of block.instrs) if (instr.id !== undefined) defs.set(instr.id, instr);
  const vague = vaguelyTested(func, defs);
  if (vague.size === 0) return;
  let fault: BlockId | undefined;
  for (const start of [...func.blocks.values()]) {
    let block = start;
    const stated = new Map<ValueId, bigint>();
    for (let i = 0; i < block.instrs.length; i++) {
      for (const { value, limit } of boundsOf(block, i, defs, regionOf)) {
        if ((stated.get(value) ?? limit + 1n) <= limit || !dependsOn(value, vague, defs)) continue;
        stated.set(value, limit);
        fault ??= addFault(func);
        block = splitBefore(func, block, i, value, limit, fault, defs);
        i = 0;
      }
    }
  }
}

/** Numbers that are compared with another number, neither of them a constant. */
function vaguelyTested(func: Func, defs: ReadonlyMap<ValueId, Instr>): Set<ValueId> {
  const found = new Set<ValueId>();
  for (const { terminator } of func.blocks.values()) {
    if (terminator.op !== "condbr") continue;
    for (const test of decidingTests(terminator.cond, defs)) {
      if (defs.get(test.a)?.op === "const" || defs.get(test.b)?.op === "const") continue;
      found.add(test.a).add(test.b);
    }
  }
  return found;
}

/** Whether `value` is one of `wanted` or computed from one. */
function dependsOn(value: ValueId, wanted: ReadonlySet<ValueId>, defs: ReadonlyMap<ValueId, Instr>): boolean {
  const seen = new Set<ValueId>([value]);
  for (const id of seen) {
    if (wanted.has(id)) return true;
    const def = defs.get(id);
    if (def?.op === "bin") seen.add(def.a).add(def.b);
    else if (def?.op === "ext") seen.add(def.a);
  }
  return false;
}

interface Bound {
  readonly value: ValueId;
  readonly limit: bigint;
}

/** What the instruction needs to be small: offsets of pointers, and numbers behind a pointer in the arguments of a call. */
function boundsOf(block: Block, at: number, defs: ReadonlyMap<ValueId, Instr>, regionOf: (id: string) => Region | undefined): Bound[] {
  const instr = block.instrs[at]!;
  const constant = (id: ValueId) => defs.get(id)?.op === "const";
  if (instr.op === "ptradd" && !constant(instr.offset)) {
    const place = resolveRegion(instr.base, defs);
    const region = place && regionOf(place.region);
    if (!place || !region) return [];
    const limit = BigInt(region.size) - BigInt(place.offset) - furthestAccess(block, at, instr.id);
    return limit >= 0n ? [{ value: instr.offset, limit }] : [];
  }
  if (instr.op !== "call") return [];
  return instr.args.flatMap((arg, i): Bound[] => {
    const before = i > 0 ? instr.args[i - 1] : null;
    if (arg === null || arg === undefined || before === null || before === undefined || constant(arg)) return [];
    const place = resolveRegion(before, defs);
    const region = place && regionOf(place.region);
    return place && region && BigInt(region.size) >= BigInt(place.offset) ? [{ value: arg, limit: BigInt(region.size) - BigInt(place.offset) }] : [];
  });
}

/** Bytes from the pointer to the end of the last access through it in its block. */
function furthestAccess(block: Block, at: number, pointer: ValueId): bigint {
  let end = 0;
  for (const instr of block.instrs.slice(at)) {
    if ((instr.op === "load" || instr.op === "store" || instr.op === "atomic") && instr.ptr === pointer) end = Math.max(end, instr.offset + instr.bytes);
  }
  return BigInt(end);
}

function addFault(func: Func): BlockId {
  const id = func.nextBlock++;
  func.blocks.set(id, { id, instrs: [], terminator: { op: "stop", status: "FAULT" } });
  return id;
}

/** Puts `value <= limit, else fault` before instruction `at`; the block that goes on from there. */
function splitBefore(func: Func, block: Block, at: number, value: ValueId, limit: bigint, fault: BlockId, defs: Map<ValueId, Instr>): Block {
  const { span } = block.instrs[at]!;
  const emit = (instr: NewInstr): ValueId => {
    const id = func.nextValue++;
    const made = { ...instr, id, ...(span && { span }) } as Instr;
    block.instrs.push(made);
    defs.set(id, made);
    return id;
  };
  const rest: Block = { id: func.nextBlock++, instrs: block.instrs.splice(at), terminator: block.terminator };
  func.blocks.set(rest.id, rest);
  const cond = emit({ op: "cmp", pred: "ule", width: 64, a: value, b: emit({ op: "const", value: limit }) });
  block.terminator = { op: "condbr", cond, then: rest.id, else: fault, ...(span && { span }) };
  for (const to of new Set(successorsOf(rest.terminator))) {
    const target = func.blocks.get(to)!;
    target.instrs.forEach((instr, i) => {
      if (instr.op !== "phi") return;
      target.instrs[i] = { ...instr, incoming: instr.incoming.map((entry) => (entry.from === block.id ? { ...entry, from: rest.id } : entry)) };
    });
  }
  return rest;
}
