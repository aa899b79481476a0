/** Our data in the protocol's terms: places as lines and UTF-16 columns from 0, diagnostics, URIs. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Diagnostic as LspDiagnostic, DiagnosticSeverity, type Position, type Range } from "vscode-languageserver/node";
import type { Diagnostic, Severity, Span } from "../../kernel/abi/diagnostics.ts";
import { messageOf } from "../check/text.ts";

/** Scheme of the documents that the server makes: `anycall:/path/file.ts?asm`. */
export const SCHEME = "anycall";
export const DOCUMENT_KINDS = ["asm", "log"] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export const SOURCE = "anycall";

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, hint: DiagnosticSeverity.Hint };

/** Name of the file of a `file:` URI; undefined for other documents, about which there is nothing to say. */
export function fileOf(uri: string): string | undefined {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}

export function uriOf(file: string): string {
  return pathToFileURL(file).href;
}

export function virtualUri(file: string, kind: DocumentKind): string {
  return `${SCHEME}:${pathToFileURL(file).pathname}?${kind}`;
}

/** File and kind of a virtual document's URI. */
export function parseVirtual(uri: string): { file: string; kind: DocumentKind } | undefined {
  const match = /^anycall:(?:\/\/)?(\/[^?]*)\?(\w+)$/.exec(uri.replace("%3F", "?"));
  const kind = DOCUMENT_KINDS.find((k) => k === match?.[2]);
  const file = match && fileOf(`file://${match[1]}`);
  return file && kind ? { file, kind } : undefined;
}

/** Lines of a text, for places. Columns are UTF-16 units, as TypeScript counts. */
export class Lines {
  readonly #starts: number[] = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const match of text.matchAll(/\r\n|\r|\n/g)) this.#starts.push(match.index + match[0].length);
  }

  positionAt(offset: number): Position {
    const at = Math.max(0, Math.min(offset, this.#length));
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return { line: low, character: at - this.#starts[low]! };
  }

  offsetAt({ line, character }: Position): number {
    if (line < 0) return 0;
    if (line >= this.#starts.length) return this.#length;
    return Math.min(this.#starts[line]! + Math.max(0, character), this.#starts[line + 1] ?? this.#length, this.#length);
  }

  range({ start, length }: Pick<Span, "start" | "length">): Range {
    return { start: this.positionAt(start), end: this.positionAt(start + length) };
  }
}

/** `linesOf` gives the lines of any file that a span names. */
export function toLsp(diagnostic: Diagnostic, linesOf: (file: string) => Lines): LspDiagnostic {
  const { code, severity, span, related } = diagnostic;
  return {
    code,
    source: SOURCE,
    severity: SEVERITIES[severity],
    message: messageOf(diagnostic),
    range: span ? linesOf(span.file).range(span) : { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
    ...(related && { relatedInformation: related.map((r) => ({ location: { uri: uriOf(r.span.file), range: linesOf(r.span.file).range(r.span) }, message: r.message })) }),
  };
}
