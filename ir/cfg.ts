/**
 * Control-flow facts about a function: predecessors and successors, reverse postorder, dominator tree, natural loops.
 * Shared by the passes, the checker and the backend. Computes and never changes; recompute after blocks change.
 */
import { successorsOf } from "./operands.ts";
import type { Block, BlockId, Func } from "./types.ts";

export interface Cfg {
  readonly entry: BlockId;
  /** Reachable blocks in reverse postorder: a block comes before its successors, back edges aside. */
  readonly order: readonly BlockId[];
  /** Position in `order`; absent for unreachable blocks. */
  readonly index: ReadonlyMap<BlockId, number>;
  /** Reachable predecessors, each once. */
  readonly predecessors: ReadonlyMap<BlockId, readonly BlockId[]>;
  /** Each once, in the terminator's order. */
  readonly successors: ReadonlyMap<BlockId, readonly BlockId[]>;
}

/** Depth-first search from the entry, without recursion. Targets that don't exist are ignored (the checker reports them). */
export function buildCfg(func: Func): Cfg {
  const successors = new Map<BlockId, readonly BlockId[]>();
  const postorder: BlockId[] = [];
  const visit = (id: BlockId) => {
    const targets = successorsOf(func.blocks.get(id)!.terminator).filter((to) => func.blocks.has(to));
    successors.set(id, targets);
    return { id, targets, next: 0 };
  };
  const stack = func.blocks.has(func.entry) ? [visit(func.entry)] : [];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    // Later targets first, so that reverse postorder puts the first one (then, body) right behind its block.
    const to = top.targets[top.targets.length - 1 - top.next++];
    if (to === undefined) {
      postorder.push(top.id);
      stack.pop();
    } else if (!successors.has(to)) {
      stack.push(visit(to));
    }
  }
  const order = postorder.reverse();
  const index = new Map(order.map((id, i) => [id, i]));
  const predecessors = new Map<BlockId, BlockId[]>(order.map((id) => [id, []]));
  for (const id of order) for (const to of successors.get(id)!) predecessors.get(to)!.push(id);
  return { entry: func.entry, order, index, predecessors, successors };
}

/** Blocks of `cfg.order`. */
export function blocksInOrder(func: Func, cfg: Cfg): Block[] {
  return cfg.order.map((id) => func.blocks.get(id)!);
}

export interface DominatorTree {
  /** Immediate dominator; undefined for the entry and for unreachable blocks. */
  readonly idom: (block: BlockId) => BlockId | undefined;
  /** True if every path from the entry to `b` passes `a`; a block dominates itself. */
  readonly dominates: (a: BlockId, b: BlockId) => boolean;
  /** Blocks immediately dominated, in reverse postorder. */
  readonly children: (block: BlockId) => readonly BlockId[];
  /** Blocks with each parent before its children. */
  readonly preorder: readonly BlockId[];
}

/** Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001). */
export function buildDominators(cfg: Cfg): DominatorTree {
  const { order, index } = cfg;
  const idom = new Int32Array(order.length).fill(-1);
  if (order.length > 0) idom[0] = 0;
  const intersect = (a: number, b: number): number => {
    while (a !== b) {
      while (a > b) a = idom[a]!;
      while (b > a) b = idom[b]!;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 1; i < order.length; i++) {
      let best = -1;
      for (const from of cfg.predecessors.get(order[i]!)!) {
        const p = index.get(from)!;
        if (idom[p] === -1) continue;
        best = best === -1 ? p : intersect(p, best);
      }
      if (best !== idom[i]) {
        idom[i] = best;
        changed = true;
      }
    }
  }
  const children = new Map<BlockId, BlockId[]>(order.map((id) => [id, []]));
  for (let i = 1; i < order.length; i++) children.get(order[idom[i]!]!)!.push(order[i]!);
  const { preorder, first, last } = numberTree(cfg, children);
  return {
    idom: (block) => {
      const i = index.get(block);
      return i === undefined || i === 0 ? undefined : order[idom[i]!];
    },
    dominates: (a, b) => {
      const [i, j] = [index.get(a), index.get(b)];
      return i !== undefined && j !== undefined && first[i]! <= first[j]! && last[j]! <= last[i]!;
    },
    children: (block) => children.get(block) ?? [],
    preorder,
  };
}

/** Preorder and, by position in `cfg.order`, the interval of preorder numbers below each node. */
function numberTree(cfg: Cfg, children: ReadonlyMap<BlockId, readonly BlockId[]>): { preorder: BlockId[]; first: Int32Array; last: Int32Array } {
  const preorder: BlockId[] = [];
  const first = new Int32Array(cfg.order.length);
  const last = new Int32Array(cfg.order.length);
  const stack = cfg.order.length > 0 ? [{ id: cfg.entry, next: 0 }] : [];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const i = cfg.index.get(top.id)!;
    if (top.next === 0) {
      first[i] = preorder.length;
      preorder.push(top.id);
    }
    const child = children.get(top.id)![top.next++];
    if (child === undefined) {
      last[i] = preorder.length - 1;
      stack.pop();
    } else {
      stack.push({ id: child, next: 0 });
    }
  }
  return { preorder, first, last };
}

export interface NaturalLoop {
  readonly header: BlockId;
  /** Sources of the back edges. */
  readonly latches: readonly BlockId[];
  /** All blocks, header and inner loops included. */
  readonly blocks: ReadonlySet<BlockId>;
  /** The smallest loop around this one. */
  readonly parent: NaturalLoop | undefined;
  /** 1 for outermost loops. */
  readonly depth: number;
}

export interface LoopForest {
  /** Outer loops before inner ones. */
  readonly loops: readonly NaturalLoop[];
  /** The innermost loop around a block. */
  readonly loopOf: (block: BlockId) => NaturalLoop | undefined;
  /** The loop with this header. */
  readonly byHeader: (block: BlockId) => NaturalLoop | undefined;
  /** Retreating edges whose target does not dominate their source: irreducible flow. */
  readonly irreducible: readonly { readonly from: BlockId; readonly to: BlockId }[];
}

/** Natural loops; back edges with one header make one loop. */
export function findLoops(cfg: Cfg, dominators: DominatorTree): LoopForest {
  const latches = new Map<BlockId, BlockId[]>();
  const irreducible: { from: BlockId; to: BlockId }[] = [];
  for (const from of cfg.order) {
    for (const to of cfg.successors.get(from)!) {
      if (cfg.index.get(to)! > cfg.index.get(from)!) continue;
      if (!dominators.dominates(to, from)) irreducible.push({ from, to });
      else latches.set(to, [...(latches.get(to) ?? []), from]);
    }
  }
  const innermost = new Map<BlockId, NaturalLoop>();
  const byHeader = new Map<BlockId, NaturalLoop>();
  const loops: NaturalLoop[] = [];
  // Headers in reverse postorder: outer headers dominate inner ones and come first.
  for (const header of cfg.order) {
    const sources = latches.get(header);
    if (!sources) continue;
    const blocks = new Set<BlockId>([header]);
    const work = [...sources];
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      if (blocks.has(id)) continue;
      blocks.add(id);
      work.push(...cfg.predecessors.get(id)!);
    }
    const parent = innermost.get(header);
    const loop: NaturalLoop = { header, latches: sources, blocks, parent, depth: (parent?.depth ?? 0) + 1 };
    loops.push(loop);
    byHeader.set(header, loop);
    for (const id of blocks) innermost.set(id, loop);
  }
  return { loops, loopOf: (block) => innermost.get(block), byHeader: (block) => byHeader.get(block), irreducible };
}
