/**
 * The integer type that a value has by the operations that make it, seen through phis. The backend gives hidden initial
 * values of loop counters this type, and the range pass assumes no more than that about them: both must call this.
 */
import type { Instr, ValueId } from "./types.ts";

export interface NarrowType {
  readonly bits: 8 | 16 | 32;
  readonly signed: boolean;
}

/**
 * The narrowest type around everything that flows into `value`, or undefined when that is 64 bits or mixes signs.
 * Constants and truth values take the sign of the others; all by themselves they are unsigned if none is negative.
 */
export function narrowTypeOf(value: ValueId, definitionOf: (value: ValueId) => Instr | undefined): NarrowType | undefined {
  const typed: NarrowType[] = [];
  const constants: bigint[] = [];
  const seen = new Set<ValueId>([value]);
  for (const id of seen) {
    const instr = definitionOf(id);
    if (instr?.op === "phi") {
      for (const entry of instr.incoming) seen.add(entry.value);
    } else if (instr?.op === "const") {
      constants.push(instr.value);
    } else if (instr?.op === "cmp" || instr?.op === "isnull") {
      constants.push(1n);
    } else {
      const type = instr && typeOfOperation(instr);
      if (!type) return undefined;
      typed.push(type);
    }
  }
  const signed = typed.length > 0 ? typed[0]!.signed : constants.some((constant) => constant < 0n);
  if (typed.some((type) => type.signed !== signed)) return undefined;
  for (const bits of [8, 16, 32] as const) {
    if (typed.every((type) => type.bits <= bits) && constants.every((constant) => canonical(constant, bits, signed))) return { bits, signed };
  }
  return undefined;
}

function typeOfOperation(instr: Instr): NarrowType | undefined {
  switch (instr.op) {
    case "ext":
      return { bits: instr.from, signed: instr.signed };
    case "load":
      return instr.bytes === 8 ? undefined : { bits: (instr.bytes * 8) as 8 | 16 | 32, signed: instr.signed };
    case "bin":
      return instr.width === 32 ? { bits: 32, signed: false } : undefined;
    default:
      return undefined;
  }
}

function canonical(value: bigint, bits: number, signed: boolean): boolean {
  return (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value;
}
