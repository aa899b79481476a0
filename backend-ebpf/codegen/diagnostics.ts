/** What code generation reports to the author: one function a diagnostic. */
import type { Diagnostic, Span } from "../../kernel/abi/diagnostics.ts";
import type { KernelProfile } from "../../kernel/abi/profiles.ts";

const at = (span: Span | undefined) => (span ? { span } : {});

export function loopNeedsBound(profile: KernelProfile, span: Span | undefined): Diagnostic {
  return {
    code: "AC3001", severity: "error", ...at(span),
    message: `Kernel ${profile.name} can't run this loop: its number of rounds is not bounded by a constant.`,
    why: "Before kernel 6.4 (bpf_iter_num) and 6.9 (may_goto) the verifier follows a loop round by round and must reach its end.",
    fix: "Bound it by a constant, for example `for (let i: u32 = 0; i < 1000; i++) { if (i >= n) break; … }`, or compile with --kernel 6.12.",
  };
}

export function loopNotOutlined(profile: KernelProfile, span: Span | undefined): Diagnostic {
  return {
    code: "AC3001", severity: "error", ...at(span),
    message: `Kernel ${profile.name} can't run this loop: a handle or a map's value is kept from one round to the next.`,
    why: "Before kernel 6.4 a loop without a constant bound becomes a function that is called once a round (bpf_loop), and what a round acquires it must release.",
    fix: "Acquire and release in the same round, bound the loop by a constant, or compile with --kernel 6.12.",
  };
}

export function loopTooLong(profile: KernelProfile, trips: number, span: Span | undefined): Diagnostic {
  return {
    code: "AC3002", severity: "error", ...at(span),
    message: `Kernel ${profile.name} can't verify this loop: up to ${trips} rounds are more than its verifier follows.`,
    why: "Without may_goto (6.9) the verifier follows every round, at most 1,000,000 instructions and 8,192 open branches in all.",
    fix: "Lower the bound, move branches out of the loop, or compile with --kernel 6.12.",
  };
}

export function stackTooSmall(func: string, bytes: number, limit: number, span: Span | undefined): Diagnostic {
  return {
    code: "AC3003", severity: "error", ...at(span),
    message: `\`${func}\` keeps too many values at once: ${bytes} bytes of spilled registers, the eBPF stack has ${limit}.`,
    why: "eBPF has ten registers and a stack of 512 bytes; values that are still needed later must fit in them.",
    fix: "Compute values nearer to their use, or keep them in a buffer or a fixed array (those live in the call's frame).",
  };
}

export function jumpTooFar(func: string, distance: number, profile: KernelProfile, span: Span | undefined): Diagnostic {
  return {
    code: "AC3004", severity: "error", ...at(span),
    message: `\`${func}\` is too long for kernel ${profile.name}: a jump spans ${distance} instructions, at most 32,767 are possible.`,
    why: "Jumps have 16-bit offsets before instruction set v4 (kernel 6.6).",
    fix: "Split the function, call helpers less often (they are inlined), or compile with --kernel 6.12.",
  };
}
