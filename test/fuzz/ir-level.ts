/** Random IR programs (ir/testing/random.ts) on the scripted host: everything that runs them must agree. */
import { minimizeProgram } from "../../ir/testing/minimize.ts";
import { ARGUMENTS, generateProgram, lowerProgram, MEMORY, type RandomProgram } from "../../ir/testing/random.ts";
import { printModule } from "../../ir/text.ts";
import { Random } from "../support/random.ts";
import { type AgreeOptions, disagreement, type Finding, Tally } from "./agree.ts";
import type { Case } from "./executors.ts";
import type { Found, Level } from "./level.ts";
import { randomWorld, scriptedWorld } from "./world.ts";

const SMALL = 64;

function caseOf(program: RandomProgram): Case {
  const random = new Random(program.seed);
  const args = Array.from({ length: ARGUMENTS }, () => (random.below(2) === 0 ? BigInt(random.below(SMALL)) : BigInt.asIntN(64, random.u64())));
  const buffer = new Uint8Array(MEMORY);
  random.fill(buffer);
  const world = randomWorld(random);
  return { module: lowerProgram(program), args, regions: new Map([["buf", buffer]]), host: () => scriptedWorld(world) };
}

function judge(program: RandomProgram, tally: Tally, options: AgreeOptions = {}): Finding | undefined {
  return disagreement(caseOf(program), tally, options);
}

export const irLevel: Level = {
  name: "ir",
  share: 3,
  run(seed, tally, known): Found | undefined {
    const program = generateProgram(seed, { pure: seed % 3 === 0, size: 5 + (seed % 36) });
    const finding = judge(program, tally);
    if (!finding) return undefined;
    if (known.has(finding.kind)) return { ...finding, file: "", text: "" };
    const small = minimizeProgram(program, (candidate) => judge(candidate, new Tally())?.kind === finding.kind);
    const shown = judge(small, new Tally()) ?? finding;
    const test = caseOf(small);
    const text = JSON.stringify(
      { seed, ...shown, args: test.args.map(String), ir: printModule(test.module).split("\n"), program: small },
      (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value),
      1,
    );
    return { ...shown, file: `ir-${seed}.json`, text: `${text}\n` };
  },
};
