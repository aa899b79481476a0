/** `anycallc run FILE#NAME args…`: compiles one function in memory for the running kernel, and calls it. */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { ProgramMeta } from "../../kernel/abi/meta.ts";
import type { EngineChoice } from "../../kernel/choose.ts";
import { AnycallError } from "../../kernel/errors.ts";
import { RealHost } from "../../kernel/host/real-host.ts";
import { type Invocation, load, type Loaded } from "../../kernel/runtime/index.ts";
import { type Parsed, UsageError } from "../args.ts";
import { ProjectError } from "../project-error.ts";
import { describeSignature, failedResult, formatResult, jsonValue, parseArguments } from "../values.ts";
import { tracing } from "../trace.ts";

export async function run(parsed: Parsed): Promise<number> {
  const { options, operands } = parsed;
  const [target, ...words] = operands;
  if (target === undefined) throw new UsageError("'run' needs FILE#NAME: the file, and the function in it.");
  const hash = target.lastIndexOf("#");
  const [file, wanted] = hash < 0 ? [target, undefined] : [target.slice(0, hash), target.slice(hash + 1)];
  const object = file.endsWith(".o") ? readObject(file) : await compile(parsed, file);
  if (!object) return 2;

  if (options.trace && options.engine !== undefined && options.engine !== "user" && options.engine !== "auto") throw new UsageError("'--trace' shows what engine user does: leave out '--engine', or say '--engine user'.");
  const { linkObject } = await import("../../backend-ebpf/object/index.ts");
  const meta = linkObject(object).meta;
  if (!meta) throw new ProjectError("AC4005", `'${file}' was not made by anycallc.`);
  const program = pick(meta.programs, wanted, file);
  const args = parseArguments(program.name, program.signature, words);
  try {
    const loaded = load(object, {
      engine: (options.engine ?? "auto") as EngineChoice,
      functions: [program.name],
      ...(options.budget !== undefined && { rounds: Number(options.budget) }),
      ...(options.trace && { host: tracing(new RealHost(), (line) => process.stderr.write(`${line}\n`)) }),
    });
    return call(parsed, loaded, program, args);
  } catch (error) {
    if (options.json && error instanceof Error && "code" in error) return printError(String(error.code), error.message, (error as { errno?: number }).errno, undefined);
    throw error;
  }
}

async function compile(parsed: Parsed, file: string): Promise<Uint8Array | undefined> {
  const [{ openProject, ts }, { compileSource }, { targetOf }, report, { formatOf, textOf }] = await Promise.all([
    import("../project.ts"), import("../compile.ts"), import("../target.ts"), import("../report.ts"), import("./build.ts"),
  ]);
  const project = openProject({ files: [file] });
  const sourceFile = project.program.getSourceFile(project.rootNames[0]!)!;
  const problems = [...project.program.getSyntacticDiagnostics(sourceFile), ...project.program.getSemanticDiagnostics(sourceFile)];
  const compiled = compileSource(ts, project.program, sourceFile, {
    ...targetOf(parsed, "host"),
    ...project.settings,
    base: project.base,
    countCalls: parsed.options.stats === true,
  });
  const findings = report.sortFindings([...problems.map((d) => report.fromTs(ts, d)), ...compiled.diagnostics.map((d) => report.fromOurs(d, textOf(project)))]);
  const errors = findings.filter((f) => f.severity === "error");
  if (errors.length > 0) process.stderr.write(report.formatFindings(errors, formatOf(parsed), process.cwd()));
  if (errors.length === 0 && !compiled.output) throw new ProjectError("AC4019", `'${file}' has no function marked with @anycall or anycall(…).`);
  return errors.length > 0 ? undefined : compiled.output!.object;
}

function readObject(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ProjectError("AC4020", `'${file}' can't be read: ${(error as Error).message}`);
  }
}

function pick(programs: readonly ProgramMeta[], wanted: string | undefined, file: string): ProgramMeta {
  const list = programs.map((p) => `  ${describeSignature(p.name, p.signature)}`).join("\n");
  if (wanted === undefined && programs.length === 1) return programs[0]!;
  if (wanted === undefined) throw new UsageError(`Which function? Write ${file}#NAME, where NAME is one of:\n${list}`);
  const found = programs.find((p) => p.name === wanted);
  if (!found) throw new UsageError(`'${file}' has no marked function '${wanted}'. It has:\n${list}`);
  return found;
}

function call({ options }: Parsed, loaded: Loaded, program: ProgramMeta, args: readonly unknown[]): number {
  const times: number[] = [];
  let outcome: Invocation;
  let left = options.repeat === undefined ? 1 : Math.max(1, Number(options.repeat));
  do {
    const start = performance.now();
    outcome = loaded.invoke(program.name, args, { big: true });
    times.push(performance.now() - start);
  } while (--left > 0 && outcome.status === "OK");

  const failure = failedResult(outcome.result);
  if (options.stats) printStats(loaded, program, outcome, times);
  if (options.json) {
    if (outcome.status !== "OK") return printError(outcome.error!.code, outcome.error!.message, undefined, outcome.status);
    if (failure !== undefined) return printError(new AnycallError("AC4013", "", { errno: -failure }).code, "", -failure, "OK");
    process.stdout.write(`${JSON.stringify({ result: outcome.result ?? null, engine: loaded.engine, status: "OK", ...shared(loaded, program, args) }, jsonValue)}\n`);
    return 0;
  }
  if (outcome.status !== "OK") throw outcome.error!;
  process.stdout.write(`${formatResult(narrow(outcome.result), program.signature.result)}\n`);
  for (const [name, value] of Object.entries(structs(program, args))) process.stdout.write(`${name}: ${JSON.stringify(value, jsonValue)}\n`);
  return failure === undefined ? 0 : 1;
}

/** Bigints that a number holds exactly, as numbers: for people they are the same. */
function narrow(value: unknown): unknown {
  return typeof value === "bigint" && value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

function structs(program: ProgramMeta, args: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(program.signature.params.flatMap((p, i) => (p.type.kind === "struct" ? [[p.name, args[i]]] : [])));
}

/** Out-parameters, and the exported memory of the file. */
function shared(loaded: Loaded, program: ProgramMeta, args: readonly unknown[]): Record<string, unknown> {
  const memory = loaded.meta.buffers.filter((b) => b.exported).map((b) => [b.name, b.type ? loaded.global(b.name).value : loaded.buffer(b.name)]);
  return { ...Object.fromEntries(memory), ...structs(program, args) };
}

function printError(code: string, message: string, errno: number | undefined, status: string | undefined): number {
  process.stdout.write(`${JSON.stringify({ error: { code, ...(errno !== undefined && { errno }), ...(status !== undefined && { status }), ...(message && { message }) } }, jsonValue)}\n`);
  return 1;
}

function printStats(loaded: Loaded, program: ProgramMeta, outcome: Invocation, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1]! * 1000;
  process.stderr.write(
    [
      `engine        ${loaded.engine}: ${loaded.reason}`,
      `instructions  ${program.instructions}`,
      `system calls  ${outcome.calls}`,
      `time          ${median.toFixed(1)} µs${times.length > 1 ? ` (median of ${times.length})` : ""}`,
      "",
    ].join("\n"),
  );
}
