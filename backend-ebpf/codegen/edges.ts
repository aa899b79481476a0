/**
 * Control-flow surgery on a function's private copy: cloning, predecessors, splitting of edges, preheaders. Keeps SSA
 * form; never changes what a program does.
 */
import { mapTargets, successorsOf } from "../../ir/operands.ts";
import type { Block, BlockId, Func, Instr, ValueId } from "../../ir/types.ts";

/** A copy whose blocks may be changed; instructions are shared, since they are never changed in place. */
export function cloneFunction(func: Func): Func {
  const blocks = new Map<BlockId, Block>();
  for (const id of reachable(func)) {
    const block = func.blocks.get(id)!;
    blocks.set(id, { id, instrs: [...block.instrs], terminator: block.terminator });
  }
  // A phi's entries from unreachable blocks would have no edge to be copied on.
  for (const block of blocks.values()) {
    block.instrs.forEach((instr, i) => {
      if (instr.op === "phi") block.instrs[i] = { ...instr, incoming: instr.incoming.filter((entry) => blocks.has(entry.from)) };
    });
    const { terminator } = block;
    if (terminator.op === "condbr" && terminator.then === terminator.else) block.terminator = { op: "br", to: terminator.then, ...spanOf(terminator) };
  }
  return { ...func, blocks };
}

function spanOf<T extends { readonly span?: unknown }>(from: T): Pick<T, "span"> | object {
  return from.span === undefined ? {} : { span: from.span };
}

function reachable(func: Func): Set<BlockId> {
  const seen = new Set<BlockId>([func.entry]);
  for (const id of seen) for (const to of successorsOf(func.blocks.get(id)!.terminator)) seen.add(to);
  return seen;
}

export function predecessors(func: Func): Map<BlockId, BlockId[]> {
  const map = new Map<BlockId, BlockId[]>([...func.blocks.keys()].map((id) => [id, []]));
  for (const block of func.blocks.values()) for (const to of successorsOf(block.terminator)) map.get(to)!.push(block.id);
  return map;
}

/** Puts an empty block on the edge from → to and gives its id. */
export function splitEdge(func: Func, from: BlockId, to: BlockId): BlockId {
  const id = func.nextBlock++;
  const source = func.blocks.get(from)!;
  func.blocks.set(id, { id, instrs: [], terminator: { op: "br", to, ...spanOf(source.terminator) } });
  source.terminator = mapTargets(source.terminator, (target) => (target === to ? id : target));
  renamePredecessor(func.blocks.get(to)!, from, id);
  return id;
}

function renamePredecessor(block: Block, from: BlockId, to: BlockId): void {
  block.instrs.forEach((instr, i) => {
    if (instr.op !== "phi") return;
    block.instrs[i] = { ...instr, incoming: instr.incoming.map((entry) => (entry.from === from ? { from: to, value: entry.value } : entry)) };
  });
}

/** Splits every edge from a block with several successors to a block with phis: copies then have a place of their own. */
export function splitCriticalEdges(func: Func): void {
  for (const block of [...func.blocks.values()]) {
    const targets = successorsOf(block.terminator);
    if (targets.length < 2) continue;
    for (const to of targets) if (func.blocks.get(to)!.instrs[0]?.op === "phi") splitEdge(func, block.id, to);
  }
}

/**
 * Gives the loop a block of its own before `header`, which all edges from outside (`outside`) go through, and returns
 * its id. Phis of the header are split: their entries from outside merge in the new block.
 */
export function makePreheader(func: Func, header: BlockId, outside: readonly BlockId[]): BlockId {
  if (outside.length === 1) return splitEdge(func, outside[0]!, header);
  const id = func.nextBlock++;
  const head = func.blocks.get(header)!;
  const merged: Instr[] = [];
  head.instrs.forEach((instr, i) => {
    if (instr.op !== "phi") return;
    const fromOutside = instr.incoming.filter((entry) => outside.includes(entry.from));
    const value: ValueId = func.nextValue++;
    merged.push({ op: "phi", id: value, type: instr.type, incoming: fromOutside, ...spanOf(instr), ...(instr.name !== undefined && { name: instr.name }) });
    head.instrs[i] = { ...instr, incoming: [...instr.incoming.filter((entry) => !outside.includes(entry.from)), { from: id, value }] };
  });
  func.blocks.set(id, { id, instrs: merged, terminator: { op: "br", to: header } });
  for (const from of outside) {
    const block = func.blocks.get(from)!;
    block.terminator = mapTargets(block.terminator, (target) => (target === header ? id : target));
  }
  return id;
}
