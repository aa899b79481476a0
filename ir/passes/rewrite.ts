/**
 * What several passes do to a function: replace values, clean up after edges went away. No pass of its own; decides
 * nothing about profit. Every function returns whether it changed anything.
 */
import { buildCfg, buildDominators, findLoops } from "../cfg.ts";
import { mapOperands, mapTerminatorOperand } from "../operands.ts";
import type { BlockId, Func, Instr, Module, ValueId } from "../types.ts";

/** A pass: changes `func` in place and says whether it did. */
export type PassRun = (func: Func, module: Module) => boolean;

/** Replaces every use of a key of `replacements` by what the chain of replacements ends in. Definitions stay. */
export function replaceValues(func: Func, replacements: ReadonlyMap<ValueId, ValueId>): boolean {
  if (replacements.size === 0) return false;
  const resolve = (value: ValueId): ValueId => {
    let at = value;
    for (let next = replacements.get(at); next !== undefined; next = replacements.get(at)) at = next;
    return at;
  };
  for (const block of func.blocks.values()) {
    block.instrs.forEach((instr, i) => {
      block.instrs[i] = mapOperands(instr, resolve);
    });
    block.terminator = mapTerminatorOperand(block.terminator, resolve);
  }
  return true;
}

/** Replaces a block's instructions. */
export function setInstrs(func: Func, block: BlockId, instrs: readonly Instr[]): void {
  const target = func.blocks.get(block)!.instrs;
  target.length = 0;
  for (const instr of instrs) target.push(instr);
}

/** Drops phi entries of `block` that come from `from`. */
export function dropPhiEntries(func: Func, block: BlockId, from: BlockId): void {
  const { instrs } = func.blocks.get(block)!;
  for (let i = 0; i < instrs.length; i++) {
    const instr = instrs[i]!;
    if (instr.op !== "phi") break;
    instrs[i] = { ...instr, incoming: instr.incoming.filter((entry) => entry.from !== from) };
  }
}

/**
 * Restores the checker's invariants after edges were removed: drops unreachable blocks and phi entries without an edge,
 * and turns a `loop` whose cycle is gone into a plain branch (no round is taken where nothing can repeat).
 */
export function cleanFlow(func: Func): boolean {
  let changed = false;
  for (;;) {
    const cfg = buildCfg(func);
    for (const id of [...func.blocks.keys()]) {
      if (cfg.index.has(id)) continue;
      func.blocks.delete(id);
      changed = true;
    }
    for (const id of cfg.order) {
      const predecessors = cfg.predecessors.get(id)!;
      const stale = new Set<BlockId>();
      for (const instr of func.blocks.get(id)!.instrs) {
        if (instr.op !== "phi") break;
        for (const { from } of instr.incoming) if (!predecessors.includes(from)) stale.add(from);
      }
      for (const from of stale) dropPhiEntries(func, id, from);
      if (stale.size > 0) changed = true;
    }
    const forest = findLoops(cfg, buildDominators(cfg));
    let opened = false;
    for (const id of cfg.order) {
      const block = func.blocks.get(id)!;
      if (block.terminator.op !== "loop" || forest.byHeader(id)) continue;
      block.terminator = { op: "br", to: block.terminator.body, ...(block.terminator.span ? { span: block.terminator.span } : {}) };
      opened = true;
    }
    if (!opened) return changed;
    changed = true;
  }
}
