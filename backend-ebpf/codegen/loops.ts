/**
 * The one pass that chooses the form of loops, from the kernel profile and nothing else:
 *
 *   plain      the verifier follows every round; only for counters it sees from a constant to a constant
 *   may_goto   6.9+: the header ends in may_goto, whose expiry goes to the exhausted block
 *   iter_num   6.4+: bpf_iter_num, new before the loop, next in the header, destroy on every way out
 *
 * For the last two the verifier must find that a round changes nothing it knows. A counter that starts at a constant
 * would be known anew in every round, so the initial values of loop-carried numbers that matter to it are made opaque:
 * a zero from the environment cell is added. Works on a private copy of the function and before edges are split.
 */
import type { NewInstr } from "../../ir/builder.ts";
import { buildCfg, buildDominators, findLoops, type NaturalLoop } from "../../ir/cfg.ts";
import { operandsOf } from "../../ir/operands.ts";
import type { BlockId, Func, Instr, LoopInfo, ValueId } from "../../ir/types.ts";
import type { Diagnostic, Span } from "../../kernel/abi/diagnostics.ts";
import { ENV } from "../../kernel/abi/frame.ts";
import type { KernelProfile } from "../../kernel/abi/profiles.ts";
import { loopNeedsBound, loopTooLong } from "./diagnostics.ts";
import { makePreheader, splitEdge } from "./edges.ts";
import { ENV_REGION } from "./layout.ts";
import { countTrips } from "./trips.ts";

export type LoopForm = "plain" | "may_goto" | "iter_num";

/** What was decided for a loop, for --explain-loops. */
export interface LoopDecision {
  readonly func: string;
  readonly loop: number;
  readonly form: LoopForm;
  readonly reason: string;
  readonly span?: Span;
}

