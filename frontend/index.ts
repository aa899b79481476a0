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
import { diagnosticAt, Poisoned, UserError } from "./diagnostics.ts";
import { Library } from "./library.ts";
import { findMarked, type MarkedFunction } from "./marked.ts";
import { collectMemory } from "./module-memory.ts";
import { lowerFunction } from "./lower/function.ts";
import { ModuleContext } from "./lower/module.ts";
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
  /** Module-level memory: `node` is the call of `buffer`, `global`. */
  readonly bindings: readonly { readonly name: string; readonly node: ts.CallExpression; readonly kind: "buffer" | "global"; readonly size: number }[];
}

/** Checks and lowers the marked functions of `sourceFile`. `tsModule` is the TypeScript that made `program`. */
export function check(tsModule: typeof ts, program: ts.Program, sourceFile: ts.SourceFile, options: FrontendOptions = {}): FrontendResult {
  const checker = program.getTypeChecker();
  const library = new Library(tsModule, program, sourceFile);
  const converter = new TypeConverter(tsModule, checker, (symbol) => library.nameOf(symbol));
  const module = new ModuleContext(tsModule, checker, library, converter, sourceFile);
  const marked: FrontendResult["marked"][number][] = [];
  const funcs: Func[] = [];
  attempt(module, sourceFile, () => collectMemory(module));
  for (const found of attempt(module, sourceFile, () => findMarked(module)) ?? []) {
    attempt(module, found.node, () => {
      const signature = signatureOf(module, found.fn);
      marked.push({ name: found.name, node: found.node, kind: found.kind, signature });
      const errors = countErrors(module.diagnostics);
      const func = lowerOne(module, found, signature);
      if (func && countErrors(module.diagnostics) === errors) funcs.push(func);
    });
  }
  const bindings = [...module.memory.values()].map(({ name, node, kind, region }) => ({ name, node, kind, size: region.size }));
  const result: Module = { source: sourceFile.fileName, regions: module.regions, funcs };
  if (countErrors(module.diagnostics) === 0) {
    attempt(module, sourceFile, () => {
      assertModule(result, "lowering");
      for (const func of funcs) reportChecks(module, func, options.bounds ?? "check");
    });
  }
  const diagnostics = unique(module.diagnostics);
  return { module: countErrors(diagnostics) === 0 ? result : null, diagnostics, marked, bindings };
}

function lowerOne(module: ModuleContext, found: MarkedFunction, signature: BoundarySignature): Func | undefined {
  const errors = countErrors(module.diagnostics);
  try {
    return lowerFunction(module, found.fn, found.name, signature);
  } catch (error) {
    // After an error of the program, the half-made function may trip the compiler: that error has been told.
    if (!(error instanceof UserError) && !(error instanceof Poisoned) && countErrors(module.diagnostics) > errors) return undefined;
    throw error;
  }
}

/** Runs `body`; what it throws becomes a diagnostic: the program's error, or an internal one at `node`. */
function attempt<T>(module: ModuleContext, node: ts.Node, body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (error instanceof Poisoned) return undefined;
    if (error instanceof UserError) module.diagnostics.push(error.diagnostic);
    else module.diagnostics.push(diagnosticAt("AC1002", node, `internal compiler error: ${error instanceof Error ? error.message : String(error)}`, { notes: error instanceof Error && error.stack ? error.stack.split("\n").slice(1, 6) : [] }));
    return undefined;
  }
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
