/** Runs conformance cases on engines and counts. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ConformanceCase, parseCase } from "./case.ts";
import type { ConformanceEngine } from "./engines.ts";

export interface LoadedCases {
  readonly cases: readonly ConformanceCase[];
  /** Files that hold no case for us, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export interface EngineReport {
  readonly engine: string;
  /** Set when the engine was not asked. */
  readonly unavailable?: string;
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  readonly excluded: readonly { readonly name: string; readonly reason: string }[];
}

/** Where the cases are, or undefined without ANYCALL_CORPUS. */
export function casesDirectory(): string | undefined {
  const corpus = process.env.ANYCALL_CORPUS;
  return corpus ? join(corpus, "bpf_conformance") : undefined;
}

/** Reads every `.data` file of `directory`, in order of names. */
export function loadCases(directory: string): LoadedCases {
  const cases: ConformanceCase[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const file of readdirSync(directory).filter((entry) => entry.endsWith(".data")).sort()) {
    const name = file.slice(0, -".data".length);
    const parsed = parseCase(name, readFileSync(join(directory, file), "utf8"));
    if ("skipped" in parsed) skipped.push({ name, reason: parsed.skipped });
    else cases.push(parsed);
  }
  return { cases, skipped };
}

/** Why `engine` fails the case, or undefined. */
export function runCase(engine: ConformanceEngine, test: ConformanceCase): string | undefined {
  let got: bigint;
  try {
    got = engine.run(test.insns, test.memory);
  } catch (error) {
    return test.expected === "error" ? undefined : (error as Error).message.split("\n")[0];
  }
  if (test.expected === "error") return `gives 0x${got.toString(16)}, should be refused`;
  return got === test.expected ? undefined : `r0 is 0x${got.toString(16)}, should be 0x${test.expected.toString(16)}`;
}

export function runEngine(engine: ConformanceEngine, cases: readonly ConformanceCase[]): EngineReport {
  const unavailable = engine.available();
  const report = { engine: engine.name, passed: [] as string[], failed: [] as { name: string; message: string }[], excluded: [] as { name: string; reason: string }[] };
  if (unavailable !== null) return { ...report, unavailable };
  for (const test of cases) {
    const reason = engine.excludes?.(test.insns);
    const message = reason === undefined ? runCase(engine, test) : undefined;
    if (reason !== undefined) report.excluded.push({ name: test.name, reason });
    else if (message === undefined) report.passed.push(test.name);
    else report.failed.push({ name: test.name, message });
  }
  return report;
}

/** Lines for people: counts, then what went wrong and why cases were left out. */
export function formatReport(report: EngineReport, total: number): string[] {
  if (report.unavailable !== undefined) return [`${report.engine}: skipped: ${report.unavailable}`];
  const excluded = report.excluded.length > 0 ? `, ${report.excluded.length} not applicable` : "";
  return [
    `${report.engine}: ${report.passed.length} of ${total} passed, ${report.failed.length} failed${excluded}`,
    ...report.failed.map(({ name, message }) => `  FAILED ${name}: ${message}`),
    ...report.excluded.map(({ name, reason }) => `  not applicable ${name}: ${reason}`),
  ];
}