/** How selection must build the loops: by header, and blocks that iterators begin and end in. */
export interface LoopPlan {
  readonly forms: ReadonlyMap<BlockId, LoopForm>;
  /** Block → headers of the iterators made at its end, and of those destroyed in it. */
  readonly created: ReadonlyMap<BlockId, readonly BlockId[]>;
  readonly destroyed: ReadonlyMap<BlockId, readonly BlockId[]>;
  readonly decisions: readonly LoopDecision[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Where another form exists, plain loops stay this small: rounds times instructions, and rounds with branches inside. */
const SMALL_WORK = 512;
const SMALL_TRIPS = 64;
const SMALL_BRANCHES = 8;
/** Where none exists: half of what the verifier processes, and what may wait on its stack of branches (8,192). */
const MAX_WORK = 500_000;
const MAX_PENDING = 6_000;

interface Estimate {
  readonly trips: number | undefined;
  /** Instructions that the verifier processes in all rounds, inner loops included. */
  readonly work: number;
  /** Branches that depend on data, in all rounds: each waits on the verifier's stack. */
  readonly pending: number;
}

/** Chooses and prepares the loops of `func`, which is changed in place. */
export function planLoops(func: Func, profile: KernelProfile): LoopPlan {
  const forms = new Map<BlockId, LoopForm>();
  const created = new Map<BlockId, BlockId[]>();
  const destroyed = new Map<BlockId, BlockId[]>();
  const decisions: LoopDecision[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const choice of chooseForms(func, profile, diagnostics)) {
    forms.set(choice.header, choice.form);
    decisions.push({ func: func.name, loop: choice.info.id, form: choice.form, reason: choice.reason, ...(choice.span && { span: choice.span }) });
  }
  const opaque = rangeRelevant(func);
  // Inner loops first: blocks made on their exits then count as the outer loop's.
  for (const header of [...forms.keys()].reverse()) {
    const form = forms.get(header)!;
    if (form === "plain") continue;
    const loop = loopAt(func, header);
    const preheader = makePreheader(func, header, outsideOf(func, loop));
    hideInitialValues(func, loop, preheader, opaque);
    if (form !== "iter_num") continue;
    append(created, preheader, header);
    for (const [from, to] of exitsOf(func, loopAt(func, header))) append(destroyed, splitEdge(func, from, to), header);
  }
  return { forms, created, destroyed, decisions, diagnostics };
}

function append(map: Map<BlockId, BlockId[]>, key: BlockId, value: BlockId): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function loopAt(func: Func, header: BlockId): NaturalLoop {
  const cfg = buildCfg(func);
  return findLoops(cfg, buildDominators(cfg)).byHeader(header)!;
}

function outsideOf(func: Func, loop: NaturalLoop): BlockId[] {
  return buildCfg(func).predecessors.get(loop.header)!.filter((from) => !loop.blocks.has(from));
}

function exitsOf(func: Func, loop: NaturalLoop): [BlockId, BlockId][] {
  const { successors } = buildCfg(func);
  return [...loop.blocks].flatMap((from) => successors.get(from)!.filter((to) => !loop.blocks.has(to)).map((to): [BlockId, BlockId] => [from, to]));
}

// ---- The choice -----------------------------------------------------------------------------------------------------

interface Choice {
  readonly header: BlockId;
  readonly info: LoopInfo;
  readonly form: LoopForm;
  readonly reason: string;
  readonly span?: Span | undefined;
}

/** Outer loops before inner ones. Headers that no edge goes back to are no loops any more. */
function chooseForms(func: Func, profile: KernelProfile, diagnostics: Diagnostic[]): Choice[] {
  const cfg = buildCfg(func);
  const dominators = buildDominators(cfg);
  const { loops } = findLoops(cfg, dominators);
  const defs = definitions(func);
  const estimates = new Map<NaturalLoop, Estimate>();
  for (const loop of [...loops].reverse()) {
    const { terminator } = func.blocks.get(loop.header)!;
    const known = terminator.op === "loop" ? terminator.loop.maxTrips : undefined;
    estimates.set(loop, estimate(func, loop, loops, estimates, smaller(countTrips(func, loop, dominators, defs), known)));
  }
  const choices: Choice[] = [];
  for (const loop of loops) {
    const { terminator } = func.blocks.get(loop.header)!;
    if (terminator.op !== "loop") continue;
    const counted = countTrips(func, loop, dominators, defs) !== undefined;
    const span = terminator.span ?? func.span;
    const { form, reason } = choose(estimates.get(loop)!, counted, profile, (problem) => diagnostics.push(problem), span);
    choices.push({ header: loop.header, info: terminator.loop, form, reason, span });
  }
  return choices;
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function estimate(
  func: Func, loop: NaturalLoop, loops: readonly NaturalLoop[], inner: ReadonlyMap<NaturalLoop, Estimate>, trips: number | undefined,
): Estimate {
  const children = loops.filter((l) => l.parent === loop);
  const own = [...loop.blocks].filter((id) => !children.some((c) => c.blocks.has(id))).map((id) => func.blocks.get(id)!);
  const sum = (of: (e: Estimate) => number) => children.reduce((total, c) => total + of(inner.get(c)!), 0);
  const branches = own.filter(({ terminator }) => terminator.op === "condbr" && loop.blocks.has(terminator.then) && loop.blocks.has(terminator.else)).length;
  const rounds = trips ?? 1;
  return {
    trips,
    work: rounds * (own.reduce((total, block) => total + block.instrs.length + 1, 0) + sum((e) => e.work)),
    pending: rounds * (branches + sum((e) => e.pending)),
  };
}

function choose(
  { trips, work, pending }: Estimate, counted: boolean, profile: KernelProfile, report: (problem: Diagnostic) => void, span: Span | undefined,
): { form: LoopForm; reason: string } {
  const small = trips !== undefined && counted && trips <= SMALL_TRIPS && work <= SMALL_WORK && pending <= SMALL_BRANCHES;
  if (small) return { form: "plain", reason: `at most ${trips} rounds from a constant to a constant: the verifier follows each` };
  const why = trips === undefined ? "its number of rounds is not a constant" : `${trips} rounds are too many to follow one by one`;
  if (profile.features.has("may_goto")) return { form: "may_goto", reason: `${why}; kernel ${profile.name} has may_goto` };
  if (profile.features.has("iter_num")) return { form: "iter_num", reason: `${why}; kernel ${profile.name} has bpf_iter_num but not may_goto` };
  if (trips === undefined) report(loopNeedsBound(profile, span));
  else if (work > MAX_WORK || pending > MAX_PENDING) report(loopTooLong(profile, trips, span));
  return { form: "plain", reason: `kernel ${profile.name} has no loop feature: the verifier follows each of at most ${trips ?? "?"} rounds` };
}

// ---- Opaque initial values ------------------------------------------------------------------------------------------

function definitions(func: Func): Map<ValueId, Instr> {
  const defs = new Map<ValueId, Instr>();
  for (const block of func.blocks.values()) for (const instr of block.instrs) if (instr.id !== undefined) defs.set(instr.id, instr);
  return defs;
}

/**
 * Numbers whose exact value the verifier may come to depend on: compared, added to pointers, passed to calls, and what
 * those are computed from. All others it forgets by itself (it widens what it never needed precisely).
 */
function rangeRelevant(func: Func): ReadonlySet<ValueId> {
  const defs = definitions(func);
  const relevant = new Set<ValueId>();
  for (const instr of defs.values()) {
    if (instr.op === "cmp" || instr.op === "ptradd" || instr.op === "call") for (const value of operandsOf(instr)) relevant.add(value);
  }
  for (const block of func.blocks.values()) {
    for (const instr of block.instrs) if (instr.op === "call") for (const value of operandsOf(instr)) relevant.add(value);
    if (block.terminator.op === "condbr") relevant.add(block.terminator.cond);
  }
  for (const value of relevant) {
    const def = defs.get(value);
    if (def?.op === "bin" || def?.op === "ext" || def?.op === "phi" || def?.op === "cmp") for (const operand of operandsOf(def)) relevant.add(operand);
  }
  return relevant;
}

/** Adds the hidden zero to the initial values of the header's relevant phis, keeping the narrow type they have in the loop. */
function hideInitialValues(func: Func, loop: NaturalLoop, preheader: BlockId, relevant: ReadonlySet<ValueId>): void {
  const head = func.blocks.get(loop.header)!;
  const before = func.blocks.get(preheader)!;
  const defs = definitions(func);
  let zero: ValueId | undefined;
  const emit = (instr: NewInstr): ValueId => {
    const id = func.nextValue++;
    before.instrs.push({ ...instr, id } as Instr);
    return id;
  };
  head.instrs.forEach((phi, i) => {
    if (phi.op !== "phi" || phi.type !== "int" || !relevant.has(phi.id)) return;
    const narrow = narrowType(phi, defs);
    zero ??= emit({ op: "load", ptr: emit({ op: "addr", region: ENV_REGION }), offset: ENV.zero, bytes: 8, signed: false });
    const incoming = phi.incoming.map((entry) => {
      if (loop.blocks.has(entry.from)) return entry;
      const sum = emit({ op: "bin", fn: "add", width: 64, a: entry.value, b: zero! });
      return { from: entry.from, value: narrow ? emit({ op: "ext", ...narrow, a: sum }) : sum };
    });
    head.instrs[i] = { ...phi, incoming };
  });
}

type Narrow = { readonly from: 8 | 16 | 32; readonly signed: boolean };

/** The narrow integer type of everything that flows into `phi`, or undefined when it is 64 bits. */
function narrowType(phi: Instr & { op: "phi" }, defs: ReadonlyMap<ValueId, Instr>): Narrow | undefined {
  const seen = new Set<ValueId>([phi.id]);
  const leaves: Instr[] = [];
  const work = phi.incoming.map((entry) => entry.value);
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const def = defs.get(id);
    if (!def) return undefined;
    if (def.op === "phi") work.push(...def.incoming.map((entry) => entry.value));
    else leaves.push(def);
  }
  // Constants and truth values fit either sign: they come last.
  const flexible = (def: Instr) => (def.op === "const" || def.op === "cmp" || def.op === "isnull" ? 1 : 0);
  let found: Narrow | undefined;
  for (const def of leaves.sort((a, b) => flexible(a) - flexible(b))) {
    const type = typeOf(def, found);
    if (!type || (found && found.signed !== type.signed)) return undefined;
    if (!found || type.from > found.from) found = type;
  }
  return found;
}

function typeOf(def: Instr, known: Narrow | undefined): Narrow | undefined {
  switch (def.op) {
    case "ext":
      return { from: def.from, signed: def.signed };
    case "load":
      return def.bytes === 8 ? undefined : { from: (def.bytes * 8) as 8 | 16 | 32, signed: def.signed };
    case "cmp":
    case "isnull":
      return { from: 8, signed: known?.signed ?? false };
    case "bin":
      return def.width === 32 ? { from: 32, signed: false } : undefined;
    case "const": {
      const signed = known?.signed ?? def.value < 0n;
      for (const from of [8, 16, 32] as const) if ((signed ? BigInt.asIntN(from, def.value) : BigInt.asUintN(from, def.value)) === def.value) return { from, signed };
      return undefined;
    }
    default:
      return undefined;
  }
}
