/** The running kernel's answers to the programs about kernel objects, beside the simulator's. Loads; runs and attaches nothing. */
import { Bpf } from "../../../kernel/bpf/bpf.ts";
import { hostProfile, kernelBtf, kernelSymbols } from "../../../kernel/bpf/host-kernel.ts";
import { requireFfi } from "../../../kernel/ffi.ts";
import { verify } from "../../../verifier-sim/index.ts";
import { kernelLoader } from "../../support/bpf-load.ts";
import { assemble } from "../assemble.ts";
import { codeFor, linkText } from "./link.ts";
import { MAPS } from "./maps.ts";
import { type ObjectProgram, PROGRAMS } from "./programs.ts";

export interface Compared {
  readonly program: ObjectProgram;
  readonly kernel: { readonly accepted: boolean; readonly error: string; readonly processed: number };
  readonly ours: { readonly verdict: "ACCEPT" | "REJECT" | "UNKNOWN"; readonly error: string; readonly processed: number };
}

const STATISTICS = /^(processed |verification time |stack depth |max_states|cur state|old state|$)/;

/** Every program that names only what this kernel has; or the reason why there is nothing to compare with. */
export function compareWithKernel(): readonly Compared[] | string {
  const loader = kernelLoader();
  if ("reason" in loader) return loader.reason;
  const btf = kernelBtf();
  if (!btf) return "the kernel has no BTF";
  const bpf = new Bpf(requireFfi());
  const descriptors = new Map(MAPS.map((map) => [map.name, bpf.createMap(map)]));
  const profile = hostProfile();
  const compared: Compared[] = [];
  for (const program of PROGRAMS) {
    let code: Uint8Array;
    try {
      code = codeFor(assemble(program.text, btf), btf, descriptors);
    } catch {
      // It names what this kernel, or a kernel without the module, lacks.
      continue;
    }
    const { ok, log } = loader.load(code, 4);
    const lines = ok ? [] : loader.load(code, 1).log.split("\n").filter((line) => !STATISTICS.test(line));
    const answer = verify(linkText(program.name, program.text, btf), { profile, kernelBtf: btf, kernelSymbols: kernelSymbols() });
    compared.push({
      program,
      kernel: { accepted: ok, error: lines.at(-1) ?? "", processed: Number(/processed (\d+)/.exec(log)?.[1]) },
      ours: { verdict: answer.verdict, error: answer.verdict === "REJECT" ? answer.error : answer.verdict === "UNKNOWN" ? answer.reason : "", processed: answer.processed },
    });
  }
  for (const fd of descriptors.values()) bpf.close(fd);
  return compared;
}
