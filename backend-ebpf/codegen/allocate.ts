/**
 * Register allocation: Chaitin-Briggs graph colouring with R0–R9, calls clobbering R0–R5, spills to 8-byte stack slots.
 * (Briggs, Cooper, Torczon, "Improvements to Graph Coloring Register Allocation", TOPLAS 1994.) Rewrites the function by
 * fills and spills until every register fits; virtual registers keep their names, so that variables can be located.
 */
import { Interference } from "./interference.ts";
import { removeDead } from "./liveness.ts";
import { eachDef, eachTerminatorUse, eachUse, isVirtual, type MFunc, type Reg, REGISTERS } from "./mir.ts";
import { assignSlots, insertSpills } from "./spill.ts";

export interface Allocation {
  /** Physical register of a register, or undefined if it lives on the stack. */
  readonly register: (reg: Reg) => number | undefined;
  /** Stack slot of a spilled register. */
  readonly slot: (reg: Reg) => number | undefined;
  /** Number of 8-byte stack slots. */
  readonly slots: number;
}

export interface AllocateOptions {
  /** The kernel does not number spilled values by itself (before 6.8): copies make it. */
  readonly linkSpills: boolean;
}

/** Caller-saved registers first: R6–R9 are the ones that survive calls. */
const PREFERENCE: readonly number[] = [1, 2, 3, 4, 5, 0, 6, 7, 8, 9];

/** Every round spills more; a function that still does not fit then is a bug here. */
const MAX_ROUNDS = 64;

export function allocate(func: MFunc, options: AllocateOptions): Allocation {
  /** Spilled register → the class that shares its slot. */
  const spilled = new Map<Reg, Reg>();
  const temporaries = new Set<Reg>();
  removeDead(func);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const graph = new Interference(func, (reg) => spilled.has(reg));
    graph.coalesce();
    const { colours, failed } = colour(graph, spillCosts(func, graph, temporaries, options));
    if (failed.length === 0) {
      const slots = assignSlots(func, spilled);
      return {
        register: (reg) => (isVirtual(reg) ? colours.get(graph.find(reg)) : reg),
        slot: (reg) => slots.of.get(reg),
        slots: slots.count,
      };
    }
    const classes = new Set(failed);
    const fresh = new Set<Reg>();
    for (const reg of registersOf(func)) {
      if (spilled.has(reg) || !isVirtual(reg) || !classes.has(graph.find(reg))) continue;
      spilled.set(reg, graph.find(reg));
      fresh.add(reg);
    }
    insertSpills(func, fresh, spilled, temporaries, options.linkSpills);
    removeDead(func);
  }
  throw new Error("register allocation does not converge");
}

function registersOf(func: MFunc): Set<Reg> {
  const regs = new Set<Reg>();
  const add = (reg: Reg) => regs.add(reg);
  for (const block of func.blocks) {
    for (const instr of block.instrs) {
      eachUse(instr, add);
      eachDef(instr, add);
    }
    eachTerminatorUse(block.terminator, add);
  }
  return regs;
}

/** Reads and writes of each node, each loop around them counting tenfold. Temporaries of spills must not be spilled again. */
function spillCosts(func: MFunc, graph: Interference, temporaries: ReadonlySet<Reg>, { linkSpills }: AllocateOptions): Map<Reg, number> {
  const costs = new Map<Reg, number>();
  for (const block of func.blocks) {
    const weight = 10 ** Math.min(block.depth, 6);
    const count = (reg: Reg) => {
      if (!isVirtual(reg)) return;
      const node = graph.find(reg);
      const cost = temporaries.has(reg) ? Number.POSITIVE_INFINITY : weight * (linkSpills && func.ranged.has(reg) ? 8 : 1);
      costs.set(node, (costs.get(node) ?? 0) + cost);
    };
    for (const instr of block.instrs) {
      eachUse(instr, count);
      eachDef(instr, count);
    }
    eachTerminatorUse(block.terminator, count);
  }
  return costs;
}

function colour(graph: Interference, costs: ReadonlyMap<Reg, number>): { colours: Map<Reg, number>; failed: Reg[] } {
  const colours = new Map<Reg, number>();
  for (let reg = 0; reg < REGISTERS; reg++) colours.set(reg, reg);
  const order = simplify(graph, costs);
  const hints = hintsOf(graph);
  const failed: Reg[] = [];
  for (let i = order.length - 1; i >= 0; i--) {
    const reg = order[i]!;
    const taken = new Set<number>();
    for (const n of graph.neighbours.get(reg)!) {
      const used = colours.get(n);
      if (used !== undefined) taken.add(used);
    }
    const wanted = (hints.get(reg) ?? []).map((other) => colours.get(other)).find((c) => c !== undefined && !taken.has(c));
    const chosen = wanted ?? PREFERENCE.find((c) => !taken.has(c));
    if (chosen === undefined) failed.push(reg);
    else colours.set(reg, chosen);
  }
  return { colours, failed };
}

/** Partners of copies, deepest loop first. */
function hintsOf(graph: Interference): Map<Reg, Reg[]> {
  const hints = new Map<Reg, Reg[]>();
  const add = (reg: Reg, other: Reg) => {
    const list = hints.get(reg);
    if (list) list.push(other);
    else hints.set(reg, [other]);
  };
  for (const move of graph.moves) {
    const [a, b] = [graph.find(move.dst), graph.find(move.src)];
    if (a === b) continue;
    add(a, b);
    add(b, a);
  }
  return hints;
}

/**
 * Nodes in the order they leave the graph: first those that are colourable whatever the rest gets, and when none is
 * left the one whose spill costs least for what it frees.
 */
function simplify(graph: Interference, costs: ReadonlyMap<Reg, number>): Reg[] {
  const degree = new Map<Reg, number>();
  for (const [reg, neighbours] of graph.neighbours) if (isVirtual(reg)) degree.set(reg, neighbours.size);
  const order: Reg[] = [];
  const ready = [...degree].filter(([, d]) => d < REGISTERS).map(([reg]) => reg);
  const remove = (reg: Reg) => {
    degree.delete(reg);
    order.push(reg);
    for (const n of graph.neighbours.get(reg)!) {
      const d = degree.get(n);
      if (d === undefined) continue;
      degree.set(n, d - 1);
      if (d === REGISTERS) ready.push(n);
    }
  };
  while (degree.size > 0) {
    const reg = ready.pop();
    if (reg !== undefined) {
      if (degree.has(reg)) remove(reg);
      continue;
    }
    let best: Reg | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [candidate, d] of degree) {
      const price = (costs.get(candidate) ?? 0) / d;
      if (best === undefined || price < least) [best, least] = [candidate, price];
    }
    remove(best!);
  }
  return order;
}
