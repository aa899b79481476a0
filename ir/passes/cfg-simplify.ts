/**
 * Control-flow simplification: merges a block with its only successor, skips empty blocks, sends predecessors past a
 * branch that they decide (the phi behind `a && b`), drops branches without a choice. Never creates irreducible flow:
 * headers of loops end in `loop` and are neither skipped nor threaded.
 */
import { evaluateBinary, evaluateCompare, evaluateExtend } from "../evaluate.ts";
import { buildCfg, type Cfg } from "../cfg.ts";
import { mapTargets, operandsOf, terminatorOperand } from "../operands.ts";
import type { Block, BlockId, Func, Instr, ValueId } from "../types.ts";
import { cleanFlow, dropPhiEntries, replaceValues } from "./rewrite.ts";

export function simplifyCfg(func: Func): boolean {
  let changed = false;
  for (let again = true; again; ) {
    again = false;
    for (const step of [foldEqualTargets, cleanFlow, threadDecidedBranches, skipEmptyBlocks, mergeChains]) {
      if (step(func)) again = true;
    }
    changed ||= again;
  }
  return changed;
}

function foldEqualTargets(func: Func): boolean {
  let changed = false;
  for (const block of func.blocks.values()) {
    const { terminator } = block;
    if (terminator.op !== "condbr" || terminator.then !== terminator.else) continue;
    block.terminator = { op: "br", to: terminator.then, ...(terminator.span ? { span: terminator.span } : {}) };
    changed = true;
  }
  return changed;
}

/** A → B where A ends in `br B` and nothing else goes to B: B's contents move into A. */
function mergeChains(func: Func): boolean {
  const cfg = buildCfg(func);
  const replacements = new Map<ValueId, ValueId>();
  /** Where a merged block's contents are now. */
  const movedTo = new Map<BlockId, BlockId>();
  for (const id of cfg.order) {
    const block = func.blocks.get(id)!;
    const [from, ...others] = cfg.predecessors.get(id)!;
    if (from === undefined || others.length > 0 || id === func.entry || from === id) continue;
    let target = from;
    for (let next = movedTo.get(target); next !== undefined; next = movedTo.get(target)) target = next;
    const into = func.blocks.get(target)!;
    if (into.terminator.op !== "br") continue;
    for (const instr of block.instrs) {
      if (instr.op === "phi") replacements.set(instr.id, instr.incoming[0]!.value);
      else into.instrs.push(instr);
    }
    into.terminator = block.terminator;
    func.blocks.delete(id);
    movedTo.set(id, target);
  }
  if (movedTo.size === 0) return false;
  renamePhiSources(func, movedTo);
  replaceValues(func, replacements);
  return true;
}

function renamePhiSources(func: Func, movedTo: ReadonlyMap<BlockId, BlockId>): void {
  const resolve = (id: BlockId): BlockId => {
    let at = id;
    for (let next = movedTo.get(at); next !== undefined; next = movedTo.get(at)) at = next;
    return at;
  };
  for (const block of func.blocks.values()) {
    block.instrs.forEach((instr, i) => {
      if (instr.op !== "phi" || !instr.incoming.some(({ from }) => movedTo.has(from))) return;
      block.instrs[i] = { ...instr, incoming: instr.incoming.map(({ from, value }) => ({ from: resolve(from), value })) };
    });
  }
}

/** Edges while a step redirects them; blocks that lose their last predecessor stay until the step ends. */
class Edges {
  readonly #func: Func;
  readonly #predecessors = new Map<BlockId, Set<BlockId>>();

  constructor(func: Func, cfg: Cfg) {
    this.#func = func;
    for (const id of cfg.order) this.#predecessors.set(id, new Set(cfg.predecessors.get(id)!));
  }

