/** Programs that Linux's verifier refuses whatever is right about them: the suite cannot ask a kernel about them. */
import { decode } from "../../backend-ebpf/isa/insn.ts";
import { formOf, isWide } from "../../backend-ebpf/isa/opcodes.ts";

/** Why no Linux kernel loads `bytes`; undefined if no known reason applies. */
export function refusedByLinux(bytes: Uint8Array): string | undefined {
  const insns = decode(bytes);
  for (let i = 0; i < insns.length; i++) {
    if (formOf(insns[i]!)?.action.kind === "callx") return "Linux has no call by register";
    if (isWide(insns[i]!)) i++;
  }
  return undefined;
}
