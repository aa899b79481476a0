/** Convergence of loops without a bound: what changed from round to round and decided nothing is forgotten. */
import { sameScalar } from "../domain/index.ts";
import type { Reg } from "../state/register.ts";
import type { State } from "../state/state.ts";
import { IdMap } from "./equal.ts";

/** `current` begins the next round, `previous` the one before. */
export function widen(previous: State, current: State): void {
  // New names of the same links are no change.
  const ids = new IdMap();
  for (let f = previous.frames.length - 1; f >= 0; f--) {
    const before = previous.frames[f]!;
    const frame = current.frames[f]!;
    frame.regs.forEach((reg, r) => widenRegister(before.regs[r]!, reg, ids));
    frame.stack.forEach((slot, s) => {
      const old = before.stack[s];
      if (old?.spilled && slot.spilled) widenRegister(old.reg, slot.reg, ids);
    });
  }
}

function widenRegister(old: Reg, reg: Reg, ids: IdMap): void {
  if (!old.isScalar || !reg.isScalar || old.precise || reg.precise) return;
  if (sameScalar(old, reg) && old.off === reg.off && ids.match(old.id, reg.id)) return;
  reg.setUnknown();
}
