/**
 * The checker's part about handles (rule `handle` of check.ts): a forward data-flow analysis of what each handle may be
 * at each point. Sets of possible states are joined by union, so that only what holds on every path is accepted, and
 * branches on `isnull` (also through `== 0`, `!= 0`, `^ 1`) narrow them. Reports, never changes.
 */
import { findOp } from "../kernel/abi/syscalls.ts";
import type { CheckContext } from "./check.ts";
import { operandsOf, resultType, successorsOf } from "./operands.ts";
import type { Definition } from "./pointers.ts";
import type { Block, BlockId, Instr, Terminator, ValueId } from "./types.ts";

/** A handle's possible states, as bits. 0: not acquired here. */
const NULL = 1;
const HELD = 2;
const RELEASED = 4;
/** Ownership went to a phi. */
const MOVED = 8;

type States = ReadonlyMap<ValueId, number>;

export function checkHandles(context: CheckContext): void {
  const { func, cfg, definitions } = context;
  if (![...definitions.values()].some(({ instr }) => resultType(instr) === "handle")) return;
  const inputs = new Map<BlockId, Map<ValueId, number>>([[func.entry, new Map()]]);
  const silent = { ...context, report: () => {} };
  // To the fixpoint first, silently: reports are judged on the final states only.
  for (let changed = true; changed; ) {
    changed = false;
    for (const id of cfg.order) {
      const input = inputs.get(id);
      if (!input) continue;
      const block = func.blocks.get(id)!;
      const output = transferBlock(silent, block, input);
      for (const to of successorsOf(block.terminator)) {
        const edge = transferEdge(silent, block, to, output);
        const target = inputs.get(to) ?? new Map<ValueId, number>();
        if (!inputs.has(to)) changed = true;
        inputs.set(to, target);
        for (const [handle, states] of edge) {
          const joined = (target.get(handle) ?? 0) | states;
          if (joined !== target.get(handle)) {
            target.set(handle, joined);
            changed = true;
          }
        }
      }
    }
  }
  for (const id of cfg.order) {
    const input = inputs.get(id);
    if (!input) continue;
    const block = func.blocks.get(id)!;
    const output = transferBlock(context, block, input);
    checkEnd(context, block, output);
    for (const to of successorsOf(block.terminator)) transferEdge(context, block, to, output);
  }
}

function transferBlock(context: CheckContext, block: Block, input: States): Map<ValueId, number> {
  const states = new Map(input);
  for (const instr of block.instrs) {
    if (instr.op === "isnull" && context.definitions.get(instr.handle)?.instr.op !== "lookup") {
      if (((states.get(instr.handle) ?? 0) & ~(NULL | HELD)) !== 0) {
        context.report("handle", `tested although it may be ${describe(states.get(instr.handle)!)}`, block.id, instr.handle);
      }
    } else if (instr.op === "call") {
      transferCall(context, block, instr, states);
    }
  }
  return states;
}

function transferCall(context: CheckContext, block: Block, call: Extract<Instr, { op: "call" }>, states: Map<ValueId, number>): void {
  const flags: readonly string[] = findOp(call.row)?.flags ?? [];
  for (const value of operandsOf(call)) {
    const definition = context.definitions.get(value);
    if (!definition || resultType(definition.instr) !== "handle") continue;
    const now = states.get(value) ?? 0;
    if (now !== HELD) context.report("handle", `passed to ${call.row} although it may be ${describe(now)}`, block.id, value);
    if (flags.includes("release")) states.set(value, RELEASED);
  }
  if (call.id !== undefined && resultType(call) === "handle") {
    const before = states.get(call.id) ?? 0;
    if (before & HELD) context.report("handle", "acquired again while it may still be held", block.id, call.id);
    states.set(call.id, flags.includes("ret-null") ? NULL | HELD : HELD);
  }
}

