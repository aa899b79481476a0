/** Engines that the conformance suite asks: those of `anycallc raw run`. */
import { RAW_ENGINES, type RawEngineName, rawUnavailable, runRaw } from "../../kernel/raw-run.ts";
import { refusedByLinux } from "./refused-by-linux.ts";

export interface ConformanceEngine {
  readonly name: string;
  /** Null if it can run here, else the reason why not. */
  available(): string | null;
  /** r0 (unsigned) of `insns` started with r1 = memory, r2 = its length. Throws when the program is refused or faults. */
  run(insns: Uint8Array, memory: Uint8Array): bigint;
  /** Why the engine can't be asked this program, whatever is right about it; undefined if it can. */
  excludes?(insns: Uint8Array): string | undefined;
}

function conformanceEngine(name: RawEngineName): ConformanceEngine {
  return {
    name,
    available: () => rawUnavailable(name),
    run: (insns, memory) => runRaw(insns, memory.slice(), name),
    ...(name === "stock" && { excludes: refusedByLinux }),
  };
}

export const ENGINES: readonly ConformanceEngine[] = RAW_ENGINES.map(conformanceEngine);
export const interp: ConformanceEngine = ENGINES[0]!;
