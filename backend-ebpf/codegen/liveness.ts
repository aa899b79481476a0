/** Liveness of registers at block ends, by backward dataflow over bit sets; and removal of what nothing reads. */
import type { BlockId } from "../../ir/types.ts";
import { eachDef, eachTerminatorUse, eachUse, isPure, type MFunc, machineSuccessors, type MBlock, type Reg } from "./mir.ts";

/** A set of registers. */
export class RegSet {
  readonly words: Uint32Array;

  constructor(size: number | RegSet) {
    this.words = typeof size === "number" ? new Uint32Array((size + 31) >>> 5) : size.words.slice();
  }
  has(reg: Reg): boolean {
    return (this.words[reg >>> 5]! & (1 << (reg & 31))) !== 0;
  }
  add(reg: Reg): void {
    this.words[reg >>> 5]! |= 1 << (reg & 31);
  }
  delete(reg: Reg): void {
    this.words[reg >>> 5]! &= ~(1 << (reg & 31));
  }
  /** Adds all of `other`; true if that changed anything. */
  addAll(other: RegSet): boolean {
    let changed = 0;
    for (let i = 0; i < this.words.length; i++) {
      const word = this.words[i]! | other.words[i]!;
      changed |= word ^ this.words[i]!;
      this.words[i] = word;
    }
    return changed !== 0;
  }
  /** Adds all of `other` that is not in `without`; true if that changed anything. */
  addAllExcept(other: RegSet, without: RegSet): boolean {
    let changed = 0;
    for (let i = 0; i < this.words.length; i++) {
      const word = this.words[i]! | (other.words[i]! & ~without.words[i]!);
      changed |= word ^ this.words[i]!;
      this.words[i] = word;
    }
    return changed !== 0;
  }
  each(visit: (reg: Reg) => void): void {
    for (let i = 0; i < this.words.length; i++) {
      for (let word = this.words[i]!; word !== 0; word &= word - 1) visit(i * 32 + 31 - Math.clz32(word & -word));
    }
  }
}

export interface Liveness {
  readonly liveIn: ReadonlyMap<BlockId, RegSet>;
  readonly liveOut: ReadonlyMap<BlockId, RegSet>;
}

/** Live registers before and after each block. The context in R1 is live at the function's start only through its use. */
export function computeLiveness(func: MFunc): Liveness {
  const size = func.nextReg;
  const blocks = func.blocks.map((block) => ({ block, ...summarize(block, size), liveOut: new RegSet(size) }));
  const byId = new Map(blocks.map((b) => [b.block.id, b]));
  // `uses` grows into the set of what is live before the block.
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const { block, uses, defs, liveOut } = blocks[i]!;
      let grown = false;
      for (const to of machineSuccessors(block.terminator)) if (liveOut.addAll(byId.get(to)!.uses)) grown = true;
      if (grown && uses.addAllExcept(liveOut, defs)) changed = true;
    }
  }
  return { liveIn: new Map(blocks.map((b) => [b.block.id, b.uses])), liveOut: new Map(blocks.map((b) => [b.block.id, b.liveOut])) };
}

/** Registers read before they are written in the block, and those written. */
function summarize(block: MBlock, size: number): { uses: RegSet; defs: RegSet } {
  const uses = new RegSet(size);
  const defs = new RegSet(size);
  const use = (reg: Reg) => {
    if (!defs.has(reg)) uses.add(reg);
  };
  for (const instr of block.instrs) {
    eachUse(instr, use);
    eachDef(instr, (reg) => defs.add(reg));
  }
  eachTerminatorUse(block.terminator, use);
  return { uses, defs };
}

/** From behind the terminator to before it. */
export function stepTerminator(block: MBlock, live: RegSet): void {
  eachTerminatorUse(block.terminator, (reg) => live.add(reg));
}

/** From behind instruction `k` to before it. */
export function stepInstr(block: MBlock, k: number, live: RegSet): void {
  eachDef(block.instrs[k]!, (reg) => live.delete(reg));
  eachUse(block.instrs[k]!, (reg) => live.add(reg));
}

/** Drops pure instructions whose results nothing reads, in place. */
export function removeDead(func: MFunc): void {
  for (let changed = true; changed; ) {
    changed = false;
    const { liveOut } = computeLiveness(func);
    for (const block of func.blocks) {
      const live = new RegSet(liveOut.get(block.id)!);
      stepTerminator(block, live);
      for (let k = block.instrs.length - 1; k >= 0; k--) {
        const instr = block.instrs[k]!;
        let needed = !isPure(instr);
        eachDef(instr, (reg) => {
          if (live.has(reg)) needed = true;
        });
        if (needed) stepInstr(block, k, live);
        else {
          block.instrs.splice(k, 1);
          changed = true;
        }
      }
    }
  }
}
