/**
 * The interference graph: which registers hold different values at the same time, and the copies that would vanish if
 * two got one register. Owns conservative coalescing (Briggs); colours are allocate.ts's business.
 */
import { computeLiveness, RegSet, stepInstr, stepTerminator } from "./liveness.ts";
import { eachDef, isVirtual, type MFunc, type MInstr, type Reg, REGISTERS } from "./mir.ts";

export interface Move {
  readonly dst: Reg;
  readonly src: Reg;
  /** Loop depth of the copy. */
  readonly depth: number;
}

export class Interference {
  /** Neighbours of each node; nodes are physical registers and virtual ones in registers. */
  readonly neighbours = new Map<Reg, Set<Reg>>();
  readonly moves: Move[] = [];
  readonly #alias = new Map<Reg, Reg>();

  /** `onStack` tells the virtual registers that were spilled: they take no register. */
  constructor(func: MFunc, onStack: (reg: Reg) => boolean) {
    for (let reg = 0; reg < REGISTERS; reg++) this.#node(reg);
    const { liveOut } = computeLiveness(func);
    for (const block of func.blocks) {
      const live = new RegSet(liveOut.get(block.id)!);
      stepTerminator(block, live);
      for (let k = block.instrs.length - 1; k >= 0; k--) {
        const instr = block.instrs[k]!;
        const copied = copySource(instr);
        eachDef(instr, (def) => {
          if (onStack(def)) return;
          this.#node(def);
          live.each((other) => {
            if (other !== def && other !== copied && !onStack(other)) this.#connect(def, other);
          });
          for (const early of readAfterWrite(instr)) if (early !== def && !onStack(early)) this.#connect(def, early);
        });
        if (copied !== undefined && instr.op === "mov" && !onStack(copied) && !onStack(instr.dst)) {
          this.moves.push({ dst: instr.dst, src: copied, depth: block.depth });
        }
        stepInstr(block, k, live);
      }
    }
    this.moves.sort((a, b) => b.depth - a.depth);
  }

  /** The node that `reg` was merged into. */
  find(reg: Reg): Reg {
    let root = reg;
    for (let next = this.#alias.get(root); next !== undefined; next = this.#alias.get(root)) root = next;
    return root;
  }

  interfere(a: Reg, b: Reg): boolean {
    return this.neighbours.get(a)?.has(b) ?? false;
  }

  /** Merges virtual registers joined by copies wherever the merged node stays colourable for certain. */
  coalesce(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const move of this.moves) {
        const [a, b] = [this.find(move.dst), this.find(move.src)];
        if (a === b || !isVirtual(a) || !isVirtual(b) || this.interfere(a, b) || !this.#safeToMerge(a, b)) continue;
        this.#merge(a, b);
        changed = true;
      }
    }
  }

  /** Briggs: fewer than K neighbours of the merged node have K neighbours or more. */
  #safeToMerge(a: Reg, b: Reg): boolean {
    const [of, and] = [this.neighbours.get(a)!, this.neighbours.get(b)!];
    let significant = 0;
    for (const n of of) if (this.#degree(n, and.has(n)) >= REGISTERS) significant++;
    for (const n of and) if (!of.has(n) && this.#degree(n, false) >= REGISTERS) significant++;
    return significant < REGISTERS;
  }

  #degree(reg: Reg, shared: boolean): number {
    return isVirtual(reg) ? this.neighbours.get(reg)!.size - (shared ? 1 : 0) : Number.POSITIVE_INFINITY;
  }

  #merge(into: Reg, gone: Reg): void {
    this.#alias.set(gone, into);
    for (const n of this.neighbours.get(gone)!) {
      this.neighbours.get(n)!.delete(gone);
      this.#connect(into, n);
    }
    this.neighbours.delete(gone);
  }

  #node(reg: Reg): Set<Reg> {
    const known = this.neighbours.get(reg);
    if (known) return known;
    const made = new Set<Reg>();
    this.neighbours.set(reg, made);
    return made;
  }

  #connect(a: Reg, b: Reg): void {
    this.#node(a).add(b);
    this.#node(b).add(a);
  }
}

/** The source of a full copy: source and destination may share a register even while both live. */
function copySource(instr: MInstr): Reg | undefined {
  return instr.op === "mov" && instr.width === 64 && typeof instr.src === "number" ? instr.src : undefined;
}

/** Operands that are still read after the destination is written. */
function readAfterWrite(instr: MInstr): Reg[] {
  if (instr.op === "set") return typeof instr.b === "number" ? [instr.a, instr.b] : [instr.a];
  return instr.op === "link" ? [instr.src] : [];
}
