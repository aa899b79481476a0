/**
 * How the frontend reports: user errors are exceptions of one type, caught at the nearest statement, so that several of
 * them show at once. Owns the factories; codes and their pages are the catalogue's (kernel/abi/diagnostics.ts).
 */
import type ts from "typescript";
import { CATALOGUE, type Diagnostic, type DiagnosticCode, type Span } from "../kernel/abi/diagnostics.ts";

/** The place of a node, without leading comments. */
export function spanOf(node: ts.Node): Span {
  const file = node.getSourceFile();
  const start = node.getStart(file);
  return { file: file.fileName, start, length: node.getEnd() - start };
}

export interface Details {
  readonly why?: string;
  readonly fix?: string;
  readonly notes?: readonly string[];
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
}

/** A diagnostic of the catalogue at `node`; `why` and `fix` are the catalogue's unless given. */
export function diagnosticAt(code: DiagnosticCode, node: ts.Node, message: string, details: Details = {}): Diagnostic {
  const entry = CATALOGUE[code];
  return { code, severity: entry.severity, message, span: spanOf(node), why: details.why ?? entry.why, fix: details.fix ?? entry.fix,
    ...(details.notes ? { notes: details.notes } : {}), ...(details.related ? { related: details.related } : {}) };
}

/** The program being compiled is not acceptable: carries the diagnostic to the statement being lowered. */
export class UserError extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** A value that an earlier error left undefined is used: nothing further to report. */
export class Poisoned extends Error {}

/** Refuses the program at `node`. */
export function refuse(code: DiagnosticCode, node: ts.Node, message: string, details?: Details): never {
  throw new UserError(diagnosticAt(code, node, message, details));
}
