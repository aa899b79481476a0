/**
 * Interval analysis of a function: what range each int has where it is defined, and what branches on the way to a block
 * add to that. Handles take part as 0 (null) or 1, so that null tests are decided like comparisons. Memory is not
 * modelled: loads have the range of their bytes, calls that of their row's result type.
 *
 * `loops` says what may be assumed about values that change in loops:
 *  - "exact": everything that holds when the program runs (widening at headers, then narrowing). For hints.
 *  - "verifier": only what the kernel's verifier will also know: of a header's phi the integer type of what flows into it,
 *    since the backend hides counters' initial values; in a loop nothing of numbers that differ by the way through a loop
 *    around it; of operations what its own arithmetic gives (verifier-arithmetic.ts); of branches what they say about the
 *    values they compare. For removing checks whose facts the verifier needs.
 *
 * Sound for any input: an ascending phase to a fixpoint (every cycle passes a widened header phi), then descending steps.
 */
import { findOp } from "../../kernel/abi/syscalls.ts";
import { buildCfg, buildDominators, type Cfg, type DominatorTree, findLoops, type LoopForest } from "../cfg.ts";
import { NEGATED } from "../evaluate.ts";
import { narrowTypeOf } from "../narrow.ts";
import { successorsOf } from "../operands.ts";
import type { BlockId, Func, Instr, Terminator, ValueId } from "../types.ts";
import {
  binaryRange, BOOLEAN, constantRange, decideCompare, extendRange, FULL, intersectRanges, joinRanges, type Range, refineCompare, sameRange, singleton,
  typeRange, widenRange,
} from "./intervals.ts";
import { LoopMemory } from "./loop-memory.ts";
import { verifierBinaryRange, verifierExtensionRange } from "./verifier-arithmetic.ts";

export type LoopAssumption = "exact" | "verifier";

export interface RangeInfo {
  /** Range at the definition; undefined when it is never executed or no int. For handles 0 is null, 1 is not. */
  readonly at: (value: ValueId) => Range | undefined;
  /** Range at the end of `block`, with all that dominating branches say. */
  readonly in: (value: ValueId, block: BlockId) => Range | undefined;
  /** Whether `block` can be executed at all. */
  readonly executable: (block: BlockId) => boolean;
  /** What the condition of `block`'s condbr always is, or undefined. */
  readonly decided: (block: BlockId) => boolean | undefined;
}

/** Sweeps after which the analysis gives up and knows nothing but types; real functions need fewer than ten. */
const MAX_SWEEPS = 60;
/** Sweeps before growing header phis are widened. */
const PATIENCE = 2;
const NARROWING_SWEEPS = 2;
/**
 * How far a condition's operands are evaluated anew with what is known where it is tested, and how far back a branch is
 * followed. The kernel's verifier learns about the registers that a jump compares and goes no further.
 */
const REEVALUATION_DEPTH = { exact: 3, verifier: 1 } as const;

export function analyzeRanges(func: Func, options: { readonly loops?: LoopAssumption } = {}): RangeInfo {
  return new Analysis(func, options.loops ?? "exact").run();
}

class Analysis implements RangeInfo {
  readonly #func: Func;
  readonly #cfg: Cfg;
  readonly #dominators: DominatorTree;
  readonly #loops: LoopForest;
  readonly #definitions = new Map<ValueId, Instr>();
  /** Value → the block of its definition. */
  readonly #homes = new Map<ValueId, BlockId>();
  readonly #memory: LoopMemory;
  readonly #base = new Map<ValueId, Range>();
  /** Value → what single edges into blocks say about it; all facts at blocks that dominate a place hold there. */
  readonly #facts = new Map<ValueId, Map<BlockId, Range>>();
  readonly #factsOf = new Map<BlockId, ValueId[]>();
  readonly #executable = new Set<BlockId>();
  readonly #edges = new Set<number>();
  readonly #pinned = new Map<ValueId, Range>();
  readonly #assumption: LoopAssumption;
  readonly #depth: number;
  #widened = false;

  constructor(func: Func, assumption: LoopAssumption) {
    this.#func = func;
    this.#assumption = assumption;
    this.#depth = REEVALUATION_DEPTH[assumption];
    this.#cfg = buildCfg(func);
    this.#dominators = buildDominators(this.#cfg);
    this.#loops = findLoops(this.#cfg, this.#dominators);
    for (const block of func.blocks.values()) {
      for (const instr of block.instrs) {
        if (instr.id === undefined) continue;
        this.#definitions.set(instr.id, instr);
        this.#homes.set(instr.id, block.id);
      }
    }
    this.#memory = new LoopMemory(func, this.#loops, this.#definitions, this.#homes);
    if (assumption === "verifier") this.#pinHeaderPhis();
  }

