/** Which programs of an object an engine is asked to load. */
import type { LinkedObject, LinkedProgram } from "../backend-ebpf/object/index.ts";
import { AnycallError } from "./errors.ts";

/** The programs named by ELF symbol, all if `symbols` is absent. Throws AC4019 for a name that the object doesn't have. */
export function selectPrograms(object: LinkedObject, symbols?: readonly string[]): readonly LinkedProgram[] {
  if (symbols === undefined) return object.programs;
  return symbols.map((symbol) => {
    const program = object.programs.find(({ name }) => name === symbol);
    if (!program) throw new AnycallError("AC4019", `the object has no program ${symbol}`);
    return program;
  });
}
