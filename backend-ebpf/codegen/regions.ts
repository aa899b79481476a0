/** What the IR's pointers and conditions are made of: the region behind a pointer, the comparisons behind a branch. */
import type { Instr, RegionId, ValueId } from "../../ir/types.ts";

export interface RegionPlace {
  readonly region: RegionId;
  /** Constant bytes from the region's start; variable ones are not counted. */
  readonly offset: number;
}

/** The region that a pointer points into; undefined for handles and other values. */
export function resolveRegion(pointer: ValueId, defs: ReadonlyMap<ValueId, Instr>): RegionPlace | undefined {
  let offset = 0;
  for (let def = defs.get(pointer); def; ) {
    switch (def.op) {
      case "addr":
        return { region: def.region, offset };
      case "lookup":
        return { region: def.map, offset };
      case "field":
        offset += def.offset;
        def = defs.get(def.base);
        break;
      case "ptradd": {
        const by = defs.get(def.offset);
        if (by?.op === "const") offset += Number(by.value);
        def = defs.get(def.base);
        break;
      }
      default:
        return undefined;
    }
  }
  return undefined;
}

/** The comparison that decides a branch, also where a comparison's result is compared with 0. */
export function decidingTests(cond: ValueId, defs: ReadonlyMap<ValueId, Instr>): (Instr & { op: "cmp" })[] {
  const def = defs.get(cond);
  if (def?.op !== "cmp") return [];
  const inner = defs.get(def.a);
  return inner?.op === "cmp" && defs.get(def.b)?.op === "const" ? decidingTests(def.a, defs) : [def];
}