  at = (value: ValueId): Range | undefined => this.#base.get(value);
  executable = (block: BlockId): boolean => this.#executable.has(block);
  in = (value: ValueId, block: BlockId): Range | undefined => this.#rangeIn(value, block);
  decided = (block: BlockId): boolean | undefined => {
    const { terminator } = this.#func.blocks.get(block)!;
    return terminator.op === "condbr" && this.#executable.has(block) ? this.#decide(terminator, block) : undefined;
  };

  run(): RangeInfo {
    this.#executable.add(this.#func.entry);
    let settled = false;
    for (let sweep = 0; sweep < MAX_SWEEPS && !settled; sweep++) settled = !this.#sweep(sweep, "ascending");
    if (!settled) return this.#nothingKnown();
    if (this.#widened) for (let i = 0; i < NARROWING_SWEEPS; i++) this.#sweep(i, "descending");
    return this;
  }

  /** One pass over the blocks in reverse postorder; true when anything changed. */
  #sweep(number: number, phase: "ascending" | "descending"): boolean {
    let changed = false;
    for (const id of this.#cfg.order) {
      if (!this.#executable.has(id)) continue;
      this.#recordFacts(id);
      const block = this.#func.blocks.get(id)!;
      for (const instr of block.instrs) {
        if (instr.id === undefined) continue;
        const computed = this.#transfer(instr, id);
        if (!computed) continue;
        const before = this.#base.get(instr.id);
        let after = computed;
        if (before && phase === "ascending") {
          after = joinRanges(before, computed);
          if (number >= PATIENCE && instr.op === "phi" && this.#loops.byHeader(id) && !sameRange(before, after)) {
            after = widenRange(before, after);
            this.#widened = true;
          }
        } else if (before) {
          after = intersectRanges(before, computed) ?? before;
        }
        if (before && sameRange(before, after)) continue;
        this.#base.set(instr.id, after);
        changed = true;
      }
      if (phase === "ascending" && this.#markEdges(id, block.terminator)) changed = true;
    }
    return changed;
  }

  #markEdges(from: BlockId, terminator: Terminator): boolean {
    const decided = terminator.op === "condbr" && !terminator.check?.keep ? this.#decide(terminator, from) : undefined;
    let targets = successorsOf(terminator);
    if (terminator.op === "condbr" && decided !== undefined) targets = [decided ? terminator.then : terminator.else];
    let changed = false;
    for (const to of targets) {
      const key = this.#edgeKey(from, to);
      if (this.#edges.has(key)) continue;
      this.#edges.add(key);
      this.#executable.add(to);
      changed = true;
    }
    return changed;
  }

  #edgeKey(from: BlockId, to: BlockId): number {
    return from * this.#func.nextBlock + to;
  }

  #decide(terminator: Extract<Terminator, { op: "condbr" }>, block: BlockId): boolean | undefined {
    const range = this.#evaluate(terminator.cond, block, this.#depth);
    if (!range) return undefined;
    if (range.umin > 0n) return true;
    return range.umax === 0n ? false : undefined;
  }

  // ---- Ranges of values ------------------------------------------------------------------------------------------

  #rangeIn(value: ValueId, block: BlockId): Range | undefined {
    let range = this.#base.get(value);
    const facts = this.#facts.get(value);
    const forgotten = range && this.#assumption === "verifier" ? this.#memory.forgottenIn(value, block) : undefined;
    if (forgotten) range = FULL;
    if (!range || !facts) return range;
    for (const [at, fact] of facts) {
      if (!this.#dominators.dominates(at, block) || (forgotten && !forgotten.blocks.has(at))) continue;
      range = intersectRanges(range, fact) ?? range;
    }
    return range;
  }

