/**
 * `npm run fuzz -- [--seed N] [--seconds N] [--programs N] [--level NAME]`: random programs until a budget is used or something
 * disagrees. Findings are minimized and kept in test/fuzz/found/; exit code 1 if there are any.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Tally } from "./agree.ts";
import { EXECUTORS, VERIFIERS } from "./executors.ts";
import { LEVELS } from "./levels.ts";
import { ROOT } from "./root.ts";

const PROGRESS_MS = 5000;
/** Findings after which going on tells little. */
const ENOUGH = 10;

function number(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} wants a number of 0 or more, not ${text}`);
  return value;
}

function main(args: string[]): number {
  const { values } = parseArgs({
    args,
    options: { seed: { type: "string" }, seconds: { type: "string" }, programs: { type: "string" }, level: { type: "string" } },
  });
  const programs = number(values.programs, "programs") ?? Number.POSITIVE_INFINITY;
  const seconds = number(values.seconds, "seconds") ?? (Number.isFinite(programs) ? Number.POSITIVE_INFINITY : 60);
  const first = number(values.seed, "seed") ?? Date.now() % 1_000_000_000;
  const levels = LEVELS.filter(({ name }) => values.level === undefined || name === values.level);
  if (levels.length === 0) throw new Error(`no level ${values.level}; there are ${LEVELS.map(({ name }) => name).join(", ")}`);
  console.log(`fuzz: seed ${first}, ${Number.isFinite(seconds) ? `${seconds} s` : `${programs} programs`}`);
  for (const { name, available } of [...EXECUTORS, ...VERIFIERS]) console.log(`  ${name}: ${available() ?? "yes"}`);

  const [start, tally, turn] = [performance.now(), new Tally(), levels.flatMap((level) => Array.from({ length: level.share }, () => level))];
  const kinds = new Map<string, number>();
  let tried = 0;
  let shown = start;
  for (; tried < programs && performance.now() - start < seconds * 1000 && kinds.size < ENOUGH; tried++) {
    const level = turn[tried % turn.length]!;
    const found = level.run(first + tried, tally, new Set(kinds.keys()));
    tally.add(`level ${level.name}: programs`);
    if (found) {
      const seen = kinds.get(found.kind) ?? 0;
      kinds.set(found.kind, seen + 1);
      if (seen === 0) {
        const directory = join(ROOT, "test/fuzz/found");
        mkdirSync(directory, { recursive: true });
        writeFileSync(join(directory, found.file), found.text);
        console.log(`FOUND ${level.name} seed ${first + tried}: ${found.kind}\n${found.message}\n  kept in test/fuzz/found/${found.file}`);
      }
    }
    if (performance.now() - shown > PROGRESS_MS) {
      shown = performance.now();
      console.log(`fuzz: ${tried + 1} programs in ${Math.round((shown - start) / 1000)} s, ${kinds.size} kinds of findings`);
    }
  }
  console.log(`fuzz: ${tried} programs in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  for (const line of tally.lines()) console.log(line);
  for (const [kind, count] of kinds) console.log(`finding, ${count} times: ${kind}`);
  console.log(kinds.size === 0 ? "fuzz: nothing found" : `fuzz: ${kinds.size} kinds of findings`);
  return kinds.size === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(`fuzz: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
