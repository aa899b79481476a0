/** Which kernel to compile and verify for: a named profile, the running kernel, a BTF file. */
import { readFileSync } from "node:fs";
import { BtfError, parseBtf } from "../backend-ebpf/btf/index.ts";
import type { Btf } from "../backend-ebpf/btf/types.ts";
import { type KernelProfile, PROFILES } from "../kernel/abi/profiles.ts";
import { hostProfile, kernelBtf, kernelSymbols } from "../kernel/bpf/host-kernel.ts";
import type { Parsed } from "./args.ts";
import { ProjectError } from "./project-error.ts";

export interface Target {
  /** Undefined: the oldest profile that can express the program. */
  readonly profile?: KernelProfile;
  /** BTF of the kernel aimed at; undefined where none is known. */
  readonly kernelBtf?: Btf;
  /** Names of the running kernel's variables, where that is aimed at. */
  readonly kernelSymbols?: { has(name: string): boolean };
}

/**
 * The target of `--kernel` and `--btf`. The running kernel's BTF goes with `host` only: a named profile must give the same answer on
 * every machine. Throws ProjectError for a BTF file that can't be read.
 */
export function targetOf({ options }: Parsed, fallback?: "host"): Target {
  const kernel = options.kernel ?? fallback;
  const profile = kernel === "host" ? hostProfile() : PROFILES.find((p) => p.name === kernel);
  const btf = typeof options.btf === "string" ? readBtf(options.btf) : kernel === "host" ? kernelBtf() : undefined;
  return { ...(profile && { profile }), ...(btf && { kernelBtf: btf }), ...(kernel === "host" && { kernelSymbols: kernelSymbols() }) };
}

function readBtf(path: string): Btf {
  try {
    return parseBtf(readFileSync(path));
  } catch (error) {
    if (error instanceof BtfError) throw new ProjectError("AC4020", `'${path}' holds no BTF: ${error.message}`);
    throw new ProjectError("AC4020", `'${path}' can't be read: ${(error as Error).message}`);
  }
}
