/** `anycallc [-p …]`: the build. Type check, compile and verify every marked function, emit as tsc does. */
import { basename, dirname, join, resolve } from "node:path";
import type tsTypes from "typescript";
import { printModule } from "../../ir/text.ts";
import { type Parsed, UsageError } from "../args.ts";
import { type Compiled, compileSource } from "../compile.ts";
import { replaceBodies, type Replacements } from "../emit.ts";
import { writeFileAtomic } from "../files.ts";
import { listing } from "../listing.ts";
import { explainLoops, formatLoops, loopsJson } from "../loops-report.ts";
import { type OpenedProject, openProject, ts } from "../project.ts";
import { type Finding, type Format, formatFindings, fromOurs, fromTs, sortFindings } from "../report.ts";
import { targetOf } from "../target.ts";
import { initProject } from "./init.ts";

type Kind = "ir" | "asm" | "obj" | "js" | "dts";

export async function build(parsed: Parsed): Promise<number> {
  const { options, operands } = parsed;
  if (options.init) return initProject(process.cwd());
  if (options.project !== undefined && operands.length > 0) throw new UsageError("Option 'project' cannot be mixed with source files on a command line.");
  if (options.emit && options.noEmit) throw new UsageError("Options '--emit' and '--noEmit' exclude each other.");
  const project = openProject({ ...(options.project !== undefined && { project: String(options.project) }), files: operands, overrides: overrides(parsed) });
  const noEmit = project.options.noEmit === true && !options.emit;

  const compiled = compileProject(project, parsed);
  const findings = sortFindings([...typescriptFindings(project), ...compiled.flatMap((c) => c.diagnostics.map((d) => fromOurs(d, textOf(project))))]);
  const failed = findings.some((f) => f.severity === "error");

  if (!noEmit && !(failed && project.options.noEmitOnError)) emit(project, compiled, kinds(parsed));
  const format = formatOf(parsed);
  const loops = options["explain-loops"] ? explainLoops(compiled.flatMap((c) => c.loops), textOf(project)) : undefined;
  process.stdout.write(formatFindings(findings, format, process.cwd(), loops && { loops: loopsJson(loops, process.cwd()) }));
  if (loops && format !== "json") process.stdout.write(formatLoops(loops, format, process.cwd()));
  if (options.listFiles) process.stdout.write(`${project.program.getSourceFiles().map((f) => f.fileName).join("\n")}\n`);
  if (!failed) return 0;
  return project.options.noEmitOnError && !noEmit ? 1 : 2;
}

/** tsc's options given on the command line, as compiler options. */
function overrides({ options }: Parsed): tsTypes.CompilerOptions {
  return {
    ...(options.noEmit !== undefined && { noEmit: options.noEmit === true }),
    ...(options.noEmitOnError !== undefined && { noEmitOnError: options.noEmitOnError === true }),
    ...(options.sourceMap !== undefined && { sourceMap: options.sourceMap === true }),
    ...(options.outDir !== undefined && { outDir: resolve(String(options.outDir)) }),
  };
}

export function formatOf({ options }: Parsed): Format {
  if (options.format) return options.format as Format;
  if (options.pretty !== undefined) return options.pretty ? "pretty" : "text";
  return process.stdout.isTTY ? "pretty" : "text";
}

function kinds({ options }: Parsed): { wanted: ReadonlySet<Kind>; irPass?: string } {
  const list = (options.emit as readonly string[] | undefined) ?? ["obj", "js", "dts"];
  const irPass = list.find((e) => e.startsWith("ir="))?.slice(3);
  return { wanted: new Set(list.map((e) => e.split("=")[0] as Kind)), ...(irPass && { irPass }) };
}

export function textOf(project: OpenedProject): (file: string) => string | undefined {
  return (file) => project.program.getSourceFile(file)?.text;
}

function typescriptFindings(project: OpenedProject): Finding[] {
  return [...project.configErrors, ...ts.getPreEmitDiagnostics(project.program)].map((d) => fromTs(ts, d));
}

function compileProject(project: OpenedProject, parsed: Parsed): Compiled[] {
  const target = targetOf(parsed);
  const { irPass } = kinds(parsed);
  const files = project.program.getSourceFiles().filter((f) => !f.isDeclarationFile && !project.program.isSourceFileFromExternalLibrary(f));
  return files.map((file) =>
    compileSource(ts, project.program, file, {
      ...target,
      ...(irPass && { stopAfter: irPass }),
      base: project.base,
      ...(project.settings.license && { license: project.settings.license }),
      ...(project.settings.bounds && { bounds: project.settings.bounds }),
    }),
  );
}

/** Writes what is wanted. */
function emit(project: OpenedProject, compiled: readonly Compiled[], { wanted }: ReturnType<typeof kinds>): void {
  const write = writeFileAtomic;
  const bySource = new Map(compiled.filter((c) => c.output).map((c) => [c.sourceFile, c]));
  const replacements = new Map<tsTypes.SourceFile, Replacements>(
    [...bySource].map(([file, c]) => [file, { objectName: `${stem(file.fileName)}.bpf.o`, functions: c.front.marked, memory: c.front.bindings }]),
  );
  /** Where the JavaScript of a source file went, by its name. */
  const directories = new Map<string, string>();
  project.program.emit(
    undefined,
    (path, text, bom, _onError, sourceFiles) => {
      const source = sourceFiles?.[0];
      if (source && /\.[cm]?js$/.test(path)) directories.set(source.fileName, dirname(path));
      const declaration = /\.d\.[cm]?ts(\.map)?$/.test(path);
      if (declaration ? wanted.has("dts") : wanted.has("js")) write(path, bom ? `\uFEFF${text}` : text);
    },
    undefined,
    false,
    { before: [replaceBodies(ts, project.program, replacements)] },
  );
  for (const [file, { output }] of bySource) {
    if (!output) continue;
    const base = join(directories.get(file.fileName) ?? dirname(file.fileName), stem(file.fileName));
    if (wanted.has("obj")) {
      write(`${base}.bpf.o`, output.object);
      write(`${base}.bpf.o.map`, output.map);
    }
    if (wanted.has("ir")) write(`${base}.ir`, printModule(output.module));
    if (wanted.has("asm")) write(`${base}.s`, listing(output.linked));
  }
}

function stem(fileName: string): string {
  return basename(fileName).replace(/\.[cm]?tsx?$/, "");
}
