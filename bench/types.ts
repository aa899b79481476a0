/** What a benchmark is and what it says: data between the benchmarks and the report. */
import type { Timing } from "../cli/measure.ts";

export interface Settings {
  /** Alternating rounds of each comparison. */
  readonly rounds: number;
  /** Milliseconds that a round of one candidate should take. */
  readonly target: number;
}

/** One line: the same work done in several ways. The first one is what ratios are relative to. */
export interface Row {
  readonly label: string;
  readonly times: Readonly<Record<string, Timing>>;
}

export interface Result {
  readonly title: string;
  readonly rows: readonly Row[];
  /** What the reader must know to trust the figures. */
  readonly notes: readonly string[];
}

export interface Benchmark {
  readonly name: string;
  readonly what: string;
  /** Null when it can run here, else why not. */
  unavailable(): string | null;
  run(settings: Settings): Result;
}
