/** Licenses that the GPL goes with: what kernel functions, kernel objects and some helpers ask for. */
import type { LinkedProgram } from "../../backend-ebpf/object/types.ts";

const GPL_LICENSES: ReadonlySet<string> = new Set(["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"]);

export function isGpl(program: LinkedProgram): boolean {
  return GPL_LICENSES.has(program.license);
}