/** States on the way from `block` to `to`: narrowed by the branch, ownership passed on to phis. */
function transferEdge(context: CheckContext, block: Block, to: BlockId, output: States): Map<ValueId, number> {
  const states = new Map(output);
  const fact = nullFact(context.definitions, block.terminator, to);
  if (fact) {
    const now = states.get(fact.handle) ?? 0;
    // Testing a released handle is reported at the test: only what a valid test may see is narrowed.
    states.set(fact.handle, now & ~(fact.isNull ? HELD : NULL));
  }
  const before = new Map(states);
  const moved = new Map<ValueId, number>();
  for (const instr of context.func.blocks.get(to)!.instrs) {
    if (instr.op !== "phi") break;
    if (instr.type !== "handle") continue;
    const source = instr.incoming.find(({ from }) => from === block.id)?.value;
    if (source === undefined) continue;
    const now = before.get(source) ?? 0;
    if ((now & ~(NULL | HELD)) !== 0) context.report("handle", `passed to v${instr.id} although it may be ${describe(now)}`, block.id, source);
    if (states.get(source) === MOVED) context.report("handle", `passed to v${instr.id} and to another phi`, block.id, source);
    if (source !== instr.id && ((before.get(instr.id) ?? 0) & HELD) && !isSourceOfPhi(context, block.id, to, instr.id)) {
      context.report("handle", "overwritten while it may still be held", block.id, instr.id);
    }
    states.set(source, MOVED);
    moved.set(instr.id, now);
  }
  for (const [phi, now] of moved) states.set(phi, now);
  return states;
}

/** True if the handle `value` is itself handed on to some phi of `to` by this edge. */
function isSourceOfPhi(context: CheckContext, from: BlockId, to: BlockId, value: ValueId): boolean {
  const passes = (entry: { from: BlockId; value: ValueId }) => entry.from === from && entry.value === value;
  return context.func.blocks.get(to)!.instrs.some((instr) => instr.op === "phi" && instr.incoming.some(passes));
}

function checkEnd(context: CheckContext, block: Block, output: States): void {
  const { op } = block.terminator;
  if (op !== "ret" && op !== "stop") return;
  for (const [handle, states] of output) {
    if (states & HELD) context.report("handle", `may still be held at ${op}`, block.id, handle);
  }
}

/** What going from a block with this terminator to `to` says about a handle. */
function nullFact(definitions: ReadonlyMap<ValueId, Definition>, terminator: Terminator, to: BlockId): { handle: ValueId; isNull: boolean } | undefined {
  if (terminator.op !== "condbr" || terminator.then === terminator.else) return undefined;
  let holds = terminator.then === to;
  let value = terminator.cond;
  for (;;) {
    const instr = definitions.get(value)?.instr;
    if (instr?.op === "isnull") return { handle: instr.handle, isNull: holds };
    const step = instr && booleanStep(definitions, instr);
    if (!step) return undefined;
    value = step.value;
    if (step.negated) holds = !holds;
  }
}

/** `value` (0 or 1) or its negation behind `x == c`, `x != c`, `x ^ 1`. */
function booleanStep(definitions: ReadonlyMap<ValueId, Definition>, instr: Instr): { value: ValueId; negated: boolean } | undefined {
  if (instr.op !== "cmp" && instr.op !== "bin") return undefined;
  const [a, b] = [definitions.get(instr.a)?.instr, definitions.get(instr.b)?.instr];
  const [value, constant] = b?.op === "const" ? [instr.a, b.value] : a?.op === "const" ? [instr.b, a.value] : [instr.a, undefined];
  if (constant !== 0n && constant !== 1n) return undefined;
  if (instr.op === "bin") return instr.fn === "xor" ? { value, negated: constant === 1n } : undefined;
  if (instr.pred === "eq") return { value, negated: constant === 0n };
  if (instr.pred === "ne") return { value, negated: constant === 1n };
  return undefined;
}

function describe(states: number): string {
  const names = [[NULL, "null"], [RELEASED, "released"], [MOVED, "passed on"], [HELD, "held"]] as const;
  const found = names.filter(([bit]) => states & bit).map(([, name]) => name);
  return found.length > 0 ? found.join(" or ") : "not acquired";
}
