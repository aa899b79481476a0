/** A level of the fuzzer: one kind of random input, from a seed to a finding. */
import type { Finding, Tally } from "./agree.ts";

export interface Found extends Finding {
  /** Name and contents of the file that keeps the minimized case. */
  readonly file: string;
  readonly text: string;
}

export interface Level {
  readonly name: string;
  /** Inputs of this level in each turn of all levels. */
  readonly share: number;
  /** Tries the input of `seed`; the same seed tries the same input. Findings of `known` kinds are not minimized again. */
  run(seed: number, tally: Tally, known: ReadonlySet<string>): Found | undefined;
}
