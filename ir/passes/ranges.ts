/**
 * Range pass: folds branches that the interval analysis decides (checks with `keep` stay), turns values with one possible
 * value into constants, and signed divisions and shifts of non-negative numbers into unsigned ones. Uses only what the
 * kernel's verifier will know too ("verifier"); `remainingChecks` tells with full knowledge why the others stayed.
 */
import type { BlockId, Check, Func, Instr, Terminator, ValueId } from "../types.ts";
import type { Span } from "../../kernel/abi/diagnostics.ts";
import { buildCfg } from "../cfg.ts";
import { type Range, singleton } from "./intervals.ts";
import { analyzeRanges, type RangeInfo } from "./range-analysis.ts";
import { cleanFlow } from "./rewrite.ts";

export { analyzeRanges, type LoopAssumption, type RangeInfo } from "./range-analysis.ts";
export { formatRange, type Range } from "./intervals.ts";

export function foldRanges(func: Func): boolean {
  const ranges = analyzeRanges(func, { loops: "verifier" });
  let changed = false;
  for (const block of func.blocks.values()) {
    if (!ranges.executable(block.id)) continue;
    block.instrs.forEach((instr, i) => {
      const simpler = simplerInstr(instr, block.id, ranges);
      if (!simpler) return;
      block.instrs[i] = simpler;
      changed = true;
    });
    const { terminator } = block;
    const decided = terminator.op === "condbr" && !terminator.check?.keep ? ranges.decided(block.id) : undefined;
    if (terminator.op !== "condbr" || decided === undefined) continue;
    block.terminator = { op: "br", to: decided ? terminator.then : terminator.else, ...(terminator.span ? { span: terminator.span } : {}) };
    changed = true;
  }
  return cleanFlow(func) || changed;
}

const UNSIGNED = { sdiv: "udiv", smod: "umod", ashr: "lshr" } as const;

function simplerInstr(instr: Instr, block: BlockId, ranges: RangeInfo): Instr | undefined {
  if (instr.op === "bin" || instr.op === "cmp" || instr.op === "ext" || instr.op === "isnull") {
    const range = ranges.at(instr.id);
    const value = range && singleton(range);
    if (value !== undefined) {
      return { op: "const", id: instr.id, value, ...(instr.span ? { span: instr.span } : {}), ...(instr.name !== undefined ? { name: instr.name } : {}) };
    }
  }
  if (instr.op !== "bin" || (instr.fn !== "sdiv" && instr.fn !== "smod" && instr.fn !== "ashr")) return undefined;
  const nonNegative = (value: ValueId) => {
    const range = ranges.in(value, block);
    return range !== undefined && range.smin >= 0n && range.smax < 1n << BigInt(instr.width - 1);
  };
  const dividesUnsigned = instr.fn === "ashr" || nonNegative(instr.b);
  return nonNegative(instr.a) && dividesUnsigned ? { ...instr, fn: UNSIGNED[instr.fn] } : undefined;
}

/** A check that is still in the code: for hints. */
export interface RemainingCheck {
  readonly block: BlockId;
  readonly check: Check;
  readonly span?: Span;
  /** The language's own facts prove it: it stays only because the kernel's verifier needs to see it. No hint then. */
  readonly proven: boolean;
  /** The operands that the check compares, with their ranges where it stands; the ones that vary are why it stays. */
  readonly operands: readonly { readonly value: ValueId; readonly name?: string; readonly range: Range }[];
}

/** Checks left in `func` in reverse postorder; call it on optimized code. */
export function remainingChecks(func: Func): RemainingCheck[] {
  const ranges = analyzeRanges(func);
  const definitions = new Map<ValueId, Instr>();
  for (const block of func.blocks.values()) for (const instr of block.instrs) if (instr.id !== undefined) definitions.set(instr.id, instr);
  const found: RemainingCheck[] = [];
  for (const id of buildCfg(func).order) {
    const { terminator } = func.blocks.get(id)!;
    if (!isCheck(terminator)) continue;
    const cond = definitions.get(terminator.cond);
    const operands = (cond?.op === "cmp" ? [cond.a, cond.b] : [terminator.cond]).flatMap((value) => {
      const range = ranges.in(value, id);
      const name = definitions.get(value)?.name;
      return range ? [{ value, ...(name === undefined ? {} : { name }), range }] : [];
    });
    const proven = !ranges.executable(id) || ranges.decided(id) === true;
    found.push({ block: id, check: terminator.check, ...(terminator.span ? { span: terminator.span } : {}), proven, operands });
  }
  return found;
}

function isCheck(terminator: Terminator): terminator is Extract<Terminator, { op: "condbr" }> & { readonly check: Check } {
  return terminator.op === "condbr" && terminator.check !== undefined;
}
