/**
 * Block order: threads jumps through empty blocks, drops what can't be reached, and puts blocks so that loops stay
 * together, likely ways fall through and abnormal ends come last.
 */
import type { BlockId } from "../../ir/types.ts";
import { machineSuccessors, mapMachineTargets, type MBlock, type MTerminator } from "./mir.ts";

/** The blocks to emit, in order, with their final terminators. `isEmpty` tells blocks that have no instructions left. */
export function arrange(blocks: readonly MBlock[], isEmpty: (block: MBlock) => boolean): { block: MBlock; terminator: MTerminator }[] {
  const byId = new Map(blocks.map((b) => [b.id, b]));
  const target = (id: BlockId): BlockId => {
    const seen = new Set<BlockId>();
    let at = byId.get(id)!;
    while (at.terminator.op === "jump" && isEmpty(at) && !seen.has(at.id)) {
      seen.add(at.id);
      at = byId.get(at.terminator.to)!;
    }
    return at.id;
  };
  const final = new Map<BlockId, MTerminator>(blocks.map((b) => [b.id, simplify(mapMachineTargets(b.terminator, target))]));
  const order = searchOrder(blocks[0]!, byId, final);
  return delayEnds(order, final).map((block) => ({ block, terminator: final.get(block.id)! }));
}

function simplify(terminator: MTerminator): MTerminator {
  if (terminator.op !== "branch" || terminator.then !== terminator.else) return terminator;
  return { op: "jump", to: terminator.then, ...(terminator.span && { span: terminator.span }) };
}

/** Reverse postorder; deeper loops and the first way come right behind their block. */
function searchOrder(entry: MBlock, byId: ReadonlyMap<BlockId, MBlock>, final: ReadonlyMap<BlockId, MTerminator>): MBlock[] {
  const postorder: MBlock[] = [];
  const seen = new Set<BlockId>([entry.id]);
  const visit = (block: MBlock) => {
    const successors = machineSuccessors(final.get(block.id)!).map((id, rank) => ({ block: byId.get(id)!, rank }));
    // Visited first = placed last.
    successors.sort((a, b) => Number(b.block.cold) - Number(a.block.cold) || a.block.depth - b.block.depth || b.rank - a.rank);
    return { block, successors: successors.map((s) => s.block), next: 0 };
  };
  const stack = [visit(entry)];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const next = top.successors[top.next++];
    if (!next) {
      postorder.push(top.block);
      stack.pop();
    } else if (!seen.has(next.id)) {
      seen.add(next.id);
      stack.push(visit(next));
    }
  }
  return postorder.reverse();
}

/** Moves ends of the call behind everything else when they are abnormal or would stand inside a loop. */
function delayEnds(order: readonly MBlock[], final: ReadonlyMap<BlockId, MTerminator>): MBlock[] {
  const late = new Set<MBlock>();
  order.forEach((block, i) => {
    if (i === 0 || final.get(block.id)!.op !== "exit") return;
    if (block.cold || order[i - 1]!.depth > block.depth) late.add(block);
  });
  return [...order.filter((b) => !late.has(b)), ...order.filter((b) => late.has(b))];
}
