/** Engines that the conformance suite can ask. Registering one is one entry of ENGINES. */
import { decode } from "../../backend-ebpf/isa/insn.ts";
import { runBytecode } from "../../backend-ebpf/isa/interpreter.ts";
import { AddressSpace } from "../../backend-ebpf/isa/memory.ts";

export interface ConformanceEngine {
  readonly name: string;
  /** Null if it can run here, else the reason why not. */
  available(): string | null;
  /** r0 (unsigned) of `insns` started with r1 = memory, r2 = its length. Throws when the program is refused or faults. */
  run(insns: Uint8Array, memory: Uint8Array): bigint;
  /** Why the engine can't be asked this program, whatever is right about it; undefined if it can. */
  excludes?(insns: Uint8Array): string | undefined;
}

/** Steps that no case comes near. */
const STEPS = 1_000_000;

export const interp: ConformanceEngine = {
  name: "interp",
  available: () => null,
  run(insns, bytes) {
    const memory = new AddressSpace();
    const address = bytes.length > 0 ? memory.map("mem", bytes.slice()) : 0n;
    // The suite calls helper 5 only to see that execution goes on behind the call.
    const result = runBytecode({ insns: decode(insns) }, { memory, args: [address, BigInt(bytes.length)], steps: STEPS, onHelper: () => 0n });
    if (result.kind === "exit") return result.r0;
    throw new Error(result.kind === "fault" ? `slot ${result.pc}: ${result.message}` : `still running after ${result.steps} steps`);
  },
};

export const ENGINES: readonly ConformanceEngine[] = [interp];
