/** The simulator against the recorded verdicts of a real kernel. What `npm run parity` prints must not get worse. */
import { expect, test } from "vitest";
import { compare } from "./compare.ts";
import { loadCorpus } from "./corpus.ts";

/** Agreements there have been. */
const AGREE = 895;
const SAME_ERROR = 496;
const SAME_PROCESSED = 388;

test("no program accepted that the kernel refused, and as much agreement as there has been", (context) => {
  const corpus = loadCorpus();
  if (typeof corpus === "string") return context.skip(corpus);
  const results = corpus.map(compare);
  expect(results.filter(({ outcome }) => outcome === "FALSE ACCEPT")).toEqual([]);
  expect(results.filter(({ outcome }) => outcome === "false refusal")).toEqual([]);
  expect(results.filter(({ outcome }) => outcome === "agree").length).toBeGreaterThanOrEqual(AGREE);
  expect(results.filter(({ sameError }) => sameError === true).length).toBeGreaterThanOrEqual(SAME_ERROR);
  expect(results.filter(({ sameProcessed }) => sameProcessed === true).length).toBeGreaterThanOrEqual(SAME_PROCESSED);
});
