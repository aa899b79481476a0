/**
 * Counted loops: how often a loop goes round when its counter starts at a constant, moves by a constant and is tested
 * against a constant. That is what a kernel without loop features can follow; nothing else is a proof for it.
 */
import type { DominatorTree, NaturalLoop } from "../../ir/cfg.ts";
import type { BlockId, Func, Instr, Predicate, ValueId, Width } from "../../ir/types.ts";
import { evaluateCompare, SWAPPED } from "../../ir/evaluate.ts";

/** Counting on is pointless beyond: the verifier's limit is a million instructions. */
const MAX_TRIPS = 1 << 20;

interface Step {
  readonly add: bigint;
  readonly width: Width;
  readonly exts: readonly { readonly from: 8 | 16 | 32; readonly signed: boolean }[];
}

/** Rounds that the loop makes at most, 1 … 2^20, or undefined when its shape does not tell. */
export function countTrips(func: Func, loop: NaturalLoop, dominators: DominatorTree, defs: ReadonlyMap<ValueId, Instr>): number | undefined {
  let best: number | undefined;
  const header = func.blocks.get(loop.header)!;
  for (const phi of header.instrs) {
    if (phi.op !== "phi") break;
    const trips = tripsOfCounter(func, loop, dominators, defs, phi);
    if (trips !== undefined && (best === undefined || trips < best)) best = trips;
  }
  return best;
}

function tripsOfCounter(
  func: Func, loop: NaturalLoop, dominators: DominatorTree, defs: ReadonlyMap<ValueId, Instr>, phi: Instr & { op: "phi" },
): number | undefined {
  const outside = new Set(phi.incoming.filter((e) => !loop.blocks.has(e.from)).map((e) => constantOf(e.value, defs)));
  const inside = new Set(phi.incoming.filter((e) => loop.blocks.has(e.from)).map((e) => e.value));
  const [start] = outside;
  const [next] = inside;
  if (outside.size !== 1 || inside.size !== 1 || start === undefined || next === undefined) return undefined;
  const step = stepOf(next, phi.id, defs);
  if (!step) return undefined;
  let best: number | undefined;
  for (const id of loop.blocks) {
    const test = exitTest(func, loop, id, defs);
    if (!test || !loop.latches.every((latch) => dominators.dominates(id, latch))) continue;
    const tested = viewOf(test.value, phi.id, next, defs);
    if (!tested) continue;
    const trips = simulate(start, step, (counter) => {
      let value = tested.next ? advance(counter, step) : counter;
      for (const { from, signed } of tested.exts) value = signed ? BigInt.asIntN(from, value) : BigInt.asUintN(from, value);
      return evaluateCompare(test.pred, test.width, value, test.bound) === test.exits;
    });
    if (trips !== undefined && (best === undefined || trips < best)) best = trips;
  }
  return best;
}

function constantOf(value: ValueId, defs: ReadonlyMap<ValueId, Instr>): bigint | undefined {
  const def = defs.get(value);
  return def?.op === "const" ? def.value : undefined;
}

/** `next` as the phi plus a constant, narrowed. */
function stepOf(next: ValueId, phi: ValueId, defs: ReadonlyMap<ValueId, Instr>): Step | undefined {
  const exts: { from: 8 | 16 | 32; signed: boolean }[] = [];
  let def = defs.get(next);
  for (; def?.op === "ext"; def = defs.get(def.a)) exts.unshift({ from: def.from, signed: def.signed });
  if (def?.op !== "bin" || (def.fn !== "add" && def.fn !== "sub")) return undefined;
  const swapped = def.fn === "add" && def.b === phi;
  const amount = constantOf(swapped ? def.a : def.b, defs);
  if ((swapped ? def.b : def.a) !== phi || amount === undefined || amount === 0n) return undefined;
  return { add: def.fn === "add" ? amount : -amount, width: def.width, exts };
}

/** The counter, or the counter after its step, seen through narrowings. */
function viewOf(value: ValueId, phi: ValueId, next: ValueId, defs: ReadonlyMap<ValueId, Instr>): { next: boolean; exts: Step["exts"] } | undefined {
  const exts: { from: 8 | 16 | 32; signed: boolean }[] = [];
  for (let id = value; ; ) {
    if (id === phi || id === next) return { next: id === next, exts };
    const def = defs.get(id);
    if (def?.op !== "ext") return undefined;
    exts.unshift({ from: def.from, signed: def.signed });
    id = def.a;
  }
}

function exitTest(
  func: Func, loop: NaturalLoop, id: BlockId, defs: ReadonlyMap<ValueId, Instr>,
): { value: ValueId; pred: Predicate; width: Width; bound: bigint; exits: boolean } | undefined {
  const { terminator } = func.blocks.get(id)!;
  if (terminator.op !== "condbr") return undefined;
  const [stays, leaves] = [loop.blocks.has(terminator.then), loop.blocks.has(terminator.else)];
  if (stays === leaves) return undefined;
  const cmp = defs.get(terminator.cond);
  if (cmp?.op !== "cmp") return undefined;
  const bound = constantOf(cmp.b, defs);
  if (bound !== undefined) return { value: cmp.a, pred: cmp.pred, width: cmp.width, bound, exits: !stays };
  const left = constantOf(cmp.a, defs);
  return left === undefined ? undefined : { value: cmp.b, pred: SWAPPED[cmp.pred], width: cmp.width, bound: left, exits: !stays };
}

function advance(counter: bigint, step: Step): bigint {
  let value = counter + step.add;
  value = step.width === 64 ? BigInt.asIntN(64, value) : BigInt.asUintN(32, value);
  for (const { from, signed } of step.exts) value = signed ? BigInt.asIntN(from, value) : BigInt.asUintN(from, value);
  return value;
}

function simulate(start: bigint, step: Step, exits: (counter: bigint) => boolean): number | undefined {
  let counter = start;
  for (let trips = 1; trips <= MAX_TRIPS; trips++) {
    if (exits(counter)) return trips;
    counter = advance(counter, step);
  }
  return undefined;
}
