/** Prints, after vitest's own report, what was skipped and why, counted by reason: a skipped test is not a passed one. */
import type { Reporter, TestModule } from "vitest/node";

export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        const result = test.result();
        const reason = (result.state === "skipped" && result.note) || `${module.relativeModuleId}: no reason given`;
        counts.set(reason, (counts.get(reason) ?? 0) + 1);
      }
    }
    const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
    if (total === 0) {
      console.log("\n Nothing was skipped.");
      return;
    }
    console.log(`\n Skipped ${total}:`);
    for (const [reason, count] of counts) console.log(`   ${String(count).padStart(4)}  ${reason}`);
  }
}
