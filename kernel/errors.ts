/** The error of engines, loader and runtime: what failed, under a code of the catalogue (AC4xxx). Owns no policy. */
import type { DiagnosticCode } from "./abi/diagnostics.ts";
import { errnoName, errnoRow } from "./abi/errno.ts";
import type { FaultMeta } from "./abi/meta.ts";

export interface ErrorFacts {
  /** Positive error number of the system call that failed. */
  readonly errno?: number;
  /** The system call, as in `bpf(BPF_PROG_LOAD)`. */
  readonly syscall?: string;
  readonly path?: string;
  /** What the kernel's verifier, or the simulator, printed. */
  readonly log?: string;
  /** The check of the program that failed, with line and column in its source. */
  readonly fault?: FaultMeta;
  readonly cause?: unknown;
}

export class AnycallError extends Error {
  readonly code: DiagnosticCode;
  readonly errno?: number;
  readonly syscall?: string;
  readonly path?: string;
  readonly log?: string;
  readonly fault?: FaultMeta;

  constructor(code: DiagnosticCode, message: string, { cause, ...facts }: ErrorFacts = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, facts);
  }
}
AnycallError.prototype.name = "AnycallError";

/** `ENOENT (no such file or directory)`. */
export function errnoText(errno: number): string {
  const row = errnoRow(errno);
  return row ? `${row.name} (${row.text})` : errnoName(errno);
}

/** A standard error (RangeError, TypeError) with a code of the catalogue: for arguments and results of marked functions. */
export function coded<E extends Error>(error: E, code: DiagnosticCode): E & { readonly code: DiagnosticCode } {
  return Object.assign(error, { code });
}
