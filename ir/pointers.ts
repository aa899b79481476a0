/**
 * What is known about definitions and pointers without running anything: where a value is defined, and which region a
 * pointer points into at which offset. Shared by the checker, the passes and the backend. Never changes the IR.
 */
import type { BlockId, Func, Instr, RegionId, ValueId } from "./types.ts";

export interface Definition {
  readonly instr: Instr;
  readonly block: BlockId;
  /** Position in the block. */
  readonly index: number;
}

/** Every value's definition. */
export function collectDefinitions(func: Func): Map<ValueId, Definition> {
  const definitions = new Map<ValueId, Definition>();
  for (const block of func.blocks.values()) {
    block.instrs.forEach((instr, index) => {
      if (instr.id !== undefined) definitions.set(instr.id, { instr, block: block.id, index });
    });
  }
  return definitions;
}

/** A pointer taken apart: region + constant bytes + the sum of variable int offsets (values in chain order). */
export interface PointerParts {
  readonly region: RegionId;
  readonly constant: number;
  readonly variable: readonly ValueId[];
  /** Of a map's value: the lookup that gave it. Parts with different ones may be the same place, or not. */
  readonly element?: ValueId;
}

/**
 * Takes the pointer `value` apart by following `ptradd` and `field` to its `addr` or `lookup`; constant offsets are added up.
 * Undefined when the chain is broken (not a pointer, or IR that the checker would refuse).
 */
export function pointerParts(value: ValueId, definitions: ReadonlyMap<ValueId, Definition>): PointerParts | undefined {
  let constant = 0n;
  const variable: ValueId[] = [];
  const seen = new Set<ValueId>();
  for (let at = value; !seen.has(at); ) {
    seen.add(at);
    const instr = definitions.get(at)?.instr;
    if (instr?.op === "lookup") return { region: instr.map, constant: Number(constant), variable: variable.reverse(), element: at };
    if (instr?.op === "addr") return { region: instr.region, constant: Number(constant), variable: variable.reverse() };
    if (instr?.op === "field") {
      constant += BigInt(instr.offset);
      at = instr.base;
    } else if (instr?.op === "ptradd") {
      const offset = definitions.get(instr.offset)?.instr;
      if (offset?.op === "const") constant += offset.value;
      else variable.push(instr.offset);
      at = instr.base;
    } else {
      return undefined;
    }
  }
  return undefined;
}
