/** What the simulator answers. */
import type { LinkedProgram } from "../backend-ebpf/object/types.ts";
import type { Btf } from "../backend-ebpf/btf/types.ts";
import type { KernelProfile } from "../kernel/abi/profiles.ts";

export interface VerifyOptions {
  readonly profile: KernelProfile;
  /**
   * BTF of the kernel, for its functions, variables and objects. Absent: a part of the types of the profile's kernel; what is
   * not in it answers UNKNOWN, and with profile `host` all such features do.
   */
  readonly kernelBtf?: Btf;
  /** Names of the kernel's variables that have an address; absent: programs that use some answer UNKNOWN. */
  readonly kernelSymbols?: { has(name: string): boolean };
  /** 0 none, 1 errors and path, 2 states at every instruction, in the kernel's log format. */
  readonly log?: 0 | 1 | 2;
  /** Collect per-instruction ranges for editors and explanations. */
  readonly facts?: boolean;
}

export type Verdict =
  | (VerdictBase & { readonly verdict: "ACCEPT" })
  | (VerdictBase & { readonly verdict: "REJECT"; readonly error: string; readonly insn: number; readonly failure: Failure })
  /** Not modelled: `reason` names the feature. */
  | (VerdictBase & { readonly verdict: "UNKNOWN"; readonly reason: string; readonly insn: number });

interface VerdictBase {
  /** Instructions processed, as the kernel counts them. */
  readonly processed: number;
  /** Bytes of stack of each subprogram, main first. */
  readonly stackDepth: readonly number[];
  readonly log: readonly string[];
}

/** Machine-readable facts behind a refusal, from which an explanation in the source's terms is made. */
export interface Failure {
  /** Rule that failed: names a row of the rule table, e.g. `map-value-bounds`, `uninitialized-register`, `reference-leak`. */
  readonly rule: string;
  /** Kernel class of the failure. */
  readonly class: "your code" | "compiler" | "not modelled" | "kernel" | "environment";
  /** Register or stack slot at fault, if one is. */
  readonly register?: number;
  /** What was known of it, as text in the simulator's terms, and what was required. */
  readonly known?: string;
  readonly required?: string;
  /** Instruction slots on the failing path that changed or tested the value at fault, oldest first. */
  readonly path: readonly { readonly insn: number; readonly note: string }[];
}

export type Verify = (program: LinkedProgram, options: VerifyOptions) => Verdict;
