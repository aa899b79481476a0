/**
 * The one pass that chooses the form of loops, from the kernel profile and nothing else:
 *
 *   plain      the verifier follows every round; only for counters it sees from a constant to a constant
 *   may_goto   6.9+: the header ends in may_goto, whose expiry goes to the exhausted block
 *   iter_num   6.4+: bpf_iter_num, new before the loop, next in the header, destroy on every way out
 *   bpf_loop   5.17+: a round becomes a function that the helper calls (outline.ts)
 *
 * For the last three the verifier must find that a round changes nothing it knows. A counter that starts at a constant
 * would be known anew in every round, so the initial values of loop-carried numbers are made opaque: a zero from the
 * environment cell is added. (Numbers that are never tested would do without, as the verifier forgets what it did not
 * need; but telling them apart by dataflow left some programs that did not converge.) Works on a private copy of the function and before edges are split.
 */
import type { NewInstr } from "../../ir/builder.ts";
import { buildCfg, buildDominators, findLoops, type NaturalLoop } from "../../ir/cfg.ts";
import { successorsOf } from "../../ir/operands.ts";
import type { BlockId, Func, Instr, LoopInfo, ValueId } from "../../ir/types.ts";
import type { Diagnostic, Span } from "../../kernel/abi/diagnostics.ts";
import { ENV } from "../../kernel/abi/frame.ts";
import type { KernelProfile } from "../../kernel/abi/profiles.ts";
import { loopNeedsBound, loopTooLong } from "./diagnostics.ts";
import { makePreheader, predecessors, splitEdge } from "./edges.ts";
import { ENV_REGION } from "./layout.ts";
import { countTrips } from "./trips.ts";

export type LoopForm = "plain" | "may_goto" | "iter_num" | "bpf_loop";

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

/**
 * Where another form exists, plain loops stay this small, in instructions over all rounds, and have no branches that
 * go on: what they fork the verifier would follow through all that comes behind.
 */
const SMALL_WORK = 512;
const SMALL_TRIPS = 64;
/** Where none exists: half of what the verifier processes, and what may wait on its stack of branches (8,192). */
const MAX_WORK = 500_000;
const MAX_PENDING = 6_000;

interface Estimate {
  readonly trips: number | undefined;
  /** Instructions that the verifier processes in all rounds, inner loops included. */
  readonly work: number;
  /** Branches that depend on data, in all rounds: each waits on the verifier's stack. */
  readonly pending: number;
  /** Branches in one round whose ways both go on, in this loop or behind it. */
  readonly forks: number;
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
  prepare(func, forms, created, destroyed);
  return { forms, created, destroyed, decisions, diagnostics };
}

/** Makes preheaders and exits. Inner loops first: blocks made on their edges then count as the outer loops'. */
function prepare(func: Func, forms: ReadonlyMap<BlockId, LoopForm>, created: Map<BlockId, BlockId[]>, destroyed: Map<BlockId, BlockId[]>): void {
  const cfg = buildCfg(func);
  const { loops } = findLoops(cfg, buildDominators(cfg));
  const members = new Map<BlockId, Set<BlockId>>(loops.map((loop) => [loop.header, new Set(loop.blocks)]));
  const defs = definitions(func);
  for (const { header } of [...loops].reverse()) {
    const form = forms.get(header);
    if (form === undefined || form === "plain") continue;
    const blocks = members.get(header)!;
    const preheader = makePreheader(func, header, predecessors(func).get(header)!.filter((from) => !blocks.has(from)));
    for (const instr of func.blocks.get(preheader)!.instrs) if (instr.id !== undefined) defs.set(instr.id, instr);
    for (const [outer, inside] of members) if (outer !== header && inside.has(header)) inside.add(preheader);
    hideInitialValues(func, header, blocks, preheader, defs);
    if (form !== "iter_num") continue;
    append(created, preheader, header);
    for (const [from, to] of exitsOf(func, blocks)) {
      const id = splitEdge(func, from, to);
      append(destroyed, id, header);
      for (const inside of members.values()) if (inside.has(from) && inside.has(to)) inside.add(id);
    }
  }
}

function append(map: Map<BlockId, BlockId[]>, key: BlockId, value: BlockId): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}

