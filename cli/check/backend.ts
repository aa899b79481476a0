/**
 * The backend's half of a check: lowered functions in, diagnostics and facts out. Knows no TypeScript, so it runs in a worker
 * as well as in place; what it answers is plain data.
 */
import type { LinkedProgram } from "../../backend-ebpf/object/index.ts";
import { PROFILES, type KernelProfile } from "../../kernel/abi/profiles.ts";
import type { EngineName } from "../../kernel/engine.ts";
import type { Verdict, Verify } from "../../verifier-sim/index.ts";
import { type Checked, type CompileOptions, compileModule } from "../compile.ts";
import { programListing } from "../listing.ts";
import type { CheckOptions, FunctionFacts, Verified } from "./types.ts";

/** Compiles and verifies `checked`. `verify` may throw to give up: what it throws comes out of here. */
export function verifyModule(checked: Checked, options: CheckOptions, verify: Verify): Verified {
  const { module } = checked;
  if (!module || module.funcs.length === 0) return { diagnostics: checked.diagnostics, functions: [], loops: [] };
  // The last profile tried is the one whose diagnostics count.
  const seen = new Map<string, { program: LinkedProgram; verdict: Verdict; profile: KernelProfile }>();
  const compiled = compileModule(checked, {
    ...compileOptions(options),
    verify: (program, how) => {
      const verdict = verify(program, how);
      seen.set(program.name, { program, verdict, profile: how.profile });
      return verdict;
    },
  });
  const functions = [...seen.values()].map(({ program, verdict, profile }) => factsOf(program, verdict, profile));
  return { diagnostics: compiled.diagnostics, functions, loops: compiled.loops };
}

/** The compiler's options that a project's settings mean. */
export function compileOptions({ license, bounds, base, kernel }: CheckOptions): CompileOptions {
  const profile = PROFILES.find((p) => p.name === kernel);
  return { ...(license && { license }), ...(bounds && { bounds }), ...(base && { base }), ...(profile && { profile }) };
}

function factsOf(program: LinkedProgram, verdict: Verdict, profile: KernelProfile): FunctionFacts {
  const name = program.meta?.name ?? program.name;
  const stackBytes = verdict.stackDepth.reduce((sum, bytes) => sum + bytes, 0);
  const operations = [...new Set((program.meta?.sites ?? []).map((s) => s.op).filter((op) => !op.endsWith(".release")))];
  const facts = { name, verdict: verdict.verdict, instructions: program.insns.length, processed: verdict.processed, stackBytes, operations, engines: enginesOf(program), kernel: profile.name };
  return { ...facts, listing: programListing(program), log: logOf(facts, verdict, program) };
}

/** `module` and `user` have every operation of the table; `stock` those that have an exact form there. */
function enginesOf(program: LinkedProgram): EngineName[] {
  return (program.meta?.moduleOnly ?? []).length > 0 ? ["module", "user"] : ["module", "stock", "user"];
}

function logOf(facts: Omit<FunctionFacts, "listing" | "log">, verdict: Verdict, program: LinkedProgram): string[] {
  const head = `${facts.name}: ${facts.verdict}, ${facts.instructions} instructions, ${facts.processed} processed, stack ${facts.stackBytes} bytes, for kernel ${facts.kernel}`;
  const lineOf = (insn: number) => program.lineInfo.findLast((l) => l.insn <= insn)?.line;
  if (verdict.verdict === "ACCEPT") return [head, ...verdict.log];
  if (verdict.verdict === "UNKNOWN") return [head, `not modelled at instruction ${verdict.insn} (line ${lineOf(verdict.insn)}): ${verdict.reason}`, ...verdict.log];
  const path = verdict.failure.path.map(({ insn, note }) => `  instruction ${insn} (line ${lineOf(insn)}): ${note}`);
  return [head, `${verdict.error} (instruction ${verdict.insn}, line ${lineOf(verdict.insn)})`, ...path, ...verdict.log.filter((l) => l !== verdict.error)];
}
