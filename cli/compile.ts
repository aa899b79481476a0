/**
 * The one compiling service: source file in, diagnostics, object and verdicts out. The build, `run`, and the editor use
 * it alike, so that all of them say the same of the same file. Owns the order of the parts; decides nothing inside them.
 */
import { basename } from "node:path";
import type { ts } from "ts-morph";
import { generate } from "../backend-ebpf/codegen/index.ts";
import { type LinkedObject, linkObject, writeObject, writeSourceMap } from "../backend-ebpf/object/index.ts";
import type { Btf } from "../backend-ebpf/btf/types.ts";
import { check, type FrontendResult } from "../frontend/index.ts";
import type { Module } from "../ir/types.ts";
import { optimize } from "../ir/passes/pipeline.ts";
import type { Diagnostic } from "../kernel/abi/diagnostics.ts";
import { type KernelProfile, PROFILES } from "../kernel/abi/profiles.ts";
import { explain, type Verdict, verify } from "../verifier-sim/index.ts";
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
  /** Called with the IR after each pass, for --emit ir=PASS. */
  readonly afterPass?: (pass: string, module: Module) => void;
}

export interface Compiled {
  readonly sourceFile: ts.SourceFile;
  readonly front: FrontendResult;
  readonly diagnostics: readonly Diagnostic[];
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

/** Compiles one file of `program`. Never throws for bad input: everything is a diagnostic. */
export function compileSource(tsModule: typeof ts, program: ts.Program, sourceFile: ts.SourceFile, options: CompileOptions = {}): Compiled {
  const front = check(tsModule, program, sourceFile, { bounds: options.bounds ?? "check" });
  if (!front.module || front.module.funcs.length === 0) return { sourceFile, front, diagnostics: front.diagnostics };
  const { module } = front;
  const sources = new Map(program.getSourceFiles().map((f) => [f.fileName, f.text]));
  const profiles = options.profile ? [options.profile] : PROFILES;
  let last: Compiled | undefined;
  for (const profile of profiles) {
    last = build(sourceFile, front, module, profile, options, sources);
    if (last.output) return last;
  }
  return last!;
}

function build(sourceFile: ts.SourceFile, front: FrontendResult, module: Module, profile: KernelProfile, options: CompileOptions, sources: ReadonlyMap<string, string>): Compiled {
  const optimized = optimize(module, { level: options.level ?? 1, ...(options.afterPass && { after: options.afterPass }) });
  const { object: input, diagnostics } = generate(optimized, {
    profile,
    license: options.license ?? NO_LICENSE,
    compiler: `anycallc ${packageJson().version}`,
    countCalls: options.countCalls ?? false,
    sources,
  });
  const found = [...front.diagnostics, ...diagnostics];
  if (diagnostics.some((d) => d.severity === "error")) return { sourceFile, front, diagnostics: found };
  const object = writeObject(input);
  const linked = linkObject(object, options.kernelBtf ? { kernelBtf: options.kernelBtf } : {});
  const programs = linked.programs.map((p, i) => ({ ...p, variables: input.programs[i]?.variables ?? [] }));
  const verdicts = programs.map((p) => verify(p, { profile, ...(options.kernelBtf && { kernelBtf: options.kernelBtf }) }));
  const refusals = verdicts.flatMap((verdict, i) => (verdict.verdict === "ACCEPT" ? [] : [explain(programs[i]!, verdict, sources)]));
  const map = writeSourceMap(input, `${basename(sourceFile.fileName).replace(/\.[cm]?ts$/, "")}.bpf.o`);
  return {
    sourceFile,
    front,
    diagnostics: [...found, ...refusals],
    ...(refusals.length === 0 && { output: { module: optimized, object, map, linked: { ...linked, programs }, profile, verdicts } }),
  };
}
