/**
 * The frontend's pure core: `check(ts, program, sourceFile)` finds the marked functions of one source file and lowers
 * them to IR. Works on raw nodes of the TypeScript it is given; keeps no state between calls; never throws for any input.
 */
import type ts from "typescript";
import { assertModule } from "../ir/check.ts";
import { remainingChecks } from "../ir/passes/ranges.ts";
import type { Func, Module } from "../ir/types.ts";
import type { BoundarySignature } from "../kernel/abi/boundary.ts";
import type { Diagnostic } from "../kernel/abi/diagnostics.ts";
import { signatureOf } from "./boundary.ts";
import { diagnosticAt, UserError } from "./diagnostics.ts";
import { Library } from "./library.ts";
import { findMarked } from "./marked.ts";
import { collectMemory } from "./module-memory.ts";
import { lowerFunction } from "./lower/function.ts";
import { type InferredType, ModuleContext, type ModuleMemory } from "./lower/module.ts";
import { TypeConverter } from "./types/convert.ts";

export interface FrontendOptions {
  /** `prove`: an access that needs an added check is an error, not a hint. */
  readonly bounds?: "check" | "prove";
}

export interface FrontendResult {
  /** Null when there are errors. */
  readonly module: Module | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Marked functions, in source order. `node`: the method declaration, or the call of `anycall`. */
  readonly marked: readonly { readonly name: string; readonly node: ts.Node; readonly kind: "method" | "call"; readonly signature: BoundarySignature }[];
  /** Module-level memory: `node` is the call of `buffer`, `global`, `table`. */
  readonly bindings: readonly { readonly name: string; readonly node: ts.CallExpression; readonly kind: ModuleMemory["kind"]; readonly size: number }[];
  /** Integer and boolean variables with the types inferred for them; a function compiled into several others is there several times. */
  readonly integers: readonly InferredType[];
}

/** Checks and lowers the marked functions of `sourceFile`. `tsModule` is the TypeScript that made `program`. */
export function check(tsModule: typeof ts, program: ts.Program, sourceFile: ts.SourceFile, options: FrontendOptions = {}): FrontendResult {
  const checker = program.getTypeChecker();
  const library = new Library(tsModule, program, sourceFile);
  const converter = new TypeConverter(tsModule, checker, (symbol) => library.nameOf(symbol));
  const module = new ModuleContext(tsModule, checker, library, converter, sourceFile);
  const marked: FrontendResult["marked"][number][] = [];
  const funcs: Func[] = [];
  attempt(module, program, sourceFile, () => collectMemory(module));
  for (const found of attempt(module, program, sourceFile, () => findMarked(module)) ?? []) {
    attempt(module, program, found.node, () => {
      const signature = signatureOf(module, found.fn);
      marked.push({ name: found.name, node: found.node, kind: found.kind, signature });
      funcs.push(lowerFunction(module, found.fn, found.name, signature));
    });
  }
  const bindings = [...module.memory.values()].map(({ name, node, kind, region }) => ({ name, node, kind, size: region.size }));
  const result: Module = { source: sourceFile.fileName, regions: module.regions, funcs };
  if (countErrors(module.diagnostics) === 0) {
    attempt(module, program, sourceFile, () => {
      assertModule(result, "lowering");
      for (const func of funcs) reportChecks(module, func, options.bounds ?? "check");
    });
  }
  const diagnostics = unique(module.diagnostics);
  return { module: countErrors(diagnostics) === 0 ? result : null, diagnostics, marked, bindings, integers: module.integers };
}

/** Runs `body`; what it throws becomes a diagnostic: the program's error, or an internal one at `node`. */
function attempt<T>(module: ModuleContext, program: ts.Program, node: ts.Node, body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof UserError) module.diagnostics.push(error.diagnostic);
    // What trips the compiler after an error of the program is that error's doing, and it has been told.
    else if (countErrors(module.diagnostics) === 0) module.diagnostics.push(unexpected(module, program, node, error));
    return undefined;
  }
}

/** A failure without any error of ours: TypeScript's own errors are the likely cause, else it is a bug. */
function unexpected(module: ModuleContext, program: ts.Program, node: ts.Node, error: unknown): Diagnostic {
  const { sourceFile } = module;
  const found = [...program.getSyntacticDiagnostics(sourceFile), ...program.getSemanticDiagnostics(sourceFile)].find(({ category }) => category === module.ts.DiagnosticCategory.Error);
  if (found) {
    const text = module.ts.flattenDiagnosticMessageText(found.messageText, " ");
    const base = diagnosticAt("AC1001", node, `the file has errors of TypeScript: ${text}`, { why: "What the program means is not clear as long as TypeScript objects to it.", fix: "Correct TypeScript's errors first." });
    return found.start === undefined ? base : { ...base, span: { file: sourceFile.fileName, start: found.start, length: found.length ?? 0 } };
  }
  const details = error instanceof Error ? [error.message, ...(error.stack ?? "").split("\n").slice(1, 6)] : [String(error)];
  return diagnosticAt("AC1002", node, "the compiler failed on this function", { notes: details });
}

function countErrors(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
}

/** Checks that stay in the code, as hints or, with `prove`, as errors. */
function reportChecks(module: ModuleContext, func: Func, bounds: "check" | "prove"): void {
  for (const { check, span, proven } of remainingChecks(func)) {
    if (check.kind !== "bounds" || proven) continue;
    const code = bounds === "prove" ? "AC2010" : "AC2009";
    const base = diagnosticAt(code, module.sourceFile, `${check.access ?? "this access"} is checked at run time${check.requirement ? `: ${check.requirement}` : ""}`);
    module.diagnostics.push({ ...base, ...(span ? { span } : {}) });
  }
}

/** A helper compiled into several callers reports once. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const key = `${diagnostic.code} ${diagnostic.span?.file}:${diagnostic.span?.start}:${diagnostic.span?.length} ${diagnostic.message}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
