import { describe, expect, test } from "vitest";
import { parseModule } from "../../ir/parse.ts";
import { PROFILES, profileOf } from "../../kernel/abi/profiles.ts";
import { buildCfg, buildDominators, findLoops } from "../../ir/cfg.ts";
import type { Func, Instr } from "../../ir/types.ts";
import { cloneFunction } from "./edges.ts";
import { planLoops } from "./loops.ts";
import { countTrips } from "./trips.ts";

const [K61, K612] = [PROFILES[0]!, PROFILES[1]!];
const K66 = profileOf("host", [6, 6]);

/** A counting loop from `start` by `step` while `test` holds. */
function counting(start: string, step: string, test: string, trips = ""): Func {
  const text = `module "t" region a buffer size 64 align 8 name "a"
   func "f" { region args arg size 8 align 8 name "args" at 32
   b0: v9 = addr args v1 = load.u64 [v9 + 0] v2 = const ${start} v3 = const ${step} br b1
   b1: v5 = phi int [b0: v2, b3: v7] loop b2, b4 #0 ${trips}
   b2: ${test} condbr v6, b3, b5
   b3: v7 = add v5, v3 br b1
   b4: stop EXHAUSTED
   b5: ret v5 }`;
  return cloneFunction(parseModule(text).funcs[0]!);
}

describe("trip counts", () => {
  test.each([
    ["0", "1", "v4 = const 10 v6 = cmp.slt v5, v4", 11],
    ["0", "3", "v4 = const 10 v6 = cmp.ult v5, v4", 5],
    ["10", "-1", "v4 = const 0 v6 = cmp.sgt v5, v4", 11],
    ["0", "1", "v4 = const 10 v6 = cmp.ugt v4, v5", 11],
    ["0", "1", "v4 = const 10 v8 = ext.u8 v5 v6 = cmp.ne v8, v4", 11],
    ["5", "1", "v4 = const 0 v6 = cmp.slt v5, v4", 1],
    ["0", "1", "v6 = cmp.ult v5, v1", undefined],
    ["0", "1", "v4 = const 0 v6 = cmp.sge v5, v4", undefined],
    ["0", "0", "v4 = const 10 v6 = cmp.ult v5, v4", undefined],
  ])("from %s by %s while %s", (start, step, condition, trips) => {
    const func = counting(start, step, condition);
    const cfg = buildCfg(func);
    const dominators = buildDominators(cfg);
    const defs = new Map<number, Instr>();
    for (const block of func.blocks.values()) for (const instr of block.instrs) if (instr.id !== undefined) defs.set(instr.id, instr);
    expect(countTrips(func, findLoops(cfg, dominators).loops[0]!, dominators, defs)).toBe(trips);
  });
});

describe("the form of a loop", () => {
  const unbounded = () => counting("0", "1", "v6 = cmp.ult v5, v1");
  const short = () => counting("0", "1", "v4 = const 10 v6 = cmp.ult v5, v4");
  const long = () => counting("0", "1", "v4 = const 100000 v6 = cmp.ult v5, v4");
  const endless = () => counting("0", "1", "v4 = const 900000 v6 = cmp.ult v5, v4");
  test.each([
    ["unbounded", unbounded, K61, "bpf_loop", []],
    ["unbounded", unbounded, K66, "iter_num", []],
    ["unbounded", unbounded, K612, "may_goto", []],
    ["ten rounds", short, K61, "plain", []],
    ["ten rounds", short, K612, "plain", []],
    ["100,000 rounds", long, K61, "plain", []],
    ["100,000 rounds", long, K612, "may_goto", []],
    ["900,000 rounds", endless, K61, "bpf_loop", []],
  ] as const)("%s: %#", (_, make, profile, form, codes) => {
    const plan = planLoops(make(), profile);
    expect([...plan.forms.values()]).toEqual([form]);
    expect(plan.decisions[0]).toMatchObject({ func: "f", loop: 0, form });
    expect(plan.decisions[0]!.reason.length).toBeGreaterThan(20);
    expect(plan.diagnostics.map((d) => d.code)).toEqual(codes);
    for (const diagnostic of plan.diagnostics) expect(diagnostic.message).toContain("6.1");
  });

  test("the frontend's bound counts where the shape does not tell", () => {
    const func = counting("0", "1", "v6 = cmp.ult v5, v1", "trips 50");
    expect(planLoops(func, K61)).toMatchObject({ diagnostics: [], decisions: [{ form: "plain" }] });
    // Where there is a choice, only a counter that the verifier sees is left to it.
    expect(planLoops(counting("0", "1", "v6 = cmp.ult v5, v1", "trips 50"), K612).decisions[0]!.form).toBe("may_goto");
  });

  test("the counter of a may_goto loop starts from the hidden zero, and nothing else changes", () => {
    const func = unbounded();
    planLoops(func, K612);
    const header = [...func.blocks.values()].find((b) => b.terminator.op === "loop")!;
    const phi = header.instrs[0]!;
    if (phi.op !== "phi") throw new Error("no phi");
    const outside = phi.incoming.find((entry) => entry.from !== 3)!;
    const made = func.blocks.get(outside.from)!.instrs;
    expect(made.map((i) => i.op)).toEqual(["addr", "load", "bin"]);
    expect(made.at(-1)).toMatchObject({ op: "bin", fn: "add", id: outside.value, a: 2 });
  });

  test("iterators are made before the loop and destroyed on every way out", () => {
    const func = unbounded();
    const plan = planLoops(func, K66);
    const [header] = plan.forms.keys();
    expect([...plan.created.values()]).toEqual([[header]]);
    // The exit by the test and the exhausted way.
    expect(plan.destroyed.size).toBe(2);
    for (const id of plan.destroyed.keys()) expect(func.blocks.get(id)!.terminator.op).toBe("br");
  });
});
