/**
 * Common subexpressions: a pure operation equal to one that dominates it is replaced by that one; inside a block, loads
 * from unchanged memory too. Calls are never touched.
 *
 * Left alone on purpose: `isnull`, which must stay beside its branch (the kernel's verifier learns from the test itself),
 * and `cmp` across blocks, since a condition kept as a number from far away teaches the verifier nothing.
 */
import { buildCfg, buildDominators } from "../cfg.ts";
import { mapOperands } from "../operands.ts";
import { collectDefinitions, type Definition, pointerParts } from "../pointers.ts";
import type { Block, BlockId, Func, Instr, ValueId } from "../types.ts";
import { replaceValues } from "./rewrite.ts";

const COMMUTATIVE: ReadonlySet<string> = new Set(["add", "mul", "and", "or", "xor", "eq", "ne"]);

export function numberValues(func: Func): boolean {
  const cfg = buildCfg(func);
  const dominators = buildDominators(cfg);
  const definitions = collectDefinitions(func);
  const replacements = new Map<ValueId, ValueId>();
  const resolve = (value: ValueId): ValueId => replacements.get(value) ?? value;
  /** Key → the innermost definitions that may dominate what comes next; dominated subtrees end before others begin. */
  const known = new Map<string, { block: BlockId; value: ValueId }[]>();
  let loadsChanged = false;
  for (const id of dominators.preorder) {
    const block = func.blocks.get(id)!;
    block.instrs.forEach((original, i) => {
      const instr = mapOperands(original, resolve);
      block.instrs[i] = instr;
      const key = keyOf(instr);
      if (key === undefined || instr.id === undefined) return;
      const stack = known.get(key) ?? [];
      while (stack.length > 0 && !dominators.dominates(stack.at(-1)!.block, id)) stack.pop();
      const found = stack.at(-1);
      if (found && (instr.op !== "cmp" || found.block === id)) replacements.set(instr.id, found.value);
      else stack.push({ block: id, value: instr.id });
      known.set(key, stack);
    });
    if (reuseLoads(block, definitions, replacements)) loadsChanged = true;
  }
  return replaceValues(func, replacements) || loadsChanged;
}

/** Equal keys compute equal values; undefined for what must not be merged. */
function keyOf(instr: Instr): string | undefined {
  switch (instr.op) {
    case "const":
      return `const ${instr.value}`;
    case "bin":
      return `${instr.fn}${instr.width} ${pairKey(instr.fn, instr.a, instr.b)}`;
    case "cmp":
      return `${instr.pred}${instr.width} ${pairKey(instr.pred, instr.a, instr.b)}`;
    case "ext":
      return `ext ${instr.signed}${instr.from} ${instr.a}`;
    case "addr":
      return `addr ${instr.region}`;
    case "ptradd":
      return `ptradd ${instr.base} ${instr.offset}`;
    case "field":
      return `field ${instr.base} ${instr.struct} ${instr.path.join(".")} ${instr.offset}`;
    case "phi":
    case "load":
    case "store":
    case "call":
    case "isnull":
    case "lookup":
    case "mapcall":
    case "atomic":
      return undefined;
  }
}

function pairKey(fn: string, a: ValueId, b: ValueId): string {
  return COMMUTATIVE.has(fn) && b < a ? `${b} ${a}` : `${a} ${b}`;
}

interface Available {
  readonly region: string | undefined;
  readonly ptr: ValueId;
  readonly offset: number;
  readonly bytes: 1 | 2 | 4 | 8;
  /** What a load of these bytes gives; for stores the stored value, whose low bytes count. */
  readonly value: ValueId;
  /** Extension of the loaded value; undefined for a stored one. */
  readonly signed: boolean | undefined;
}

/** Reuses loaded and stored values inside one block. Any call and any store that may overlap end a value's availability. */
function reuseLoads(block: Block, definitions: ReadonlyMap<ValueId, Definition>, replacements: Map<ValueId, ValueId>): boolean {
  let available: Available[] = [];
  let changed = false;
  const regionOf = (ptr: ValueId) => pointerParts(ptr, definitions)?.region;
  block.instrs.forEach((original, i) => {
    const instr = mapOperands(original, (value) => replacements.get(value) ?? value);
    block.instrs[i] = instr;
    if (instr.op === "call" || instr.op === "lookup" || instr.op === "mapcall" || instr.op === "atomic") {
      available = [];
    } else if (instr.op === "store") {
      const region = regionOf(instr.ptr);
      available = available.filter((entry) => !mayOverlap(entry, { ...instr, region }));
      available.push({ region, ptr: instr.ptr, offset: instr.offset, bytes: instr.bytes, value: instr.value, signed: undefined });
    } else if (instr.op === "load") {
      const match = available.find(
        (entry) => entry.ptr === instr.ptr && entry.offset === instr.offset && entry.bytes === instr.bytes
          && (entry.signed === undefined || instr.bytes === 8 || entry.signed === instr.signed),
      );
      if (!match) {
        available.push({ region: regionOf(instr.ptr), ptr: instr.ptr, offset: instr.offset, bytes: instr.bytes, value: instr.id, signed: instr.signed });
      } else if (match.signed !== undefined || instr.bytes === 8) {
        replacements.set(instr.id, replacements.get(match.value) ?? match.value);
      } else {
        const { id, signed, span, name } = instr;
        const from = (instr.bytes * 8) as 8 | 16 | 32;
        block.instrs[i] = { op: "ext", id, from, signed, a: match.value, ...(span ? { span } : {}), ...(name !== undefined ? { name } : {}) };
        changed = true;
      }
    }
  });
  return changed;
}

/** Regions never overlap; in one region only accesses off the same pointer can be told apart. */
function mayOverlap(a: Omit<Available, "value" | "signed">, b: Omit<Available, "value" | "signed">): boolean {
  if (a.region !== undefined && b.region !== undefined && a.region !== b.region) return false;
  if (a.ptr !== b.ptr) return true;
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}
