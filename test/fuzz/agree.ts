/** Runs one case everywhere and says what disagrees. Owns the comparison; knows no generator. */
import { checkModule, formatIrError } from "../../ir/check.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { type Case, compile, EXECUTORS, type Outcome, VERIFIERS } from "./executors.ts";

/** A disagreement. `kind` stays the same while a case shrinks, so that it shrinks to the same fault. */
export interface Finding {
  readonly kind: string;
  readonly message: string;
}

/** How often each executor and verifier had its say, and what kept it from that. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, count = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }
  count(what: string): number {
    return this.#counts.get(what) ?? 0;
  }
  lines(): string[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([what, count]) => `  ${String(count).padStart(9)}  ${what}`);
  }
}

export interface AgreeOptions {
  /** What an independent evaluator expects of the reference; undefined: nothing to object to. */
  readonly expect?: (outcome: Outcome) => string | undefined;
  /** Ask the verifiers too (slow); default true. */
  readonly verify?: boolean;
}

/** The first disagreement over `test`, or undefined. Never throws. */
export function disagreement(test: Case, tally: Tally, options: AgreeOptions = {}): Finding | undefined {
  const errors = checkModule(test.module);
  if (errors.length > 0) return { kind: "ir/check", message: errors.map(formatIrError).join("\n") };
  let reference: Outcome | undefined;
  for (const executor of EXECUTORS) {
    const reason = executor.available();
    if (reason !== null) continue;
    let outcome: ReturnType<typeof executor.run>;
    try {
      outcome = executor.run(test);
    } catch (error) {
      return { kind: `${executor.name} throws`, message: `${executor.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
    }
    if ("unsuited" in outcome) {
      tally.add(`${executor.name}: unsuited: ${outcome.unsuited}`);
      continue;
    }
    tally.add(`${executor.name}: run`);
    if (!reference) {
      reference = outcome;
      tally.add(`status ${outcome.status}`);
      const objection = options.expect?.(outcome);
      if (objection !== undefined) return { kind: "expectation", message: objection };
      continue;
    }
    const found = differences(reference, outcome);
    if (found.length > 0)
      return { kind: `${executor.name} differs in ${found[0]!.what}`, message: found.map(({ what, text }) => `${executor.name}: ${what}: ${text}`).join("\n") };
  }
  return options.verify === false ? undefined : refusal(test, tally);
}

function refusal(test: Case, tally: Tally): Finding | undefined {
  const object = compile(test.module, PROFILES.at(-1)!);
  if ("unsuited" in object) return undefined;
  for (const verifier of VERIFIERS) {
    if (verifier.available() !== null) continue;
    let answer: ReturnType<typeof verifier.judge>;
    try {
      answer = verifier.judge(object);
    } catch (error) {
      return { kind: `${verifier.name} throws`, message: `${verifier.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
    }
    if (answer.finding !== undefined) return { kind: `${verifier.name} refuses`, message: answer.finding };
    tally.add(`${verifier.name}: ${answer.skipped !== undefined ? `skipped: ${answer.skipped}` : answer.tooComplex ? "too complex" : "accepted"}`);
  }
  return undefined;
}

function differences(reference: Outcome, outcome: Outcome): { what: string; text: string }[] {
  const found: { what: string; text: string }[] = [];
  const check = (what: string, expected: unknown, got: unknown) => {
    if (expected !== got) found.push({ what, text: `${String(expected)} in the reference, ${String(got)} here` });
  };
  check("status", reference.status, outcome.status);
  check("fault", reference.detail, outcome.detail);
  check("result", reference.result, outcome.result);
  check("leaks", reference.leaks, outcome.leaks);
  for (const id of new Set([...Object.keys(reference.memory), ...Object.keys(outcome.memory)])) check(`memory ${id}`, reference.memory[id], outcome.memory[id]);
  check("trace", reference.trace.join("\n"), outcome.trace.join("\n"));
  return found;
}
