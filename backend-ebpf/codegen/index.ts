/**
 * Code generation: an IR module → everything the object writer needs. Owns the order of the parts:
 * layout → bounds → loop forms → edges → selection → null tests → outlining → allocation → emission, each in a file of its own.
 */
import type { Func, Module } from "../../ir/types.ts";
import type { Diagnostic, Span } from "../../kernel/abi/diagnostics.ts";
import { ABI_VERSION } from "../../kernel/abi/frame.ts";
import type { FaultMeta, ObjectMeta, ProgramMeta } from "../../kernel/abi/meta.ts";
import { type Feature, type KernelProfile, PROFILES } from "../../kernel/abi/profiles.ts";
import { uniqueIdentifier } from "../btf/names.ts";
import type { CodeUnit, ObjectInput } from "../object/types.ts";
import { allocate } from "./allocate.ts";
import { jumpTooFar, loopNotOutlined, stackTooSmall } from "./diagnostics.ts";
import { cloneFunction, splitCriticalEdges } from "./edges.ts";
import { emit, stackBytes } from "./emit.ts";
import { layoutModule, type ModuleLayout } from "./layout.ts";
import { linkSites } from "./link-order.ts";
import { type LoopDecision, planLoops } from "./loops.ts";
import { threadNullTests } from "./null-tests.ts";
import { outlineLoops } from "./outline.ts";
import { restateBounds } from "./restate.ts";
import { select } from "./select.ts";

export type { LoopDecision, LoopForm } from "./loops.ts";

export interface GenerateOptions {
  readonly profile: KernelProfile;
  /** License string of the object. */
  readonly license: string;
  /** Compiler name and version, for the metadata. */
  readonly compiler: string;
  /** Count executed call sites in FRAME.calls. */
  readonly countCalls?: boolean;
  /** Texts of the source files, for lines and columns. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface Generated {
  /** To be used only when no diagnostic is an error. */
  readonly object: ObjectInput;
  readonly diagnostics: readonly Diagnostic[];
  /** The form of each loop and why, in the functions' order. */
  readonly loops: readonly LoopDecision[];
}

/** Bytes of stack, and what the kernel takes of them for the time limit of may_goto. */
const STACK = 512;
const MAY_GOTO_STACK = 16;

/**
 * Compiles optimized, checked IR; does not change it. Same input, same output. Throws only for IR that the checker would
 * refuse; everything that a program may cause is a diagnostic.
 */
export function generate(module: Module, options: GenerateOptions): Generated {
  const layout = layoutModule(module);
  const taken = new Set<string>();
  const symbols = module.funcs.map((func) => uniqueIdentifier(func.name, taken));
  const functions = module.funcs.map((func, i) => generateFunction(func, layout, symbols[i]!, taken, module.regions, options));
  const subprograms = functions.flatMap((f) => f.subprograms);
  const used = new Set(functions.flatMap((f) => f.features));
  const meta: ObjectMeta = {
    abi: ABI_VERSION,
    compiler: options.compiler,
    source: module.source,
    kernel: (PROFILES.find(({ features }) => [...used].every((f) => features.has(f))) ?? options.profile).name,
    license: options.license,
    memory: layout.memory,
    buffers: layout.buffers,
    ...(layout.mapMetas.length > 0 && { maps: layout.mapMetas }),
    programs: functions.map((f) => f.meta),
  };
  return {
    object: {
      programs: functions.map((f) => f.unit), ...(subprograms.length > 0 && { subprograms }), bssSize: layout.memory.size, data: layout.data, variables: layout.variables, ...(layout.maps.length > 0 && { maps: layout.maps }), meta, sources: options.sources,
    },
    diagnostics: functions.flatMap((f) => f.diagnostics),
    loops: functions.flatMap((f) => f.loops),
  };
}

interface GeneratedFunction {
  readonly unit: CodeUnit;
  readonly subprograms: readonly CodeUnit[];
  readonly meta: ProgramMeta;
  readonly diagnostics: readonly Diagnostic[];
  readonly loops: readonly LoopDecision[];
  readonly features: readonly Feature[];
}

