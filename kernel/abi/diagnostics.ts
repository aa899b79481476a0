/**
 * The diagnostics catalogue: every code AnyCall can print, in one place. `docs/errors/ACnnnn.md` has a page for each.
 *   AC1xxx language · AC2xxx types and integers · AC3xxx verifier · AC4xxx engine and system.
 * Codes are stable: never reuse one. Data and the Diagnostic type only; formatting belongs to cli/.
 */

export type Severity = "error" | "warning" | "hint";

/** A place in a source file, in UTF-16 code units as TypeScript counts them. */
export interface Span {
  readonly file: string;
  readonly start: number;
  readonly length: number;
}

export interface TextEdit {
  readonly span: Span;
  readonly text: string;
}

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence in the user's terms. */
  readonly message: string;
  readonly span?: Span;
  /** Why it is so, and what is required; further sentences. */
  readonly why?: string;
  /** What to do about it. */
  readonly fix?: string;
  /** A machine-applicable edit, when one is known. */
  readonly edits?: readonly TextEdit[];
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
  /** Further lines for the terminal: verifier path, ranges, the kernel's own words. */
  readonly notes?: readonly string[];
}

export interface CatalogueEntry {
  readonly title: string;
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** Filled by the parts that report: keep codes ascending. */
export const CATALOGUE = {
  AC1001: { title: "syntax not supported", severity: "error", what: "This TypeScript construct can't be compiled to eBPF.",
    why: "Compiled functions run in the kernel without a JavaScript engine.", fix: "Rewrite it with the constructs listed in docs/language.md." },
  AC3001: { title: "loop without a bound on this kernel", severity: "error", what: "The kernel has no form for a loop whose number of rounds is not bounded by a constant.",
    why: "bpf_iter_num comes with kernel 6.4 and may_goto with 6.9; before, the verifier follows every round.", fix: "Bound the loop by a constant, or compile with --kernel 6.12." },
  AC3002: { title: "loop too long for this kernel", severity: "error", what: "The loop's constant bound is more than the kernel's verifier can follow round by round.",
    why: "The verifier processes at most 1,000,000 instructions and keeps at most 8,192 branches open.", fix: "Lower the bound, take branches out of the loop, or compile with --kernel 6.12." },
  AC3003: { title: "too many values at once", severity: "error", what: "Values that are still needed do not fit in ten registers and the 512-byte eBPF stack.",
    why: "Each value that has no register needs 8 bytes of stack.", fix: "Compute values nearer to their use, or keep them in a buffer or a fixed array." },
  AC3004: { title: "jump too far", severity: "error", what: "A jump spans more instructions than its offset can hold.",
    why: "Jumps have 16-bit offsets before instruction set v4 (kernel 6.6).", fix: "Split the function, or compile with --kernel 6.12." },
  AC4001: { title: "not compiled", severity: "error", what: "A marked function ran as plain JavaScript.",
    why: "Marked functions run only as compiled eBPF.", fix: "Compile the project with `anycallc` and run its output." },
} as const satisfies Record<`AC${number}`, CatalogueEntry>;

export type DiagnosticCode = keyof typeof CATALOGUE;
