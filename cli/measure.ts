/** Paired timing: alternates the candidates in rounds, so that the machine's mood hits all of them alike. */

export interface Timing {
  /** Median time of one run, in microseconds. */
  readonly median: number;
  readonly minimum: number;
  /** First and third quartile of the rounds, in microseconds: how far one may trust the median. */
  readonly quartiles: readonly [number, number];
  readonly rounds: number;
}

/**
 * Times each candidate in `rounds` alternating rounds. A round repeats a candidate until it takes about `target`
 * milliseconds, so that short runs are not lost in the clock's grain.
 */
export function pairedTimes<K extends string>(candidates: Readonly<Record<K, () => void>>, { rounds = 9, target = 4 } = {}): Record<K, Timing> {
  const names = Object.keys(candidates) as K[];
  const repeats = new Map(names.map((name) => [name, calibrate(candidates[name], target)]));
  const samples = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const repeat = repeats.get(name)!;
      const run = candidates[name];
      const start = process.hrtime.bigint();
      for (let i = 0; i < repeat; i++) run();
      samples.get(name)!.push(Number(process.hrtime.bigint() - start) / 1000 / repeat);
    }
  }
  return Object.fromEntries(
    names.map((name): [K, Timing] => {
      const sorted = samples.get(name)!.sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
      return [name, { median: at(0.5), minimum: sorted[0]!, quartiles: [at(0.25), at(0.75)], rounds }];
    }),
  ) as Record<K, Timing>;
}

/** Runs needed to fill `target` milliseconds, after warming up. */
function calibrate(run: () => void, target: number): number {
  run();
  run();
  for (let repeat = 1; ; repeat *= 2) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < repeat; i++) run();
    const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
    if (elapsed >= target || repeat >= 1 << 20) return Math.max(1, Math.round((repeat * target) / Math.max(elapsed, 1e-6)));
  }
}
