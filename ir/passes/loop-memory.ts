/**
 * Where the kernel's verifier forgets what it knew of a number: it comes to a loop's header again and finds other bounds
 * than the last time. Owns that rule for loops in loops; header phis are the range analysis' business.
 */
import type { LoopForest, NaturalLoop } from "../cfg.ts";
import { successorsOf } from "../operands.ts";
import type { BlockId, Func, Instr, ValueId } from "../types.ts";

export class LoopMemory {
  readonly #func: Func;
  readonly #forest: LoopForest;
  readonly #definitions: ReadonlyMap<ValueId, Instr>;
  /** Value → the block of its definition. */
  readonly #homes: ReadonlyMap<ValueId, BlockId>;
  readonly #varying = new Map<ValueId, boolean>();
  readonly #compared = new Map<NaturalLoop, ReadonlySet<ValueId>>();

  constructor(func: Func, forest: LoopForest, definitions: ReadonlyMap<ValueId, Instr>, homes: ReadonlyMap<ValueId, BlockId>) {
    this.#func = func;
    this.#forest = forest;
    this.#definitions = definitions;
    this.#homes = homes;
  }

  /**
   * The loop in which `block` knows nothing of `value`, if any. Where a loop stands in another, the verifier comes to its
   * header once in each round of the outer one; a number that has other bounds there than the last time (since another way
   * made it, or since a comparison on one way through the loop told more about it) is forgotten, unless an access has
   * needed it so far.
   */
  forgottenIn(value: ValueId, block: BlockId): NaturalLoop | undefined {
    const home = this.#homes.get(value);
    if (home === undefined || this.#definitions.get(value)!.op === "const") return undefined;
    const entered = (loop: NaturalLoop) => loop.blocks.has(block) && !loop.blocks.has(home);
    const told = this.#forest.loops.find((loop) => loop.parent && entered(loop) && this.#comparedIn(loop).has(value));
    if (told || !this.#variesByWay(value)) return told;
    let around = this.#forest.loopOf(home);
    while (around && !around.blocks.has(block)) around = around.parent;
    return around && this.#forest.loops.find(entered);
  }

  /** The values that branches within `loop` compare, and what those are extensions of: the verifier knows that they are equal. */
  #comparedIn(loop: NaturalLoop): ReadonlySet<ValueId> {
    const known = this.#compared.get(loop);
    if (known) return known;
    const compared = new Set<ValueId>();
    this.#compared.set(loop, compared);
    for (const id of loop.blocks) {
      const { terminator } = this.#func.blocks.get(id)!;
      // A way out tells those that stay the same in each round.
      if (terminator.op !== "condbr" || successorsOf(terminator).some((next) => !loop.blocks.has(next))) continue;
      const cond = this.#definitions.get(terminator.cond);
      for (let value of cond?.op === "cmp" ? [cond.a, cond.b] : []) {
        for (let instr = this.#definitions.get(value); ; instr = this.#definitions.get(value)) {
          compared.add(value);
          if (instr?.op !== "ext") break;
          value = instr.a;
        }
      }
    }
    return compared;
  }

  /** Whether the bounds of `value` depend on the way to it: phis where ways meet, and what is computed from them. */
  #variesByWay(value: ValueId): boolean {
    const known = this.#varying.get(value);
    if (known !== undefined) return known;
    this.#varying.set(value, false);
    const instr = this.#definitions.get(value);
    const varies =
      instr?.op === "phi" ? instr.type === "int" && !this.#forest.byHeader(this.#homes.get(value)!)
      : instr?.op === "bin" ? this.#variesByWay(instr.a) || this.#variesByWay(instr.b)
      : instr?.op === "ext" && this.#variesByWay(instr.a);
    this.#varying.set(value, varies);
    return varies;
  }
}
