/** The recorded verdicts of a real kernel, found through ANYCALL_CORPUS. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Recorded {
  readonly id: string;
  readonly descr: string;
  readonly origin: string;
  /** accept, reject, helper_not_allowed, map_not_allowed, setup. */
  readonly class: string;
  readonly verdict: "ACCEPT" | "REJECT";
  readonly error: string | null;
  readonly processed: number;
  /** The whole line: what `raw verify` reads. */
  readonly line: string;
}

/** The recorded programs, or the reason why there are none. */
export function loadCorpus(): readonly Recorded[] | string {
  const corpus = process.env.ANYCALL_CORPUS;
  if (!corpus) return "ANYCALL_CORPUS is not set";
  const text = readFileSync(join(corpus, "verifier-syscall-6.18.jsonl"), "utf8");
  return text.split("\n").filter(Boolean).map((line) => ({ ...(JSON.parse(line) as Omit<Recorded, "line">), line }));
}
