/**
 * Programs that the simulator once judged wrongly, with what a kernel said (of 6.18 unless `profile` names another): verdict,
 * last word, instructions processed (cases/). Where such a kernel runs and may be asked, its log of every step is compared too.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decode } from "../../backend-ebpf/isa/insn.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { verify } from "../../verifier-sim/index.ts";
import { answerLine } from "../../verifier-sim/input/raw.ts";
import { Tally } from "./agree.ts";
import { judgeProgram, runningKernel } from "./verifier-level.ts";

const FOLDER = new URL("cases/", import.meta.url);
const kernel = runningKernel();
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

describe.each(files)("%s", (name) => {
  const text = readFileSync(new URL(name, FOLDER), "utf8").split("\n")[0]!;
  const recorded = JSON.parse(text);

  it.skipIf(!recorded.kernel)("as the kernel said when it was recorded", () => {
    const ours = answerLine(text, verify, { profile: PROFILES.find(({ name }) => name === recorded.profile) ?? PROFILES.at(-1)! });
    const { accepts, error, processed } = recorded.kernel;
    expect({ accepts: ours.verdict === "ACCEPT", error: ours.error ?? undefined, processed: ours.processed }, ours.reason).toEqual({ accepts, error, processed });
  });
  // A case of another version says nothing of the kernel here.
  if (recorded.profile) return;
  it.skipIf(typeof kernel === "string")(`as the kernel here says${typeof kernel === "string" ? ` (skipped: ${kernel})` : ", step by step"}`, () => {
    if (typeof kernel === "string") return;
    const program = { ...recorded, insns: decode(Buffer.from(recorded.insns, "hex")), origin: name };
    expect(judgeProgram(program, kernel, new Tally())).toBeUndefined();
  });
});
