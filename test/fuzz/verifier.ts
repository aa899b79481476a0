/**
 * What verifiers say of compiled programs: the simulator, and the running kernel for programs without our own kfuncs.
 * Owns what counts as a finding; a program that is too complex to verify is none.
 */
import { linkObject, type LinkedProgram, type ObjectInput, writeObject } from "../../backend-ebpf/object/index.ts";
import { profileOf } from "../../kernel/abi/profiles.ts";
import { verify } from "../../verifier-sim/index.ts";
import { openKernel } from "../codegen/kernel.ts";

/** E2BIG, ENOMEM, EFAULT: the verifier gave up following ways. */
const TOO_COMPLEX: ReadonlySet<number> = new Set([7, 12, 14]);
/** EAGAIN: a signal came (a profiler's, say) while the verifier was at work. */
const INTERRUPTED = 11;
const ATTEMPTS = 5;

export interface VerifierAnswer {
  /** Undefined: nothing to object to. */
  readonly finding?: string;
  readonly tooComplex?: boolean;
  readonly skipped?: string;
}

/** The simulator's verdict on the only program of `object`, by the rules of the newest profile. */
export function simulated(object: ObjectInput, version: readonly [number, number]): VerifierAnswer {
  const program: LinkedProgram = linkObject(writeObject(object)).programs[0]!;
  const verdict = verify(program, { profile: profileOf("host", version), log: 1 });
  if (verdict.verdict === "ACCEPT") return {};
  if (verdict.verdict === "UNKNOWN") return { finding: `simulator: not modelled: ${verdict.reason} (instruction ${verdict.insn})` };
  if (/too (large|complex|many)/.test(verdict.error)) return { tooComplex: true };
  return { finding: `simulator: ${verdict.error} (instruction ${verdict.insn})` };
}

/** Whether the running kernel loads `object`; `skipped` where it can't be asked. */
export function inKernel(object: ObjectInput): VerifierAnswer {
  const kernel = openKernel();
  if (typeof kernel === "string") return { skipped: kernel };
  if (object.programs.some((program) => program.relocations.some((relocation) => relocation.kind === "kfunc" && !relocation.name.startsWith("bpf_")))) {
    return { skipped: "needs our kfuncs" };
  }
  let loaded = kernel.load(object, 0);
  loaded.close();
  for (let attempt = 1; attempt < ATTEMPTS && loaded.verified.errno === INTERRUPTED; attempt++) {
    loaded = kernel.load(object, 0);
    loaded.close();
  }
  if (loaded.verified.errno === INTERRUPTED) return { skipped: "interrupted" };
  if (loaded.verified.ok) return {};
  if (TOO_COMPLEX.has(loaded.verified.errno)) return { tooComplex: true };
  const again = kernel.load(object, 0, 1);
  again.close();
  return { finding: `kernel: errno ${loaded.verified.errno}: ${again.verified.log.trim().split("\n").slice(-2).join(" | ")}` };
}
