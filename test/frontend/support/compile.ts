/** Compiles sources in memory against frontend/lib with a given TypeScript, for tests. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type ts from "typescript";
import { check, type FrontendOptions, type FrontendResult } from "../../../frontend/index.ts";

const require = createRequire(import.meta.url);
export const TYPESCRIPTS: readonly { readonly name: string; readonly ts: typeof ts }[] = [
  { name: "6.0", ts: require("typescript") },
  { name: "5.9", ts: require("typescript-5.9") },
];
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

const files = new WeakMap<object, Map<string, ts.SourceFile>>();

export function compilerOptions(tsModule: typeof ts): ts.CompilerOptions {
  return {
    target: tsModule.ScriptTarget.ES2022, lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"], module: tsModule.ModuleKind.ESNext,
    moduleResolution: tsModule.ModuleResolutionKind.Bundler, strict: true, noEmit: true, types: [], skipLibCheck: true, allowImportingTsExtensions: true,
    paths: { anycall: [join(ROOT, "frontend/lib/index.ts")], "anycall/kernel": [join(ROOT, "frontend/lib/kernel.ts")] },
  };
}

/** A program of in-memory `sources` (path → text); libraries are parsed once for each TypeScript. */
export function createProgram(tsModule: typeof ts, sources: Readonly<Record<string, string>>, options: ts.CompilerOptions = compilerOptions(tsModule), old?: ts.Program): ts.Program {
  const host = tsModule.createCompilerHost(options, true);
  const cache = files.get(tsModule) ?? new Map<string, ts.SourceFile>();
  files.set(tsModule, cache);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => path in sources || fileExists(path);
  host.readFile = (path) => sources[path] ?? readFile(path);
  host.getSourceFile = (path, target, ...rest) => {
    const text = sources[path];
    if (text !== undefined) return tsModule.createSourceFile(path, text, target, true);
    const known = cache.get(path);
    if (known) return known;
    const file = getSourceFile(path, target, ...rest);
    if (file) cache.set(path, file);
    return file;
  };
  return tsModule.createProgram({ rootNames: Object.keys(sources), options, host, ...(old ? { oldProgram: old } : {}) });
}

export const SOURCE = join(ROOT, "frontend/fixtures/in-memory.ts");

export function compileText(tsModule: typeof ts, text: string, options: FrontendOptions = {}, path = SOURCE): FrontendResult & { readonly errors: string[] } {
  const program = createProgram(tsModule, { [path]: text });
  const sourceFile = program.getSourceFile(path)!;
  const result = check(tsModule, program, sourceFile, options);
  return { ...result, errors: result.diagnostics.filter((d) => d.severity === "error").map((d) => `${d.code} ${d.message}`) };
}

export function compileFile(tsModule: typeof ts, path: string, options: FrontendOptions = {}) {
  return compileText(tsModule, readFileSync(path, "utf8"), options, resolve(path));
}
