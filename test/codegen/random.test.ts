/** Random IR programs in the running kernel: accepted, and the same as in the reference interpreter, for every profile. */
import { describe, expect, test } from "vitest";
import { generate } from "../../backend-ebpf/codegen/index.ts";
import { assertModule } from "../../ir/check.ts";
import { printModule } from "../../ir/text.ts";
import { generateProgram, lowerProgram } from "../../ir/testing/random.ts";
import type { Module } from "../../ir/types.ts";
import type { Host } from "../../kernel/abi/host.ts";
import { PROFILES, profileOf } from "../../kernel/abi/profiles.ts";
import { Random } from "../support/random.ts";
import { compare } from "./compare.ts";
import { openKernel } from "./kernel.ts";
import { randomModule } from "./random-ir.ts";

const kernel = openKernel();
const why = typeof kernel === "string" ? kernel : "";
const K612 = PROFILES[1]!;
/** 6.12's and 6.18's features are the same to code generation; 6.6 has bpf_iter_num alone. */
const TARGETS = [PROFILES[0]!, K612, profileOf("host", [6, 6])];

/**
 * E2BIG, ENOMEM, EFAULT: the verifier gave up following ways. Random code has a branch in every other line, whose ways
 * multiply in a loop; the share of such programs must stay small, and any other refusal is a bug.
 */
const TOO_COMPLEX: ReadonlySet<number> = new Set([7, 12, 14]);
const COMPLEX_SHARE = 0.03;
let tried = 0;
let tooComplex = 0;

const host: Host = { call: (row) => BigInt(row.name === "getuid" ? process.getuid!() : process.getgid!()) };
const pages: Host = { call: (row) => { throw new Error(`${row.name} in a program without calls`); } };

function differences(module: Module, random: Random, using: Host): string[] {
  if (typeof kernel === "string") return [];
  assertModule(module);
  const found: string[] = [];
  for (const profile of TARGETS) {
    const { object, diagnostics } = generate(module, { profile, license: "GPL", compiler: "test", sources: new Map() });
    // Before 6.4 rounds are functions, which want stack and can't keep handles: those diagnostics, and no other, are right.
    if (diagnostics.length > 0) {
      const codes = [...new Set(diagnostics.map((d) => d.code))].join();
      if (profile.name !== "6.1" || !["AC3001", "AC3003"].includes(codes)) found.push(`${profile.name}: ${codes}`);
      continue;
    }
    const loaded = kernel.load(object, 0);
    tried++;
    if (TOO_COMPLEX.has(loaded.verified.errno)) tooComplex++;
    else if (!loaded.verified.ok) found.push(`${profile.name}: refused: ${kernel.load(object, 0, 1).verified.log.trim().split("\n").slice(-2).join(" | ")}`);
    const count = module.funcs[0]!.regions.get("args")!.size / 8;
    for (let run = 0; loaded.verified.ok && run < 3; run++) {
      const args = Array.from({ length: count }, () => (random.below(3) === 0 ? BigInt(random.below(64)) : random.u64()));
      for (const { what, expected, found: got } of compare(module, module.funcs[0]!.name, object.meta, loaded, { args, regions: new Map() }, using)) {
        found.push(`${profile.name}: ${what}: expected ${String(expected)}, found ${String(got)}`);
      }
    }
    loaded.close();
  }
  return found;
}

describe.skipIf(why !== "")(`random programs in the kernel${why && `: ${why}`}`, () => {
  test("pressure: many values, swapping phis, nested loops, both widths", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const variables = 4 + random.below(seed % 8 === 0 ? 40 : 10);
      const module = randomModule(random, { variables, statements: 5 + random.below(45), calls: random.below(2) === 0, unbounded: seed % 2 === 0 });
      expect(differences(module, random, host), `seed ${seed}\n${printModule(module)}`).toEqual([]);
    }
  });

  test("structured programs of the IR's own generator", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const module = lowerProgram(generateProgram(seed, { pure: true, size: 10 + (seed % 30) }));
      expect(differences(module, new Random(seed), pages), `seed ${seed}\n${printModule(module)}`).toEqual([]);
    }
  });

  test("few of them are too complex for the verifier", () => {
    expect(tried).toBeGreaterThan(200);
    expect(tooComplex / tried).toBeLessThan(COMPLEX_SHARE);
  });
});
