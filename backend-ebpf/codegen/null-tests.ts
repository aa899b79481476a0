/**
 * Null tests of pointers that were tested before: jumps are threaded past them, and what lies between the two tests is
 * copied, one copy for each answer. Kernels before 6.8 follow both ways of a second test, even where only one is possible, and
 * then find a handle that is not released. Works on machine IR, where a block is copied without regard to phis.
 */
import type { BlockId } from "../../ir/types.ts";
import { eachDef, type MBlock, type MFunc, type MTerminator, machineSuccessors, mapMachineTargets, type Reg } from "./mir.ts";

/** What is known of the pointer at a block's start. */
type Known = "unknown" | "null" | "held";

/** A function that copying would make longer than this, in blocks, stays as it is. */
const MAX_BLOCKS = 4096;

/** Threads the tests of every nullable pointer, in place. */
export function threadNullTests(func: MFunc): void {
  for (const reg of func.nullable) if (func.blocks.filter(({ terminator }) => isTest(terminator, reg)).length > 1) thread(func, reg);
}

function isTest(terminator: MTerminator, reg: Reg): terminator is MTerminator & { op: "branch" } {
  if (terminator.op !== "branch" || terminator.a !== reg || typeof terminator.b === "number" || terminator.b.imm !== 0) return false;
  return terminator.width === 64 && (terminator.pred === "eq" || terminator.pred === "ne");
}

function thread(func: MFunc, reg: Reg): void {
  const blocks = new Map(func.blocks.map((block) => [block.id, block]));
  const defines = new Set(func.blocks.filter((block) => definesReg(block, reg)).map(({ id }) => id));
  const matters = beforeTests(func, reg, defines);
  let nextId = Math.max(...blocks.keys()) + 1;
  /** Ids of the copies of each block, by what is known. */
  const copies = new Map<BlockId, Map<Known, BlockId>>();
  const made: MBlock[] = [];
  const work: [BlockId, Known, BlockId][] = [];
  let threaded = false;
  const copyOf = (id: BlockId, known: Known): BlockId => {
    const state = matters.has(id) ? known : "unknown";
    const ids = copies.get(id) ?? new Map<Known, BlockId>();
    copies.set(id, ids);
    const existing = ids.get(state);
    if (existing !== undefined) return existing;
    const copy = ids.size === 0 ? id : nextId++;
    ids.set(state, copy);
    work.push([id, state, copy]);
    return copy;
  };
  copyOf(func.blocks[0]!.id, "unknown");
  for (let next = work.shift(); next; next = work.shift()) {
    const [id, before, copy] = next;
    if (made.length > MAX_BLOCKS) return;
    const block = blocks.get(id)!;
    const known: Known = defines.has(id) ? "unknown" : before;
    const { terminator } = block;
    let replaced: MTerminator;
    if (isTest(terminator, reg)) {
      const [ifNull, ifHeld] = terminator.pred === "eq" ? [terminator.then, terminator.else] : [terminator.else, terminator.then];
      if (known === "unknown") {
        const [toNull, toHeld] = [copyOf(ifNull, "null"), copyOf(ifHeld, "held")];
        replaced = { ...terminator, then: terminator.pred === "eq" ? toNull : toHeld, else: terminator.pred === "eq" ? toHeld : toNull };
      } else {
        threaded = true;
        replaced = { op: "jump", to: copyOf(known === "null" ? ifNull : ifHeld, known), span: terminator.span };
      }
    } else replaced = mapMachineTargets(terminator, (to) => copyOf(to, known));
    made.push({ ...block, id: copy, instrs: [...block.instrs], terminator: replaced });
  }
  if (threaded) func.blocks = made;
}

function definesReg(block: MBlock, reg: Reg): boolean {
  let found = false;
  for (const instr of block.instrs) {
    eachDef(instr, (def) => {
      if (def === reg) found = true;
    });
  }
  return found;
}

/** Blocks from whose start a test of `reg` as it is there may be reached. */
function beforeTests(func: MFunc, reg: Reg, defines: ReadonlySet<BlockId>): Set<BlockId> {
  const found = new Set<BlockId>();
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = func.blocks.length - 1; i >= 0; i--) {
      const { id, terminator } = func.blocks[i]!;
      if (found.has(id) || defines.has(id)) continue;
      if (!isTest(terminator, reg) && !machineSuccessors(terminator).some((to) => found.has(to))) continue;
      found.add(id);
      changed = true;
    }
  }
  return found;
}
