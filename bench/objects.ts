/** The objects under measurement: the programs of examples/, compiled for this machine. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CompiledOutput, compileSource } from "../cli/compile.ts";
import { openProject, ts } from "../cli/project.ts";
import { hostProfile, kernelBtf } from "../kernel/bpf/host-kernel.ts";

/** Of the clone: this file runs from dist/bench. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export function compileExample(name: string): CompiledOutput {
  const file = join(ROOT, "examples", name);
  const { program, settings } = openProject({ files: [file] });
  const btf = kernelBtf();
  const { output, diagnostics } = compileSource(ts, program, program.getSourceFile(file)!, { ...settings, profile: hostProfile(), ...(btf && { kernelBtf: btf }), base: ROOT });
  if (!output) throw new Error(diagnostics.map(({ code, message }) => `${code} ${message}`).join("\n"));
  return output;
}