function exitsOf(func: Func, blocks: ReadonlySet<BlockId>): [BlockId, BlockId][] {
  const leaving = (from: BlockId) => successorsOf(func.blocks.get(from)!.terminator).filter((to) => !blocks.has(to));
  return [...blocks].flatMap((from) => leaving(from).map((to): [BlockId, BlockId] => [from, to]));
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
  const branches = own.filter(({ terminator }) => terminator.op === "condbr");
  // One branch is the test of the counter itself, which the verifier decides.
  const undecided = Math.max(0, branches.length - 1);
  const goingOn = branches.filter(({ terminator }) => terminator.op === "condbr" && !isEnd(func, terminator.then) && !isEnd(func, terminator.else));
  const rounds = trips ?? 1;
  return {
    trips,
    work: rounds * (own.reduce((total, block) => total + block.instrs.filter(isEmitted).length + 1, 0) + sum((e) => e.work)),
    pending: rounds * (undecided + sum((e) => e.pending)),
    forks: Math.max(0, goingOn.length - 1) + sum((e) => e.forks),
  };
}

function isEnd(func: Func, id: BlockId): boolean {
  const { op } = func.blocks.get(id)!.terminator;
  return op === "ret" || op === "stop" || op === "unreachable";
}

/** Constants, addresses and comparisons become parts of other instructions. */
function isEmitted({ op }: Instr): boolean {
  return op !== "const" && op !== "phi" && op !== "addr" && op !== "field" && op !== "cmp";
}

function choose(
  { trips, work, pending, forks }: Estimate, counted: boolean, profile: KernelProfile, report: (problem: Diagnostic) => void, span: Span | undefined,
): { form: LoopForm; reason: string } {
  const small = trips !== undefined && counted && trips <= SMALL_TRIPS && work <= SMALL_WORK && forks === 0;
  if (small) return { form: "plain", reason: `at most ${trips} rounds from a constant to a constant: the verifier follows each` };
  const why = trips === undefined ? "its number of rounds is not a constant" : `up to ${trips} rounds, with what is done in them, are too much to follow`;
  if (profile.features.has("may_goto")) return { form: "may_goto", reason: `${why}; kernel ${profile.name} has may_goto` };
  if (profile.features.has("iter_num")) return { form: "iter_num", reason: `${why}; kernel ${profile.name} has bpf_iter_num but not may_goto` };
  const tooMuch = trips === undefined || work > MAX_WORK || pending > MAX_PENDING;
  if (tooMuch && profile.features.has("bpf_loop")) return { form: "bpf_loop", reason: `${why}; kernel ${profile.name} has the helper bpf_loop alone` };
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
 * Adds the hidden zero to the initial values of the header's numbers, keeping the narrow type they have in the loop. Each
 * number gets a load of its own: copies of one load are linked in the verifier's eyes, so that what a comparison of one of
 * them tells would bound all, and the rounds would be followed one by one.
 */
function hideInitialValues(func: Func, header: BlockId, blocks: ReadonlySet<BlockId>, preheader: BlockId, defs: Map<ValueId, Instr>): void {
  const head = func.blocks.get(header)!;
  const before = func.blocks.get(preheader)!;
  let environment: ValueId | undefined;
  const emit = (instr: NewInstr): ValueId => {
    const id = func.nextValue++;
    const made = { ...instr, id } as Instr;
    before.instrs.push(made);
    defs.set(id, made);
    return id;
  };
  head.instrs.forEach((phi, i) => {
    if (phi.op !== "phi" || phi.type !== "int") return;
    const narrow = narrowType(phi, defs);
    const incoming = phi.incoming.map((entry) => {
      if (blocks.has(entry.from)) return entry;
      environment ??= emit({ op: "addr", region: ENV_REGION });
      const zero = emit({ op: "load", ptr: environment, offset: ENV.zero, bytes: 8, signed: false });
      const sum = emit({ op: "bin", fn: "add", width: 64, a: entry.value, b: zero });
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
      const fits = (from: 8 | 16 | 32) => (signed ? BigInt.asIntN(from, def.value) : BigInt.asUintN(from, def.value)) === def.value;
      const from = ([8, 16, 32] as const).find(fits);
      return from && { from, signed };
    }
    default:
      return undefined;
  }
}
