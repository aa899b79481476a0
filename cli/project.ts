/**
 * Opens a TypeScript project for the command line, from a tsconfig.json or from file names. Owns configuration and module
 * resolution; never looks inside a source file. The compiler is the one that ts-morph carries; the program is made by its
 * own API, since ts-morph's Project leaves out what Node's module kinds (`"module": "nodenext"`) need of each file, and
 * a CommonJS file would be emitted as an ES module.
 */
import { existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ts as bundled } from "ts-morph";
import type tsTypes from "typescript";
import { ProjectError } from "./project-error.ts";
import { packageSettings, pickSettings, type Settings } from "./settings.ts";

/** The TypeScript that ts-morph carries: one instance a process. Its own declarations are a copy of typescript's. */
export const ts = bundled as unknown as typeof tsTypes;

export interface OpenedProject {
  readonly program: tsTypes.Program;
  readonly options: tsTypes.CompilerOptions;
  /** Directory of tsconfig.json, or the current one. */
  readonly base: string;
  /** Files the project names, not what they import. */
  readonly rootNames: readonly string[];
  /** Errors of tsconfig.json and of its options. */
  readonly configErrors: readonly tsTypes.Diagnostic[];
  readonly settings: Settings;
}

const here = fileURLToPath(import.meta.url);
const built = here.endsWith(".js");

/** Our library's declarations: what "anycall" means where the user's project has not installed it. */
const LIBRARY: Readonly<Record<string, string>> = Object.fromEntries(
  [["anycall", "frontend/lib/index"], ["anycall/kernel", "frontend/lib/kernel"], ["anycall/runtime", "kernel/runtime/index"]].map(([name, path]) => [
    name,
    resolve(dirname(here), "..", `${path}${built ? ".d.ts" : ".ts"}`),
  ]),
);

/** Options for files without a project: what docs/tour.md tells users to write. */
const DEFAULTS: tsTypes.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  skipLibCheck: true,
  types: [],
};

/**
 * Opens the project at `project` (a tsconfig.json or its directory), or `files` with the options of the nearest
 * tsconfig.json above the first of them. `overrides` come from the command line. Throws ProjectError.
 */
export function openProject(request: { project?: string; files?: readonly string[]; overrides?: tsTypes.CompilerOptions }): OpenedProject {
  const { files = [], overrides = {} } = request;
  for (const file of files) if (!existsSync(file)) throw new ProjectError("TS6053", `File '${file}' not found.`);
  const configPath = request.project !== undefined ? configFile(request.project) : files.length > 0 ? nearestConfig(dirname(resolve(files[0]!))) : configFile(".");
  const config = configPath ? readConfig(configPath, overrides) : { options: { ...DEFAULTS, ...overrides }, fileNames: [], errors: [], settings: {} };
  const rootNames = files.length > 0 ? files.map((f) => resolve(f)) : config.fileNames;
  const base = files.length > 0 && request.project === undefined ? { ...config.options, types: config.options.types ?? [] } : config.options;
  const options = withLibrary(base, configPath ?? resolve(files[0] ?? "."));
  const program = ts.createProgram({ rootNames, options, host: compilerHost(options) });
  const settings = { ...packageSettings(dirname(configPath ?? resolve(files[0] ?? "."))), ...config.settings };
  return { program, options, base: configPath ? dirname(configPath) : resolve("."), rootNames, configErrors: config.errors, settings };
}

/** Host of a project's program. ts-morph carries the compiler without its libraries' declarations; the typescript package has them. */
export function compilerHost(options: tsTypes.CompilerOptions): tsTypes.CompilerHost {
  const host = ts.createCompilerHost(options);
  const libraries = dirname(createRequire(import.meta.url).resolve("typescript/lib/lib.d.ts"));
  return { ...host, getDefaultLibLocation: () => libraries, getDefaultLibFileName: (o) => join(libraries, ts.getDefaultLibFileName(o)) };
}

/** Adds our library by `paths` where "anycall" does not resolve from the project, so that a first program needs no installation. */
function withLibrary(options: tsTypes.CompilerOptions, containingFile: string): tsTypes.CompilerOptions {
  const found = ts.resolveModuleName("anycall", containingFile, options, ts.sys, undefined, undefined, ts.ModuleKind.ESNext);
  if (found.resolvedModule) return options;
  return { ...options, paths: { ...Object.fromEntries(Object.entries(LIBRARY).map(([name, path]) => [name, [path]])), ...options.paths } };
}

function configFile(path: string): string {
  const full = resolve(path);
  if (existsSync(full) && statSync(full).isDirectory()) {
    const inside = join(full, "tsconfig.json");
    if (!existsSync(inside)) throw new ProjectError("TS5057", `Cannot find a tsconfig.json file at the specified directory: '${path}'.`);
    return inside;
  }
  if (!existsSync(full)) throw new ProjectError("TS5058", `The specified path does not exist: '${path}'.`);
  return full;
}

function nearestConfig(directory: string): string | undefined {
  return ts.findConfigFile(directory, ts.sys.fileExists);
}

function readConfig(path: string, overrides: tsTypes.CompilerOptions) {
  const errors: tsTypes.Diagnostic[] = [];
  const host: tsTypes.ParseConfigFileHost = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (d) => errors.push(d) };
  const parsed = ts.getParsedCommandLineOfConfigFile(path, overrides, host);
  if (!parsed) return { options: { ...DEFAULTS, ...overrides }, fileNames: [], errors, settings: {} };
  const settings = pickSettings((parsed.raw as { anycall?: unknown } | undefined)?.anycall);
  return { options: { ...parsed.options, skipLibCheck: parsed.options.skipLibCheck ?? true }, fileNames: parsed.fileNames, errors: [...errors, ...parsed.errors], settings };
}
