import { describe, expect, it } from "vitest";
import { checkModule, formatIrError } from "../check.ts";
import { interpret } from "../interpret.ts";
import { parseModule } from "../parse.ts";
import { cloneModule, optimize, PASSES } from "./pipeline.ts";
import { ARGUMENTS, generateProgram, lowerProgram, RANDOM_FUNCTION, type RandomProgram, randomSource } from "../testing/random.ts";
import { minimizeProgram } from "../testing/minimize.ts";
import { TraceHost } from "../testing/trace-host.ts";
import { printModule } from "../text.ts";
import type { Module } from "../types.ts";

const PROGRAMS = 400;

/** Everything that can be observed of a run. */
function observe(module: Module, seed: number) {
  const next = randomSource(seed);
  const args = new Uint8Array(8 * ARGUMENTS).map(() => (next() < 0.5 ? 0 : Math.floor(next() * 256)));
  const host = new TraceHost(seed);
  const { status, result, detail, memory } = interpret(module, RANDOM_FUNCTION, { host, memory: new Map([["args", args]]) });
  return { status, result, detail, buf: [...memory.get("buf")!], tab: [...memory.get("tab")!], trace: host.trace };
}

/** What goes wrong with a program, or undefined. */
function problem(program: RandomProgram): string | undefined {
  const original = lowerProgram(program);
  const invalid = checkModule(original);
  if (invalid.length > 0) return `unoptimized: ${invalid.map(formatIrError).join("; ")}`;
  const optimized = cloneModule(original);
  const stages: { name: string; module: Module }[] = [];
  try {
    optimize(optimized, {
      level: 1,
      after: (name, module) => {
        const errors = checkModule(module);
        if (errors.length > 0) throw new Error(`after ${name}: ${errors.map(formatIrError).join("; ")}`);
        stages.push({ name, module: cloneModule(module) });
      },
    });
    for (const seed of [1, 2]) {
      const expected = JSON.stringify(observe(original, seed), stringify);
      if (JSON.stringify(observe(optimized, seed), stringify) === expected) continue;
      const guilty = stages.find(({ module }) => JSON.stringify(observe(module, seed), stringify) !== expected);
      return `changed by ${guilty?.name ?? "?"}: ${expected} became ${JSON.stringify(observe(guilty?.module ?? optimized, seed), stringify)}`;
    }
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

const stringify = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

describe("random programs", () => {
  it(`${PROGRAMS} programs give the same result, memory and trace behind every pass`, () => {
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const found = problem(generateProgram(seed, { size: 8 + (seed % 30) }));
      if (found === undefined) continue;
      const small = minimizeProgram(generateProgram(seed, { size: 8 + (seed % 30) }), (candidate) => problem(candidate) !== undefined);
      expect.fail(`seed ${seed}: ${problem(small)}\n${printModule(lowerProgram(small))}`);
    }
  });

  it("round-trip through the text form, optimized or not", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const module = lowerProgram(generateProgram(seed));
      for (const level of [0, 1] as const) {
        optimize(module, { level });
        const text = printModule(module);
        const parsed = parseModule(text);
        expect(printModule(parsed)).toBe(text);
        expect(parsed.funcs[0]!.blocks).toEqual(module.funcs[0]!.blocks);
        expect(parsed.regions).toEqual(module.regions);
      }
    }
  });

  it("exercise loops, handles, faults and calls", () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 200; seed++) {
      const module = lowerProgram(generateProgram(seed));
      const { status, trace } = observe(module, 1);
      seen.add(status);
      for (const line of trace) seen.add(line.slice(0, line.indexOf("(")));
      if (printModule(module).includes("loop ")) seen.add("loop");
    }
    for (const wanted of ["OK", "FAULT", "loop", "sys.open", "file.read", "file.release", "sys.read", "sys.write", "sys.getpid"]) expect(seen).toContain(wanted);
  });

  it("the minimizer keeps what fails and drops the rest", () => {
    const hasOpen = (candidate: RandomProgram) => printModule(lowerProgram(candidate)).includes("sys.open");
    const seed = Array.from({ length: 100 }, (_, i) => i).find((i) => hasOpen(generateProgram(i)))!;
    const small = minimizeProgram(generateProgram(seed), hasOpen);
    expect(small.body).toHaveLength(1);
    expect(small.body[0]!.kind).toBe("handle");
  });

  it("optimizing is idempotent enough: a second run changes no behaviour and the checker stays content", () => {
    for (let seed = 500; seed < 520; seed++) {
      const module = lowerProgram(generateProgram(seed));
      const expected = observe(module, 3);
      for (let i = 0; i < 2; i++) optimize(module, { level: 1 });
      expect(checkModule(module)).toEqual([]);
      expect(observe(module, 3)).toEqual(expected);
    }
  });

  it("2,000 instructions are optimized in well under 100 ms once warm", () => {
    const size = (module: Module) => [...module.funcs[0]!.blocks.values()].reduce((sum, block) => sum + block.instrs.length + 1, 0);
    const big = Array.from({ length: 40 }, (_, i) => lowerProgram(generateProgram(i + 1, { size: 250 }))).filter((module) => size(module) >= 2000).slice(0, 5);
    expect(big.length).toBeGreaterThan(2);
    const times = big.map((module) => {
      const start = performance.now();
      optimize(module, { level: 1 });
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(150);
  });

  it("pass names are unique", () => {
    expect(new Set(PASSES.map((pass) => pass.name)).size).toBe(PASSES.length);
  });
});