  into(block: BlockId): BlockId[] {
    return [...this.#predecessors.get(block)!];
  }

  /**
   * Makes `from` go to `to` instead of `via`. `valueFor` gives what each phi of `to` receives from `from`. Refuses, with
   * false, when `from` goes to `to` already with other values, or when both ways of a `loop` would meet.
   */
  redirect(from: BlockId, via: BlockId, to: BlockId, valueFor: (phi: Extract<Instr, { op: "phi" }>) => ValueId): boolean {
    const source = this.#func.blocks.get(from)!;
    const target = this.#func.blocks.get(to)!;
    const already = this.#predecessors.get(to)!.has(from);
    if (already && source.terminator.op === "loop") return false;
    const phis = target.instrs.filter((instr) => instr.op === "phi");
    if (already && phis.some((phi) => phi.incoming.find((entry) => entry.from === from)!.value !== valueFor(phi))) return false;
    if (!already) {
      phis.forEach((phi, i) => {
        target.instrs[i] = { ...phi, incoming: [...phi.incoming, { from, value: valueFor(phi) }] };
      });
    }
    source.terminator = mapTargets(source.terminator, (id) => (id === via ? to : id));
    dropPhiEntries(this.#func, via, from);
    this.#predecessors.get(via)!.delete(from);
    this.#predecessors.get(to)!.add(from);
    return true;
  }
}

/** Predecessors of a block that holds nothing but `br T` go to T directly, where T's phis can tell them apart. */
function skipEmptyBlocks(func: Func): boolean {
  const cfg = buildCfg(func);
  const edges = new Edges(func, cfg);
  let changed = false;
  for (const id of cfg.order) {
    const block = func.blocks.get(id)!;
    const { terminator } = block;
    if (id === func.entry || block.instrs.length > 0 || terminator.op !== "br" || terminator.to === id) continue;
    for (const from of edges.into(id)) {
      if (edges.redirect(from, id, terminator.to, (phi) => phi.incoming.find((entry) => entry.from === id)!.value)) changed = true;
    }
  }
  if (changed) cleanFlow(func);
  return changed;
}

/** Longest straight code in front of a branch that is worth evaluating for each predecessor. */
const MAX_DECIDING = 8;

/**
 * A block of int phis and pure arithmetic that ends in a condbr: predecessors whose phi operands decide the branch go to
 * its target directly. Nothing that the block defines may be used elsewhere, its targets' phis aside.
 */
function threadDecidedBranches(func: Func): boolean {
  const cfg = buildCfg(func);
  const edges = new Edges(func, cfg);
  const home = new Map<ValueId, BlockId>();
  const constants = new Map<ValueId, bigint>();
  for (const block of func.blocks.values()) {
    for (const instr of block.instrs) {
      if (instr.id !== undefined) home.set(instr.id, block.id);
      if (instr.op === "const") constants.set(instr.id, instr.value);
    }
  }
  const escaping = escapingValues(func, home);
  let changed = false;
  for (const id of cfg.order) {
    const block = func.blocks.get(id)!;
    const { terminator } = block;
    if (id === func.entry || terminator.op !== "condbr" || terminator.check?.keep || !isDecidable(block, escaping)) continue;
    const phis = block.instrs.filter((instr) => instr.op === "phi");
    for (const from of edges.into(id)) {
      const incoming = new Map(phis.map((phi) => [phi.id, phi.incoming.find((entry) => entry.from === from)!.value]));
      const cond = evaluateFor(block, terminator.cond, (value) => constants.get(incoming.get(value) ?? value));
      if (cond === undefined) continue;
      const to = cond !== 0n ? terminator.then : terminator.else;
      if (to === id) continue;
      const target = func.blocks.get(to)!;
      const passed = new Map<ValueId, ValueId | undefined>();
      for (const phi of target.instrs) {
        if (phi.op !== "phi") break;
        const value = phi.incoming.find((entry) => entry.from === id)!.value;
        passed.set(phi.id, home.get(value) === id ? incoming.get(value) : value);
      }
      if ([...passed.values()].includes(undefined)) continue;
      if (!edges.redirect(from, id, to, (phi) => passed.get(phi.id)!)) continue;
      for (const value of passed.values()) if (home.get(value!) !== from) escaping.add(value!);
      changed = true;
    }
  }
  if (changed) cleanFlow(func);
  return changed;
}

/** Values used outside their block other than by a phi on an edge from it. */
function escapingValues(func: Func, home: ReadonlyMap<ValueId, BlockId>): Set<ValueId> {
  const escaping = new Set<ValueId>();
  for (const block of func.blocks.values()) {
    for (const instr of block.instrs) {
      if (instr.op === "phi") for (const { from, value } of instr.incoming) if (home.get(value) !== from) escaping.add(value);
      if (instr.op !== "phi") for (const value of operandsOf(instr)) if (home.get(value) !== block.id) escaping.add(value);
    }
    const operand = terminatorOperand(block.terminator);
    if (operand !== undefined && home.get(operand) !== block.id) escaping.add(operand);
  }
  return escaping;
}

function isDecidable(block: Block, escaping: ReadonlySet<ValueId>): boolean {
  if (block.instrs[0]?.op !== "phi" || block.instrs.length > 2 * MAX_DECIDING) return false;
  return block.instrs.every((instr) => {
    if (instr.op === "phi" ? instr.type !== "int" : instr.op !== "const" && instr.op !== "bin" && instr.op !== "cmp" && instr.op !== "ext") return false;
    return instr.id !== undefined && !escaping.has(instr.id);
  });
}

/** The value of `wanted` when `constantOf` tells the constants among the block's inputs, or undefined. */
function evaluateFor(block: Block, wanted: ValueId, constantOf: (value: ValueId) => bigint | undefined): bigint | undefined {
  const known = new Map<ValueId, bigint | undefined>();
  const value = (id: ValueId) => (known.has(id) ? known.get(id) : constantOf(id));
  for (const instr of block.instrs) {
    if (instr.op === "const") known.set(instr.id, instr.value);
    if (instr.op === "bin" || instr.op === "cmp") {
      const [a, b] = [value(instr.a), value(instr.b)];
      const both = a !== undefined && b !== undefined;
      if (instr.op === "bin") known.set(instr.id, both ? evaluateBinary(instr.fn, instr.width, a, b) : undefined);
      else known.set(instr.id, both ? (evaluateCompare(instr.pred, instr.width, a, b) ? 1n : 0n) : undefined);
    }
    if (instr.op === "ext") {
      const a = value(instr.a);
      known.set(instr.id, a === undefined ? undefined : evaluateExtend(instr.from, instr.signed, a));
    }
  }
  return value(wanted);
}
