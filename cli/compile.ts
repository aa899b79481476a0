/**
 * The one compiling service: source file in, diagnostics, object and verdicts out. The build, `run`, and the editor use
 * it alike, so that all of them say the same of the same file. Owns the order of the parts; decides nothing inside them.
 */
import { basename, relative, resolve, sep } from "node:path";
import type ts from "typescript";
import { generate, type LoopDecision } from "../backend-ebpf/codegen/index.ts";
import { type CodeUnit, type LinkedObject, linkObject, type ObjectInput, writeObject, writeSourceMap } from "../backend-ebpf/object/index.ts";
import type { Btf } from "../backend-ebpf/btf/types.ts";
import { check, type FrontendResult } from "../frontend/index.ts";
import type { Module } from "../ir/types.ts";
import { cloneModule, optimize } from "../ir/passes/pipeline.ts";
import type { Diagnostic, Span } from "../kernel/abi/diagnostics.ts";
import { type KernelProfile, PROFILES } from "../kernel/abi/profiles.ts";
import { explain, type Verdict, type Verify, verify } from "../verifier-sim/index.ts";
import { packageJson } from "./package-json.ts";

export interface CompileOptions {
  /** The kernel to compile for; absent: the oldest profile that can express the file. */
  readonly profile?: KernelProfile;
  readonly kernelBtf?: Btf;
  readonly bounds?: "check" | "prove";
  /** License string of the object. */
  readonly license?: string;
  readonly countCalls?: boolean;
  /** Optimization level; 1 unless a test compares. */
  readonly level?: 0 | 1;
  /** Directory that names in the object are relative to, so that its bytes do not depend on where the project lies. */
  readonly base?: string;
  /** Name of the last pass to run, for --emit ir=PASS. */
  readonly stopAfter?: string;
  /** Stands for the simulator, with the same answers: the editor's remembers verdicts of programs that did not change. */
  readonly verify?: Verify;
}

export interface Compiled {
  readonly sourceFile: ts.SourceFile;
  readonly front: FrontendResult;
  readonly diagnostics: readonly Diagnostic[];
  /** The form chosen for each loop, for --explain-loops. */
  readonly loops: readonly LoopDecision[];
  /** Present when the file has marked functions and no error stopped the compilation. */
  readonly output?: CompiledOutput;
}

export interface CompiledOutput {
  /** Optimized IR. */
  readonly module: Module;
  readonly object: Uint8Array;
  readonly map: string;
  readonly linked: LinkedObject;
  readonly profile: KernelProfile;
  /** One per program, in the object's order. */
  readonly verdicts: readonly Verdict[];
}

/** A license the kernel accepts for GPL-only functions is the user's decision: without one the object says so. */
const NO_LICENSE = "Proprietary";

/** What the backend is given: no node of TypeScript, so that it can be sent to another thread. */
export interface Checked {
  /** Absolute name of the source file. */
  readonly fileName: string;
  /** Null when there are errors. */
  readonly module: Module | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Texts of the source files that spans refer to, by absolute name. */
  readonly sources: ReadonlyMap<string, string>;
}

export type CompiledModule = Omit<Compiled, "sourceFile" | "front">;

/** Compiles one file of `program`. Never throws for bad input: everything is a diagnostic. */
export function compileSource(tsModule: typeof ts, program: ts.Program, sourceFile: ts.SourceFile, options: CompileOptions = {}): Compiled {
  const front = check(tsModule, program, sourceFile, { bounds: options.bounds ?? "check" });
  const sources = new Map(program.getSourceFiles().filter((f) => !f.isDeclarationFile).map((f) => [f.fileName, f.text]));
  return { sourceFile, front, ...compileModule({ fileName: sourceFile.fileName, module: front.module, diagnostics: front.diagnostics, sources }, options) };
}

/** The part of `compileSource` behind the front end: optimizes, generates, links and verifies what was lowered. */
export function compileModule(checked: Checked, options: CompileOptions = {}): CompiledModule {
  if (!checked.module || checked.module.funcs.length === 0) return { diagnostics: checked.diagnostics, loops: [] };
  const optimized = optimize(cloneModule(checked.module), { level: options.level ?? 1, ...(options.stopAfter && { stopAfter: options.stopAfter }) });
  let last: CompiledModule | undefined;
  for (const profile of options.profile ? [options.profile] : PROFILES) {
    last = compileFor(profile, optimized, checked, options);
    if (last.output) return last;
  }
  return last!;
}

function compileFor(profile: KernelProfile, module: Module, { fileName, diagnostics, sources }: Checked, options: CompileOptions): CompiledModule {
  const generated = generate(module, {
    profile,
    license: options.license ?? NO_LICENSE,
    compiler: `anycallc ${packageJson().version}`,
    countCalls: options.countCalls ?? false,
    sources,
  });
  const found = [...diagnostics, ...generated.diagnostics];
  if (generated.diagnostics.some((d) => d.severity === "error")) return { diagnostics: found, loops: generated.loops };

  const base = resolve(options.base ?? ".");
  const input = relativize(generated.object, base);
  const object = writeObject(input);
  const linked = linkObject(object, options.kernelBtf ? { kernelBtf: options.kernelBtf } : {});
  const programs = linked.programs.map((p, i) => ({ ...p, variables: input.programs[i]?.variables ?? [] }));
  const prove = options.verify ?? verify;
  const how = { profile, ...(options.kernelBtf && { kernelBtf: options.kernelBtf }) };
  const verdicts = programs.map((p) => prove(p, how));
  const refusals = verdicts.flatMap((verdict, i) => (verdict.verdict === "ACCEPT" ? [] : [absolute(explain(programs[i]!, verdict, { sources: input.sources, verify: how }), base)]));
  const name = `${basename(fileName).replace(/\.[cm]?tsx?$/, "")}.bpf.o`;
  const map = writeSourceMap(input, name);
  return {
    diagnostics: [...found, ...refusals],
    loops: generated.loops,
    ...(refusals.length === 0 && { output: { module, object, map, linked: { ...linked, programs }, profile, verdicts } }),
  };
}

/** File names below `base`, with slashes: the object's bytes do not depend on where the project lies. */
function relativize(input: ObjectInput, base: string): ObjectInput {
  const name = (file: string) => relative(base, file).split(sep).join("/") || file;
  const units = (list: readonly CodeUnit[]) => list.map((unit) => ({ ...unit, lines: unit.lines.map((l) => ({ ...l, span: { ...l.span, file: name(l.span.file) } })) }));
  return {
    ...input,
    programs: units(input.programs),
    ...(input.subprograms && { subprograms: units(input.subprograms) }),
    meta: { ...input.meta, source: name(input.meta.source) },
    sources: new Map([...input.sources].map(([file, text]) => [name(file), text])),
  };
}

/** The inverse for a diagnostic made from the object. */
function absolute(diagnostic: Diagnostic, base: string): Diagnostic {
  const place = <T extends { readonly span: Span }>(item: T): T => ({ ...item, span: { ...item.span, file: resolve(base, item.span.file) } });
  return {
    ...diagnostic,
    ...(diagnostic.span && place({ span: diagnostic.span })),
    ...(diagnostic.related && { related: diagnostic.related.map(place) }),
    ...(diagnostic.edits && { edits: diagnostic.edits.map(place) }),
  };
}
