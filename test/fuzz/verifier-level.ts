/**
 * Bare programs: the simulator's verdict against the running kernel's. A program that the simulator accepts and the kernel
 * refuses is the worst finding there is; the other way round is one too. Error lines and counts of processed instructions
 * that differ are counted only.
 */
import { disassemble } from "../../backend-ebpf/isa/disasm.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { answerLine, readProgram } from "../../verifier-sim/input/raw.ts";
import { verify } from "../../verifier-sim/index.ts";
import { Random } from "../support/random.ts";
import type { Finding, Tally } from "./agree.ts";
import { callsOfHelpers } from "./bytecode/calls.ts";
import { corpusPrograms, mutation } from "./bytecode/mutate.ts";
import { firstDifference } from "./bytecode/log-diff.ts";
import { type BareProgram, insn, rawLine } from "./bytecode/program.ts";
import { RunningKernel } from "./bytecode/running-kernel.ts";
import { structured } from "./bytecode/structured.ts";
import type { Found, Level } from "./level.ts";

let opened: RunningKernel | string | undefined;

/** The other verifier, or why there is none. */
export function runningKernel(): RunningKernel | string {
  opened ??= RunningKernel.open();
  return opened;
}

function generate(seed: number): BareProgram {
  const random = new Random(seed);
  const recorded = corpusPrograms();
  switch (random.below(recorded ? 4 : 3)) {
    case 0:
      return callsOfHelpers(random);
    case 3:
      return mutation(recorded!, random);
    default:
      return structured(random);
  }
}

export function judgeProgram(program: BareProgram, kernel: RunningKernel, tally: Tally): Finding | undefined {
  const theirs = kernel.judge(program);
  const ours = answerLine(rawLine(program), verify, { profile: PROFILES.at(-1)! });
  const add = (what: string) => tally.add(`verifier: ${what}`);
  if (ours.verdict === "UNKNOWN") {
    add(`not modelled: ${ours.reason}`);
    return ours.reason?.startsWith("the simulator failed") ? { kind: "the simulator failed", message: ours.reason } : undefined;
  }
  if (theirs.accepts && ours.verdict === "ACCEPT") add(theirs.processed === ours.processed ? "accepted, as many instructions processed" : "accepted, another number of instructions processed");
  if (!theirs.accepts && ours.verdict === "REJECT") add(theirs.error === undefined ? "refused, log too long" : theirs.error === ours.error ? "refused, same error" : "refused, another error");
  if (!theirs.accepts && ours.verdict === "ACCEPT") return { kind: `FALSE ACCEPTANCE: ${masked(theirs.error ?? "?")}`, message: `the kernel says: ${theirs.error}` };
  if (theirs.accepts && ours.verdict === "REJECT") return { kind: `false refusal: ${masked(ours.error ?? "?")}`, message: `the simulator says: ${ours.error}` };
  return theirs.processed > 0 && theirs.processed <= MAX_COMPARED ? steps(program, kernel, tally) : undefined;
}

/** Instructions that were processed of programs whose logs are compared: the kernel's buffer holds no more. */
const MAX_COMPARED = 5_000;

const CALL = 0x85;
const GET_SMP_PROCESSOR_ID = 8;

/** What is known at each step, not only the verdict: knowledge that the kernel does not have is a false acceptance to come. */
function steps(program: BareProgram, kernel: RunningKernel, tally: Tally): Finding | undefined {
  // Which processors there are is the machine's.
  if (program.insns.some(({ opcode, src, imm }) => opcode === CALL && src === 0 && imm === GET_SMP_PROCESSOR_ID)) return undefined;
  const log = kernel.log(program);
  const ours = verify(readProgram(JSON.parse(rawLine(program))), { profile: PROFILES.at(-1)!, log: 2 });
  if (!log) return undefined;
  const difference = firstDifference(log, ours.log);
  tally.add(`verifier: log ${difference ? "differs" : "is the same, step by step"}`);
  if (!difference) return undefined;
  const { at, kernel: theirs, ours: mine } = difference;
  return { kind: `log: ${masked(theirs)} | ${masked(mine)}`, message: `step ${at}:\n  the kernel:    ${theirs}\n  the simulator: ${mine}` };
}

const masked = (text: string) => text.replaceAll(/-?(0x[0-9a-f]+|\d+)/g, "N");

/** Instructions that are not needed become jumps to the next one. */
function shrink(program: BareProgram, fails: (candidate: BareProgram) => boolean): BareProgram {
  let best = program;
  for (let at = 0; at < program.insns.length; at++) {
    const isWide = program.insns[at]!.opcode === 0x18;
    const candidate = { ...best, insns: best.insns.map((old, i) => (i === at || (isWide && i === at + 1) ? insn(0x05) : old)) };
    if (fails(candidate)) best = candidate;
    if (isWide) at++;
  }
  return best;
}

export const verifierLevel: Level = {
  name: "verifier",
  share: 4,
  run(seed, tally, known): Found | undefined {
    const kernel = runningKernel();
    if (typeof kernel === "string") {
      tally.add(`verifier: skipped: ${kernel}`);
      return undefined;
    }
    const program = generate(seed);
    const finding = judgeProgram(program, kernel, tally);
    if (!finding) return undefined;
    if (known.has(finding.kind)) return { ...finding, file: "", text: "" };
    const small = shrink(program, (candidate) => judgeProgram(candidate, kernel, tally)?.kind === finding.kind);
    return { ...finding, file: `verifier-${seed}.json`, text: `${rawLine(small)}\n`, message: `${program.origin}: ${finding.message}\n${disassemble(small.insns)}` };
  },
};
