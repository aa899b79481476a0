/** Variable locations: in which register or stack slot each named value is, by ranges of instruction slots. */
import type { VariableRange } from "../object/types.ts";
import type { Allocation } from "./allocate.ts";
import { computeLiveness, RegSet } from "./liveness.ts";
import { eachDef, eachTerminatorUse, eachUse, type MBlock, type MFunc, type Reg } from "./mir.ts";

/**
 * `positions`: for each emitted block the slot at which each instruction starts, then the terminator's start and its end.
 * A value is in its place from behind the instruction that makes it up to and including the last that reads it.
 */
export function locateVariables(
  func: MFunc, allocation: Allocation, positions: ReadonlyMap<MBlock, readonly number[]>, slotOffset: (slot: number) => number,
): VariableRange[] {
  const { liveOut } = computeLiveness(func);
  const ranges: VariableRange[] = [];
  for (const [block, at] of positions) {
    const live = new RegSet(liveOut.get(block.id)!);
    const ends = new Map<Reg, number>();
    const blockEnd = at.at(-1)!;
    const open = (reg: Reg, end: number) => {
      if (func.names.has(reg) && !ends.has(reg)) ends.set(reg, end);
    };
    const close = (reg: Reg, from: number) => {
      const to = ends.get(reg);
      ends.delete(reg);
      const location = to !== undefined && to > from ? locate(reg, allocation, slotOffset) : undefined;
      if (location) ranges.push({ name: func.names.get(reg)!, from, to: to!, location });
    };
    live.each((reg) => open(reg, blockEnd));
    eachTerminatorUse(block.terminator, (reg) => open(reg, blockEnd));
    for (let k = block.instrs.length - 1; k >= 0; k--) {
      const end = at[k + 1]!;
      eachDef(block.instrs[k]!, (reg) => close(reg, end));
      eachUse(block.instrs[k]!, (reg) => open(reg, end));
    }
    for (const reg of [...ends.keys()]) close(reg, at[0]!);
  }
  return merge(ranges);
}

function locate(reg: Reg, allocation: Allocation, slotOffset: (slot: number) => number): VariableRange["location"] | undefined {
  const slot = allocation.slot(reg);
  if (slot !== undefined) return { kind: "stack", offset: slotOffset(slot) };
  const register = allocation.register(reg);
  return register === undefined ? undefined : { kind: "register", register };
}

/** Joins ranges of one variable in one place that touch; ascending by start, then name. */
function merge(ranges: VariableRange[]): VariableRange[] {
  const key = (r: VariableRange) => `${r.name}\0${JSON.stringify(r.location)}`;
  const last = new Map<string, number>();
  const merged: VariableRange[] = [];
  for (const range of ranges.sort((a, b) => a.from - b.from || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.to - b.to))) {
    const index = last.get(key(range));
    const before = index === undefined ? undefined : merged[index];
    if (before && before.to >= range.from) merged[index!] = { ...before, to: Math.max(before.to, range.to) };
    else last.set(key(range), merged.push(range) - 1);
  }
  return merged;
}
