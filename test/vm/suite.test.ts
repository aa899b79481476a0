import { describe, expect, it } from "vitest";
import { complaints, initScript, type Suite, tapVerdicts } from "./suite.ts";

const dmesg = (...lines: string[]) => ["before: WARNING: not ours", "@@ begin dmesg", ...lines, "@@ end", "BUG: behind"];

describe("what the kernel must not have said", () => {
  it.each([
    "WARNING: possible circular locking dependency detected",
    "BUG: sleeping function called from invalid context at mm/slab.h:272",
    "BUG: KASAN: use-after-free in look+0x1/0x2 [anycall]",
    "watchdog: BUG: soft lockup - CPU#0 stuck for 26s!",
    "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
    "INFO: task anycall-fuzz:57 blocked for more than 20 seconds.",
    "UBSAN: shift-out-of-bounds in memory.c:3:2",
    "unreferenced object 0xffff8880001510c0 (size 216):",
    "ODEBUG: free active (active state 0) object type: work_struct",
    "refcount_t: underflow; use-after-free.",
  ])("%s", (line) => {
    expect(complaints(dmesg("anycall: loading out-of-tree module taints kernel.", line))).toEqual([line]);
  });

  it("and what it may", () => {
    const lines = [
      "anycall: loading out-of-tree module taints kernel.",
      "anycall-fuzz (57): drop_caches: 3",
      "audit: type=1334 audit(1795468247.889:2): prog-id=10 op=UNLOAD",
      "anycall-rows (105) used greatest stack depth: 25760 bytes left",
    ];
    expect(complaints(dmesg(...lines))).toEqual([]);
  });
});

describe("suites", () => {
  it("give the guest seed and effort, and the module its parameters", () => {
    const suite: Suite = { name: "x", entries: () => [], commands: "echo $SEED", parameters: "mode=0666", judge: () => [] };
    const script = initScript(suite, { seed: 12, effort: 0.5 });
    expect(script).toContain("SEED=12 EFFORT=0.5");
    expect(script).toContain("insmod /anycall.ko mode=0666;");
  });

  it("take verdicts from the console, with the notes before them", () => {
    expect(tapVerdicts(["T ok a", "# found 3", "T not ok b: c", "noise"])).toEqual([
      { name: "a", ok: true, notes: [] },
      { name: "b: c", ok: false, notes: ["found 3"] },
    ]);
  });
});
