/** Dead code: drops instructions whose value nobody needs. Stores and calls are effects and stay; cycles of dead phis go. */
import { hasEffect, operandsOf, terminatorOperand } from "../operands.ts";
import type { Func, Instr, ValueId } from "../types.ts";
import { setInstrs } from "./rewrite.ts";

export function removeDeadCode(func: Func): boolean {
  const definitions = new Map<ValueId, Instr>();
  const needed = new Set<ValueId>();
  for (const block of func.blocks.values()) {
    for (const instr of block.instrs) {
      if (instr.id !== undefined) definitions.set(instr.id, instr);
      if (hasEffect(instr)) for (const value of operandsOf(instr)) needed.add(value);
    }
    const operand = terminatorOperand(block.terminator);
    if (operand !== undefined) needed.add(operand);
  }
  for (const value of needed) {
    const instr = definitions.get(value);
    if (instr) for (const operand of operandsOf(instr)) needed.add(operand);
  }
  let changed = false;
  for (const block of func.blocks.values()) {
    const kept = block.instrs.filter((instr) => hasEffect(instr) || needed.has(instr.id!));
    if (kept.length === block.instrs.length) continue;
    setInstrs(func, block.id, kept);
    changed = true;
  }
  return changed;
}
