/**
 * Bare programs by the contract of bpf_conformance's plug-ins: r1 = memory, r2 = its length, the answer is the 64-bit r0. For
 * `anycallc raw run` and the conformance suite.
 */
import { decode } from "../backend-ebpf/isa/insn.ts";
import { runBytecode } from "../backend-ebpf/isa/interpreter.ts";
import { AddressSpace } from "../backend-ebpf/isa/memory.ts";
import { runRawStock } from "./bpf/raw.ts";
import { HostKernel } from "./bpf/host-kernel.ts";
import { AnycallError } from "./errors.ts";
import { runRawUser } from "./user-engine/raw.ts";

export const RAW_ENGINES = ["interp", "stock", "user"] as const;
export type RawEngineName = (typeof RAW_ENGINES)[number];

/** Instructions after which the interpreter gives up. */
const STEPS = 50_000_000;

/**
 * r0, unsigned, of `insns` (8 bytes an instruction) on `memory`, which is changed as the program changes it. Helpers answer 0,
 * except in the kernel. Throws AnycallError when the engine is not available, refuses the program, or the program faults;
 * RangeError for a length that is no multiple of 8.
 */
export function runRaw(insns: Uint8Array, memory: Uint8Array, engine: RawEngineName): bigint {
  switch (engine) {
    case "interp":
      return runInterpreted(insns, memory);
    case "stock":
      return runRawStock(insns, memory);
    case "user":
      return runRawUser(insns, memory);
  }
}

/** Why an engine can't run bare programs here; null if it can. */
export function rawUnavailable(engine: RawEngineName): string | null {
  if (engine !== "stock") return null;
  const { access } = HostKernel.here();
  return access.ok ? null : access.reason;
}

function runInterpreted(insns: Uint8Array, bytes: Uint8Array): bigint {
  const memory = new AddressSpace();
  const address = bytes.length > 0 ? memory.map("mem", bytes) : 0n;
  const result = runBytecode({ insns: decode(insns) }, { memory, args: [address, BigInt(bytes.length)], steps: STEPS, onHelper: () => 0n });
  if (result.kind === "exit") return result.r0;
  const problem = result.kind === "fault" ? `slot ${result.pc}: ${result.message}` : `still running after ${result.steps} instructions`;
  throw new AnycallError("AC4010", problem);
}
