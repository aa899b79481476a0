/** `npm run parity`: the simulator against the recorded verdicts of a real kernel. Fails on a false acceptance. */
import { compare, formatParity } from "./compare.ts";
import { loadCorpus } from "./corpus.ts";

const corpus = loadCorpus();
if (typeof corpus === "string") {
  console.log(`parity: skipped: ${corpus}`);
} else {
  const results = corpus.map(compare);
  console.log(formatParity(results, process.argv.includes("--all") ? Number.POSITIVE_INFINITY : undefined).join("\n"));
  const falseAccepts = results.filter((r) => r.outcome === "FALSE ACCEPT").length;
  const agree = results.filter((r) => r.outcome === "agree").length;
  console.log(`\n${agree} of ${results.length} verdicts agree, ${falseAccepts} false acceptances`);
  if (falseAccepts > 0) process.exitCode = 1;
}