  /** The range of `value` in `block`, its definition evaluated again with what is known there about its operands. */
  #evaluate(value: ValueId, block: BlockId, depth: number): Range | undefined {
    const known = this.#rangeIn(value, block);
    const instr = this.#definitions.get(value);
    if (!known || !instr || depth === 0 || (instr.op !== "bin" && instr.op !== "cmp" && instr.op !== "ext" && instr.op !== "isnull")) return known;
    const again = this.#apply(instr, (operand) => this.#evaluate(operand, block, depth - 1));
    return again ? (intersectRanges(known, again) ?? known) : known;
  }

  #transfer(instr: Instr, block: BlockId): Range | undefined {
    if (instr.op === "phi") return this.#phi(instr, block);
    return this.#apply(instr, (operand) => this.#rangeIn(operand, block));
  }

  #apply(instr: Instr, operand: (value: ValueId) => Range | undefined): Range | undefined {
    switch (instr.op) {
      case "const":
        return constantRange(instr.value);
      case "bin": {
        const [a, b] = [operand(instr.a), operand(instr.b)];
        if (!a || !b) return undefined;
        return this.#assumption === "verifier" ? verifierBinaryRange(instr, a, b) : binaryRange(instr.fn, instr.width, a, b);
      }
      case "ext": {
        const a = operand(instr.a);
        return a && (this.#assumption === "verifier" ? verifierExtensionRange : extendRange)(instr.from, instr.signed, a);
      }
      case "cmp": {
        const [a, b] = [operand(instr.a), operand(instr.b)];
        if (!a || !b) return undefined;
        const decided = decideCompare(instr.pred, instr.width, a, b);
        return decided === undefined ? BOOLEAN : constantRange(decided ? 1n : 0n);
      }
      case "isnull": {
        const handle = operand(instr.handle);
        const known = handle && singleton(handle);
        return handle && (known === undefined ? BOOLEAN : constantRange(1n - known));
      }
      case "load":
        return typeRange(instr.bytes * 8, instr.signed);
      // As for handles: 1 where it is not null.
      case "lookup":
        return BOOLEAN;
      case "mapcall":
        return FULL;
      case "atomic":
        return typeRange(instr.bytes * 8, false);
      case "call": {
        const row = findOp(instr.row);
        if (!row) return FULL;
        const { type } = row.result;
        if (type === "handle") return (row.flags as readonly string[]).includes("ret-null") ? BOOLEAN : constantRange(1n);
        return typeRange(Number(type.slice(1)), type.startsWith("i"));
      }
      default:
        return undefined;
    }
  }

  #phi(phi: Extract<Instr, { op: "phi" }>, block: BlockId): Range | undefined {
    const pinned = this.#pinned.get(phi.id);
    if (pinned) return pinned;
    let joined: Range | undefined;
    for (const { from, value } of phi.incoming) {
      if (!this.#edges.has(this.#edgeKey(from, block))) continue;
      const range = this.#rangeOnEdge(value, from, block);
      if (range) joined = joined ? joinRanges(joined, range) : range;
    }
    return joined;
  }

  /** The range of `value` when control goes from one block to the other. */
  #rangeOnEdge(value: ValueId, from: BlockId, to: BlockId): Range | undefined {
    const range = this.#rangeIn(value, from);
    if (!range) return undefined;
    for (const fact of this.#edgeFacts(from, to)) if (fact.value === value) return intersectRanges(range, fact.range) ?? range;
    return range;
  }

  // ---- What branches say -----------------------------------------------------------------------------------------

  #recordFacts(block: BlockId): void {
    for (const value of this.#factsOf.get(block) ?? []) this.#facts.get(value)!.delete(block);
    this.#factsOf.delete(block);
    // Back edges don't count: what an edge says is about values from outside the loop, which the loop can't redefine.
    const [from, ...others] = this.#cfg.predecessors.get(block)!.filter((id) => !this.#dominators.dominates(block, id));
    if (from === undefined || others.length > 0) return;
    const found: ValueId[] = [];
    for (const { value, range } of this.#edgeFacts(from, block)) {
      const facts = this.#facts.get(value) ?? new Map<BlockId, Range>();
      facts.set(block, range);
      this.#facts.set(value, facts);
      found.push(value);
    }
    this.#factsOf.set(block, found);
  }

  #edgeFacts(from: BlockId, to: BlockId): { value: ValueId; range: Range }[] {
    const { terminator } = this.#func.blocks.get(from)!;
    if (terminator.op !== "condbr" || terminator.then === terminator.else) return [];
    const facts = new Map<ValueId, Range>();
    this.#assume(terminator.cond, terminator.then === to, from, facts, this.#depth);
    return [...facts].map(([value, range]) => ({ value, range }));
  }

  /** Adds what follows from `value` being non-zero (`truth`) or zero at the end of `block`. */
  #assume(value: ValueId, truth: boolean, block: BlockId, facts: Map<ValueId, Range>, depth: number): void {
    const range = facts.get(value) ?? this.#rangeIn(value, block);
    if (!range) return;
    const refined = refineCompare(truth ? "ne" : "eq", 64, range, constantRange(0n));
    if (refined) this.#learn(value, refined.a, block, facts, depth);
  }

  /** Records that `value` is in `range` and follows it to the operands of its definition. */
  #learn(value: ValueId, range: Range, block: BlockId, facts: Map<ValueId, Range>, depth: number): void {
    facts.set(value, range);
    const instr = this.#definitions.get(value);
    if (!instr || depth === 0) return;
    const known = (operand: ValueId) => facts.get(operand) ?? this.#rangeIn(operand, block);
    if (instr.op === "isnull" && singleton(range) !== undefined) {
      facts.set(instr.handle, constantRange(1n - singleton(range)!));
    } else if (instr.op === "cmp" && singleton(range) !== undefined) {
      const pred = singleton(range) === 1n ? instr.pred : NEGATED[instr.pred];
      const [a, b] = [known(instr.a), known(instr.b)];
      const refined = a && b && refineCompare(pred, instr.width, a, b);
      if (!refined) return;
      if (!sameRange(refined.a, a)) this.#learn(instr.a, refined.a, block, facts, depth - 1);
      if (!sameRange(refined.b, b)) this.#learn(instr.b, refined.b, block, facts, depth - 1);
    } else if (instr.op === "ext") {
      // An extension that changes nothing: what holds for the result holds for the operand.
      const a = known(instr.a);
      const same = a && sameRange(extendRange(instr.from, instr.signed, a), a) && fits(a, typeRange(instr.from, instr.signed));
      const both = same && intersectRanges(a, range);
      if (both) this.#learn(instr.a, both, block, facts, depth - 1);
    } else if (instr.op === "bin" && instr.width === 64) {
      this.#learnOperands(instr, range, block, facts, depth, known);
    }
  }

  #learnOperands(
    instr: Extract<Instr, { op: "bin" }>, range: Range, block: BlockId, facts: Map<ValueId, Range>, depth: number,
    known: (operand: ValueId) => Range | undefined,
  ): void {
    const [a, b] = [known(instr.a), known(instr.b)];
    if (!a || !b) return;
    const truth = singleton(range);
    const booleans = a.umax <= 1n && b.umax <= 1n;
    if (instr.fn === "and" && booleans && truth === 1n) {
      for (const operand of [instr.a, instr.b]) this.#learn(operand, constantRange(1n), block, facts, depth - 1);
    } else if (instr.fn === "or" && booleans && truth === 0n) {
      for (const operand of [instr.a, instr.b]) this.#learn(operand, constantRange(0n), block, facts, depth - 1);
    } else if (instr.fn === "xor" && booleans && truth !== undefined && singleton(b) !== undefined) {
      this.#learn(instr.a, constantRange(truth ^ singleton(b)!), block, facts, depth - 1);
    } else if (instr.fn === "add" && singleton(b) !== undefined) {
      // x + c in a range: x is c below it. Modulo 2^64 on both sides, so that no case needs to be excluded.
      const operand = intersectRanges(a, binaryRange("sub", 64, range, b));
      if (operand && !sameRange(operand, a)) this.#learn(instr.a, operand, block, facts, depth - 1);
    }
  }

  // ---- What the verifier knows about loops -------------------------------------------------------------------------

  /** Header phis get the range of the narrowest integer type around all that flows into them. */
  #pinHeaderPhis(): void {
    for (const { header } of this.#loops.loops) {
      for (const instr of this.#func.blocks.get(header)!.instrs) {
        if (instr.op !== "phi") break;
        if (instr.type === "int") {
          const type = narrowTypeOf(instr.id, (value) => this.#definitions.get(value));
          this.#pinned.set(instr.id, type ? typeRange(type.bits, type.signed) : FULL);
        }
      }
    }
  }

  /** Knows types only: every block executable, every value what its own operation says. */
  #nothingKnown(): RangeInfo {
    const at = (value: ValueId): Range | undefined => {
      const instr = this.#definitions.get(value);
      if (instr?.op === "phi" && instr.type === "handle") return BOOLEAN;
      const type = instr && narrowTypeOf(value, (id) => this.#definitions.get(id));
      return instr && (type ? typeRange(type.bits, type.signed) : FULL);
    };
    return { at, in: at, executable: (block) => this.#cfg.index.has(block), decided: () => undefined };
  }
}

function fits(range: Range, type: Range): boolean {
  return range.smin >= type.smin && range.smax <= type.smax;
}
