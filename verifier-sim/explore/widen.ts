/** Convergence of loops without a bound: what changed from round to round and decided nothing is forgotten. */
import { sameScalar } from "../domain/index.ts";
import type { Reg } from "../state/register.ts";
import type { State } from "../state/state.ts";

/** `current` begins the next round, `previous` the one before. */
export function widen(previous: State, current: State): void {
  current.frames.forEach((frame, f) => {
    const before = previous.frames[f]!;
    frame.regs.forEach((reg, r) => widenRegister(before.regs[r]!, reg));
    frame.stack.forEach((slot, s) => {
      const old = before.stack[s];
      if (old?.spilledScalar && slot.spilledScalar) widenRegister(old.reg, slot.reg);
    });
  });
}

function widenRegister(old: Reg, reg: Reg): void {
  if (!old.isScalar || !reg.isScalar || old.precise || reg.precise) return;
  if (sameScalar(old, reg) && old.id === reg.id) return;
  reg.setUnknown();
}