function generateFunction(original: Func, layout: ModuleLayout, symbol: string, taken: Set<string>, regions: Module["regions"], options: GenerateOptions): GeneratedFunction {
  const { profile } = options;
  const func = cloneFunction(original);
  const numbers = numbersSpills(profile);
  if (!numbers) restateBounds(func, (id) => func.regions.get(id) ?? regions.get(id));
  const plan = planLoops(func, profile);
  splitCriticalEdges(func);
  const selected = select(func, layout, plan, { profile, countCalls: options.countCalls ?? false });
  const machine = selected.func;
  if (!numbers) threadNullTests(machine);
  const outlined = outlineLoops(machine, () => uniqueIdentifier(`${symbol}_loop`, taken));
  const parts = [{ symbol, func: machine }, ...outlined.loops].map((part) => {
    const allocation = allocate(part.func, { linkSpills: !numbers });
    return { symbol: part.symbol, stack: stackBytes(part.func, allocation), ...emit(part.func, allocation, { symbol: part.symbol, v4: profile.features.has("isa_v4") }) };
  });
  const linked = linkSites(parts);

  const diagnostics = [...plan.diagnostics, ...outlined.failed.map(({ span }) => loopNotOutlined(profile, span ?? func.span))];
  const forms = new Set(plan.forms.values());
  const limit = forms.has("may_goto") ? STACK - MAY_GOTO_STACK : STACK;
  if (linked.stack > limit) diagnostics.push(stackTooSmall(func.name, linked.stack, limit, func.span));
  const tooFar = parts.find((part) => part.tooFar !== undefined)?.tooFar;
  if (tooFar !== undefined) diagnostics.push(jumpTooFar(func.name, tooFar, profile, func.span));
  const meta: ProgramMeta = {
    name: func.name,
    symbol,
    signature: func.signature,
    sites: linked.sites,
    faults: func.faults.map((fault) => faultMeta(fault, options.sources)),
    moduleOnly: selected.moduleOnly,
    exact: selected.exact,
    instructions: parts.reduce((total, { unit }) => total + unit.insns.length, 0),
  };
  const v4 = parts.some((part) => part.v4);
  const features: Feature[] = [...(v4 ? (["isa_v4"] as const) : []), ...[...forms].filter((f) => f !== "plain")];
  const [main, ...rounds] = parts.map(({ unit }) => unit);
  return { unit: main!, subprograms: rounds, meta, diagnostics, loops: plan.decisions, features };
}

/** Since 6.8 the verifier itself knows that fills of one spilled number are equal, and learns from comparisons of two numbers. */
function numbersSpills({ version: [major, minor] }: KernelProfile): boolean {
  return major > 6 || (major === 6 && minor >= 8);
}

function faultMeta(fault: Func["faults"][number], sources: ReadonlyMap<string, string>): FaultMeta {
  return { kind: fault.kind, message: fault.message, ...lineAndColumn(fault.span, sources), ...(fault.code !== undefined && { code: fault.code }) };
}

/** Where the lines of a file begin: found once, however many places in it are asked for. */
const lineStarts = new WeakMap<ReadonlyMap<string, string>, Map<string, readonly number[]>>();

function startsOf(file: string, text: string, sources: ReadonlyMap<string, string>): readonly number[] {
  const known = lineStarts.get(sources) ?? new Map<string, readonly number[]>();
  lineStarts.set(sources, known);
  const starts = known.get(file) ?? [0, ...[...text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)].map((end) => end.index + end[0].length)];
  known.set(file, starts);
  return starts;
}

/** 1-based; 1:1 when the place is not known. */
function lineAndColumn(span: Span | undefined, sources: ReadonlyMap<string, string>): { line: number; column: number } {
  const text = span && sources.get(span.file);
  if (!span || text === undefined) return { line: 1, column: 1 };
  const starts = startsOf(span.file, text, sources);
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= span.start) low = middle;
    else high = middle;
  }
  return { line: low + 1, column: span.start - starts[low]! + 1 };
}
