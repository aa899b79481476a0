/** Compares the simulator with recorded verdicts and counts. */
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { verify } from "../../verifier-sim/index.ts";
import { answerLine, type RawAnswer } from "../../verifier-sim/input/raw.ts";
import type { Recorded } from "./corpus.ts";

export type Outcome = "agree" | "FALSE ACCEPT" | "false refusal" | "unknown";

export interface Compared {
  readonly recorded: Recorded;
  readonly answer: RawAnswer;
  readonly outcome: Outcome;
  /** For refusals both agree on: the same line, addresses and numbers of instructions masked. */
  readonly sameError: boolean;
  /** For acceptances both agree on. */
  readonly sameProcessed: boolean;
}

const PROFILE = PROFILES.find((profile) => profile.name === "6.18")!;

export function compare(recorded: Recorded): Compared {
  const answer = answerLine(recorded.line, verify, { profile: PROFILE });
  const outcome: Outcome =
    answer.verdict === "UNKNOWN" ? "unknown" : answer.verdict === recorded.verdict ? "agree" : answer.verdict === "ACCEPT" ? "FALSE ACCEPT" : "false refusal";
  const sameError = outcome === "agree" && recorded.verdict === "REJECT" && mask(answer.error) === mask(recorded.error);
  const sameProcessed = outcome === "agree" && recorded.verdict === "ACCEPT" && answer.processed === recorded.processed;
  return { recorded, answer, outcome, sameError, sameProcessed };
}

function mask(error: string | null): string {
  return (error ?? "").replace(/0x[0-9a-f]{9,}/g, "ADDRESS").replace(/map=\w+/g, "map=").trim();
}

/** The report as lines. */
export function formatParity(results: readonly Compared[], listed = 60): string[] {
  const lines: string[] = [];
  const classes = [...new Set(results.map((r) => r.recorded.class))];
  const count = (list: readonly Compared[], outcome: Outcome) => list.filter((r) => r.outcome === outcome).length;
  lines.push(row(["class", "programs", "agree", "FALSE ACCEPT", "false refusal", "unknown", "same error", "same processed"]));
  for (const name of [...classes, "all"]) {
    const list = name === "all" ? results : results.filter((r) => r.recorded.class === name);
    const refused = list.filter((r) => r.outcome === "agree" && r.recorded.verdict === "REJECT");
    const accepted = list.filter((r) => r.outcome === "agree" && r.recorded.verdict === "ACCEPT");
    const share = (n: number, of: number) => (of === 0 ? "-" : `${n}/${of}`);
    lines.push(
      row([name, `${list.length}`, `${count(list, "agree")}`, `${count(list, "FALSE ACCEPT")}`, `${count(list, "false refusal")}`, `${count(list, "unknown")}`,
        share(refused.filter((r) => r.sameError).length, refused.length), share(accepted.filter((r) => r.sameProcessed).length, accepted.length)]),
    );
  }
  const unknown = new Map<string, number>();
  for (const { outcome, answer } of results) if (outcome === "unknown") unknown.set(answer.reason ?? "?", (unknown.get(answer.reason ?? "?") ?? 0) + 1);
  if (unknown.size > 0) lines.push("", "Not modelled:");
  for (const [reason, n] of [...unknown].sort((a, b) => b[1] - a[1])) lines.push(`  ${String(n).padStart(4)}  ${reason}`);
  const wrong = results.filter((r) => r.outcome === "FALSE ACCEPT" || r.outcome === "false refusal");
  if (wrong.length > 0) lines.push("", "Verdicts that differ:");
  for (const { recorded, answer, outcome } of wrong.slice(0, listed)) {
    lines.push(`  ${outcome}: ${recorded.id} ${recorded.descr} (${recorded.origin})`, `      kernel: ${recorded.error ?? "accepted"}`, `      here:   ${answer.error ?? "accepted"}${answer.insn === null ? "" : ` (instruction ${answer.insn})`}`);
  }
  return lines;
}

const WIDTHS = [20, 10, 8, 14, 15, 9, 12, 16];
function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[i]!) : cell.padStart(WIDTHS[i]!))).join("");
}
