/**
 * Control flow of bytecode for the translator: the functions of a program, their basic blocks in reverse postorder,
 * dominators, loop headers, and whether the graph is reducible. Owns graphs, no instruction's meaning beyond where it goes.
 */
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { type Action, formOf, isWide } from "../../backend-ebpf/isa/opcodes.ts";

/** Where a block goes. Targets are indexes in `ControlFlow.blocks`. */
export type Terminator =
  | { readonly kind: "jump"; readonly target: number }
  /** The conditional instruction in slot `insn`. */
  | { readonly kind: "branch"; readonly insn: number; readonly taken: number; readonly next: number }
  | { readonly kind: "exit" };

export interface Block {
  /** Slots [start, end) that are executed before the terminator. */
  readonly start: number;
  readonly end: number;
  readonly terminator: Terminator;
}

export interface ControlFlow {
  /** First slot of the function. */
  readonly entry: number;
  /** Reachable blocks in reverse postorder: a block's index is its number; 0 is the entry. */
  readonly blocks: readonly Block[];
  /** Immediate dominator of each block; the entry's is itself. */
  readonly dominator: readonly number[];
  /** Blocks that a back edge leads to. */
  readonly loopHeader: readonly boolean[];
  /** Blocks that more than one forward edge leads to. */
  readonly merge: readonly boolean[];
  /** Every edge to an earlier block leads to one that dominates its source. */
  readonly reducible: boolean;
}

/** Control flow that no verified program has: a jump out of the program, or its end without an exit. */
export class MalformedProgram extends Error {}

export function actionOf(insn: Insn): Action | undefined {
  return formOf(insn)?.action;
}

/** First slots of the functions that `from` reaches by calls or by their addresses, itself first. */
export function functionEntries(insns: readonly Insn[], from: number): number[] {
  const found = new Set([from]);
  for (const entry of found) {
    for (const slot of reachableSlots(insns, entry)) {
      const action = actionOf(insns[slot]!);
      const named = action?.kind === "call" ? action.callee === "subprogram" : action?.kind === "ldimm64" && action.pseudo === "func";
      if (named) found.add(slot + 1 + insns[slot]!.imm);
    }
  }
  return [...found];
}

type Step = { readonly kind: "next"; readonly to: number } | { readonly kind: "goto"; readonly to: number } | { readonly kind: "branch"; readonly taken: number; readonly next: number } | { readonly kind: "exit" };

/** Where the instruction in `slot` goes. */
function step(insns: readonly Insn[], slot: number): Step {
  const insn = insns[slot];
  if (!insn) throw new MalformedProgram(`control runs to slot ${slot}, where no instruction is`);
  const action = actionOf(insn);
  switch (action?.kind) {
    case "jump":
    case "may_goto":
      return { kind: "branch", taken: slot + 1 + insn.off, next: slot + 1 };
    case "goto":
      return { kind: "goto", to: slot + 1 + insn.off };
    case "gotol":
      return { kind: "goto", to: slot + 1 + insn.imm };
    case "exit":
      return { kind: "exit" };
    default:
      return { kind: "next", to: slot + (isWide(insn) ? 2 : 1) };
  }
}

function targets(where: Step): number[] {
  switch (where.kind) {
    case "exit":
      return [];
    case "branch":
      return [where.taken, where.next];
    default:
      return [where.to];
  }
}

function reachableSlots(insns: readonly Insn[], entry: number): Set<number> {
  const seen = new Set([entry]);
  for (const slot of seen) for (const target of targets(step(insns, slot))) seen.add(target);
  return seen;
}

/** The graph of the function that starts in slot `entry`. Throws MalformedProgram. */
export function controlFlow(insns: readonly Insn[], entry: number): ControlFlow {
  const slots = reachableSlots(insns, entry);
  const leaders = new Set([entry]);
  for (const slot of slots) {
    const where = step(insns, slot);
    if (where.kind !== "next") for (const target of targets(where)) leaders.add(target);
  }
  const raw = new Map<number, { end: number; where: Step }>();
  for (const start of leaders) raw.set(start, runFrom(insns, start, leaders));
  const order = reversePostorder(entry, (start) => targets(raw.get(start)!.where));
  const index = new Map(order.map((start, i) => [start, i]));
  const blocks = order.map((start): Block => {
    const { end, where } = raw.get(start)!;
    return { start, end, terminator: terminatorOf(where, end, index) };
  });
  return { entry, blocks, ...shape(blocks) };
}

/** The straight run of instructions from a leader: where it ends, and how it goes on. */
function runFrom(insns: readonly Insn[], start: number, leaders: ReadonlySet<number>): { end: number; where: Step } {
  for (let slot = start; ; ) {
    const where = step(insns, slot);
    if (where.kind !== "next") return { end: slot, where };
    slot = where.to;
    if (leaders.has(slot)) return { end: slot, where };
  }
}

function terminatorOf(where: Step, insn: number, index: ReadonlyMap<number, number>): Terminator {
  switch (where.kind) {
    case "exit":
      return { kind: "exit" };
    case "branch":
      return { kind: "branch", insn, taken: index.get(where.taken)!, next: index.get(where.next)! };
    default:
      return { kind: "jump", target: index.get(where.to)! };
  }
}

function reversePostorder(entry: number, successors: (node: number) => readonly number[]): number[] {
  const order: number[] = [];
  const seen = new Set([entry]);
  const work = [{ node: entry, rest: [...successors(entry)] }];
  for (let top = work.at(-1); top; top = work.at(-1)) {
    const next = top.rest.pop();
    if (next === undefined) {
      order.push(top.node);
      work.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      work.push({ node: next, rest: [...successors(next)] });
    }
  }
  return order.reverse();
}

export function successorsOf(terminator: Terminator): readonly number[] {
  switch (terminator.kind) {
    case "exit":
      return [];
    case "jump":
      return [terminator.target];
    case "branch":
      return [terminator.taken, terminator.next];
  }
}

function shape(blocks: readonly Block[]): Pick<ControlFlow, "dominator" | "loopHeader" | "merge" | "reducible"> {
  const predecessors: number[][] = blocks.map(() => []);
  blocks.forEach(({ terminator }, from) => {
    for (const to of successorsOf(terminator)) predecessors[to]!.push(from);
  });
  const dominator = dominators(predecessors);
  const dominates = (a: number, b: number) => {
    while (b > a) b = dominator[b]!;
    return a === b;
  };
  const isBack = (from: number, to: number) => to <= from;
  return {
    dominator,
    loopHeader: predecessors.map((from, to) => from.some((p) => isBack(p, to))),
    merge: predecessors.map((from, to) => from.filter((p) => !isBack(p, to)).length > 1),
    reducible: predecessors.every((from, to) => from.every((p) => !isBack(p, to) || dominates(to, p))),
  };
}

/** Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001), on blocks in reverse postorder. */
function dominators(predecessors: readonly (readonly number[])[]): number[] {
  const dominator: (number | undefined)[] = predecessors.map(() => undefined);
  dominator[0] = 0;
  const intersect = (a: number, b: number) => {
    while (a !== b) {
      while (a > b) a = dominator[a]!;
      while (b > a) b = dominator[b]!;
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let node = 1; node < predecessors.length; node++) {
      const known = predecessors[node]!.filter((p) => dominator[p] !== undefined);
      const found = known.reduce(intersect);
      if (dominator[node] !== found) {
        dominator[node] = found;
        changed = true;
      }
    }
  }
  return dominator as number[];
}
