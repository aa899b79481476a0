/** `npm run conformance [ENGINE…]`: the ISA cases of ANYCALL_CORPUS on every engine that this machine has. */
import { ENGINES } from "./engines.ts";
import { casesDirectory, formatReport, loadCases, runEngine } from "./suite.ts";

function main(wanted: readonly string[]): number {
  const directory = casesDirectory();
  if (directory === undefined) {
    console.log("conformance: skipped: ANYCALL_CORPUS is not set");
    return 0;
  }
  const unknown = wanted.find((name) => !ENGINES.some((engine) => engine.name === name));
  if (unknown !== undefined) {
    console.error(`conformance: no engine ${unknown}; there are ${ENGINES.map((engine) => engine.name).join(", ")}`);
    return 1;
  }
  const { cases, skipped } = loadCases(directory);
  for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
  let failed = 0;
  for (const engine of ENGINES) {
    if (wanted.length > 0 && !wanted.includes(engine.name)) continue;
    const report = runEngine(engine, cases);
    for (const line of formatReport(report, cases.length)) console.log(line);
    failed += report.failed.length;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
