import { describe, expect, test } from "vitest";
import { type Copy, sequentialize } from "./copies.ts";
import type { MInstr, Reg } from "./mir.ts";

/** Runs moves over named cells. */
function run(moves: readonly MInstr[], start: ReadonlyMap<Reg, number>): Map<Reg, number> {
  const cells = new Map(start);
  for (const move of moves) {
    if (move.op !== "mov") throw new Error(move.op);
    cells.set(move.dst, typeof move.src === "number" ? cells.get(move.src)! : move.src.imm);
  }
  return cells;
}

const constant = (imm: number): Copy["src"] => ({ make: (dst) => ({ op: "mov", width: 64, dst, src: { imm } }) });

describe("parallel copies", () => {
  const cases: { name: string; copies: Copy[]; moves: number }[] = [
    { name: "nothing for a copy to itself", copies: [{ dst: 16, src: 16 }], moves: 0 },
    { name: "a chain from its end", copies: [{ dst: 17, src: 16 }, { dst: 18, src: 17 }], moves: 2 },
    { name: "a swap through one temporary", copies: [{ dst: 16, src: 17 }, { dst: 17, src: 16 }], moves: 3 },
    { name: "a cycle of three", copies: [{ dst: 16, src: 17 }, { dst: 17, src: 18 }, { dst: 18, src: 16 }], moves: 4 },
    { name: "a cycle with a tail", copies: [{ dst: 16, src: 17 }, { dst: 17, src: 16 }, { dst: 18, src: 16 }], moves: 4 },
    { name: "constants last", copies: [{ dst: 16, src: constant(5) }, { dst: 17, src: 16 }], moves: 2 },
    { name: "two cycles", copies: [{ dst: 16, src: 17 }, { dst: 17, src: 16 }, { dst: 18, src: 19 }, { dst: 19, src: 18 }], moves: 6 },
  ];
  test.each(cases)("$name", ({ copies, moves }) => {
    const start = new Map([16, 17, 18, 19].map((reg) => [reg, reg * 100]));
    let next = 100;
    const made = sequentialize(copies, () => next++);
    expect(made.length).toBe(moves);
    const after = run(made, start);
    for (const { dst, src } of copies) {
      const made = typeof src === "number" ? undefined : src.make(dst);
      expect(after.get(dst)).toBe(made ? (made.op === "mov" && typeof made.src !== "number" ? made.src.imm : undefined) : start.get(src as Reg));
    }
  });
});
