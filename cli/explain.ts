/** `--explain ACnnnn`: a catalogue entry as text. */
import { CATALOGUE, type CatalogueEntry } from "../kernel/abi/diagnostics.ts";
import { UsageError } from "./args.ts";

/** Throws UsageError for a code that does not exist. */
export function explain(code: string): string {
  const entries: Readonly<Record<string, CatalogueEntry>> = CATALOGUE;
  const normal = code.toUpperCase();
  const entry = entries[normal];
  if (!entry) throw new UsageError(`There is no diagnostic '${code}'. Codes run from ${Object.keys(entries)[0]} to ${Object.keys(entries).at(-1)}.`);
  return [`${normal}: ${entry.title} (${entry.severity})`, "", `What: ${entry.what}`, `Why:  ${entry.why}`, `Fix:  ${entry.fix}`].join("\n");
}
