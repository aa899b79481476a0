/** Parallel copies, which phis become, as a sequence of moves: no source is overwritten before it is read. */
import type { MInstr, Operand, Reg } from "./mir.ts";

export interface Copy {
  readonly dst: Reg;
  /** A register, or how to make a constant in `dst`. */
  readonly src: Reg | { readonly make: (dst: Reg) => MInstr };
}

/** Moves equivalent to doing all `copies` at once. Destinations are distinct; `newReg` gives temporaries for cycles. */
export function sequentialize(copies: readonly Copy[], newReg: () => Reg): MInstr[] {
  const out: MInstr[] = [];
  const move = (dst: Reg, src: Operand): void => void out.push({ op: "mov", width: 64, dst, src });
  let pending = copies.filter((c): c is { dst: Reg; src: Reg } => typeof c.src === "number" && c.src !== c.dst);
  while (pending.length > 0) {
    const sources = new Set(pending.map((c) => c.src));
    const ready = pending.find((c) => !sources.has(c.dst));
    if (ready) {
      move(ready.dst, ready.src);
      pending = pending.filter((c) => c !== ready);
      continue;
    }
    // Only cycles are left: keep one value aside, and its readers take it from there.
    const { src } = pending[0]!;
    const aside = newReg();
    move(aside, src);
    pending = pending.map((c) => (c.src === src ? { dst: c.dst, src: aside } : c));
  }
  for (const { dst, src } of copies) if (typeof src !== "number") out.push(src.make(dst));
  return out;
}
