/** The bytecode of every profile does what the IR does: status, result, memory and the trace of calls. */
import { describe, expect, test } from "vitest";
import { generate } from "../../backend-ebpf/codegen/index.ts";
import { assertModule } from "../../ir/check.ts";
import { interpret } from "../../ir/interpret.ts";
import { parseModule } from "../../ir/parse.ts";
import { printModule } from "../../ir/text.ts";
import { generateProgram, lowerProgram } from "../../ir/testing/random.ts";
import { TraceHost } from "../../ir/testing/trace-host.ts";
import type { Module } from "../../ir/types.ts";
import { FRAME } from "../../kernel/abi/frame.ts";
import { type KernelProfile, PROFILES, profileOf } from "../../kernel/abi/profiles.ts";
import { Random } from "../support/random.ts";
import { bytecodeMachine } from "./bytecode.ts";
import { compare, type Inputs } from "./compare.ts";
import { fillOf, SAMPLES } from "./programs.ts";
import { randomModule } from "./random-ir.ts";

const TARGETS = [PROFILES[0]!, PROFILES[2]!, profileOf("host", [6, 6])];

function compile(module: Module, profile: KernelProfile, countCalls = false) {
  return generate(module, { profile, license: "GPL", compiler: "test", sources: new Map(), countCalls });
}

/** Differences under one profile; undefined where 6.1's form of its loops needs more stack than there is, or a handle is kept from round to round. */
function differences(module: Module, profile: KernelProfile, inputs: Inputs, seed: number): string[] | undefined {
  const { object, diagnostics } = compile(module, profile);
  if (diagnostics.length > 0) {
    expect(profile.name).toBe("6.1");
    for (const { code } of diagnostics) expect(["AC3001", "AC3003"]).toContain(code);
    return undefined;
  }
  const [expected, found] = [new TraceHost(seed), new TraceHost(seed)];
  const machine = bytecodeMachine(object, 0, found);
  const list = compare(module, module.funcs[0]!.name, object.meta, machine, inputs, expected).map(
    (d) => `${d.what}: expected ${String(d.expected)}, found ${String(d.found)}`,
  );
  const [want, got] = [expected.trace.join("\n"), found.trace.join("\n")];
  return want === got ? list : [...list, `trace: expected\n${want}\nfound\n${got}`];
}

const argsOf = (module: Module, random: Random): bigint[] =>
  Array.from({ length: module.funcs[0]!.regions.get("args")!.size / 8 }, () => (random.below(3) === 0 ? BigInt(random.below(64)) : random.u64()));

describe("samples", () => {
  for (const sample of SAMPLES) {
    test(sample.name, () => {
      const module = parseModule(sample.text);
      for (const profile of TARGETS) {
        for (const run of sample.runs.filter((r) => r.every((n) => n <= 1000))) {
          const regions = fillOf(sample, (id) => module.regions.get(id)!.size);
          expect(differences(module, profile, { args: run.map(BigInt), regions }, 7) ?? [], `${profile.name} ${run.join()}`).toEqual([]);
        }
      }
    });
  }
});

describe("random programs", () => {
  test("structured, with calls and handles", () => {
    let compared = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const module = lowerProgram(generateProgram(seed, { size: 8 + (seed % 40) }));
      const random = new Random(seed);
      for (const profile of TARGETS) {
        const found = differences(module, profile, { args: argsOf(module, random), regions: new Map() }, seed);
        if (!found) continue;
        compared++;
        expect(found, `seed ${seed}, ${profile.name}\n${printModule(module)}`).toEqual([]);
      }
    }
    expect(compared).toBeGreaterThan(300);
  });

  test("register pressure", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const variables = 4 + random.below(seed % 4 === 0 ? 40 : 10);
      const module = randomModule(random, { variables, statements: 5 + random.below(60), calls: seed % 3 === 0, unbounded: seed % 2 === 0 });
      assertModule(module);
      for (const profile of TARGETS) {
        const found = differences(module, profile, { args: argsOf(module, random), regions: new Map() }, seed);
        expect(found ?? [], `seed ${seed}, ${profile.name}\n${printModule(module)}`).toEqual([]);
      }
    }
  });
});

test("a loop whose budget runs out ends with EXHAUSTED, in every form", () => {
  const module = parseModule(SAMPLES.find((s) => s.name === "bytes")!.text);
  for (const profile of TARGETS) {
    const { object } = compile(module, profile);
    const inputs = { args: [20n], regions: new Map() };
    const run = (rounds: number) =>
      compare(module, "bytes", object.meta, bytecodeMachine(object, 0, new TraceHost(1), rounds), inputs, new TraceHost(1), { rounds });
    expect(interpret(module, "bytes", { memory: new Map([["args", Uint8Array.of(20, 0, 0, 0, 0, 0, 0, 0)]]), rounds: 20 }).status).toBe("EXHAUSTED");
    for (const rounds of [0, 1, 20, 21]) expect(run(rounds), `${profile.name} ${rounds}`).toEqual([]);
  }
});

test("counted calls, and every call is a site", () => {
  const module = parseModule(SAMPLES.find((s) => s.name === "burst")!.text);
  const { object } = compile(module, PROFILES[2]!, true);
  const machine = bytecodeMachine(object, 0, new TraceHost(3));
  compare(module, "burst", object.meta, machine, { args: [37n], regions: new Map() }, new TraceHost(3));
  const frame = object.meta.memory.framesOffset + 3 * object.meta.memory.frameSize;
  expect(new DataView(machine.bss.buffer, machine.bss.byteOffset).getBigUint64(frame + FRAME.calls, true)).toBe(37n);
  expect(object.meta.programs[0]).toMatchObject({ sites: [{ op: "sys.getpid" }, { op: "sys.getpid" }], moduleOnly: [], exact: ["pid-namespace"] });
});
