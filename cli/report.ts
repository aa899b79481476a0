/**
 * Prints diagnostics, tsc's and ours alike, in tsc's own forms (text, pretty) or as JSON. Owns formats and exit codes;
 * never decides what is an error.
 */
import { relative } from "node:path";
import { Chalk, type ChalkInstance } from "chalk";
import type ts from "typescript";
import type { Diagnostic, Severity, Span } from "../kernel/abi/diagnostics.ts";

export type Format = "text" | "pretty" | "json";

/** One finding, whoever made it. Lines and columns are 1-based, columns in UTF-16 units as tsc prints them. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly place?: Place;
  readonly why?: string;
  readonly fix?: string;
  readonly notes?: readonly string[];
  readonly related?: readonly { readonly place: Place; readonly message: string }[];
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The source line, for the excerpt. */
  readonly text: string;
}

/** Text of a source file by its name, or undefined. */
export type SourceText = (file: string) => string | undefined;

/** tsc's diagnostic as a finding. */
export function fromTs(tsModule: typeof ts, diagnostic: ts.Diagnostic): Finding {
  const { file, start, length } = diagnostic;
  const place = file && start !== undefined ? placeOf({ file: file.fileName, start, length: length ?? 0 }, file.text) : undefined;
  const severity = diagnostic.category === tsModule.DiagnosticCategory.Error ? "error" : diagnostic.category === tsModule.DiagnosticCategory.Warning ? "warning" : "hint";
  const related = (diagnostic.relatedInformation ?? []).flatMap((r) =>
    r.file && r.start !== undefined
      ? [{ place: placeOf({ file: r.file.fileName, start: r.start, length: r.length ?? 0 }, r.file.text), message: tsModule.flattenDiagnosticMessageText(r.messageText, "\n") }]
      : [],
  );
  return { code: `TS${diagnostic.code}`, severity, message: tsModule.flattenDiagnosticMessageText(diagnostic.messageText, "\n"), ...(place && { place }), related };
}

/** Our diagnostic as a finding. */
export function fromOurs(diagnostic: Diagnostic, text: SourceText): Finding {
  const at = (span: Span) => placeOf(span, text(span.file) ?? "");
  const { code, severity, message, span, why, fix, notes, related } = diagnostic;
  return {
    code,
    severity,
    message,
    ...(span && { place: at(span) }),
    ...(why && { why }),
    ...(fix && { fix }),
    ...(notes && { notes }),
    related: (related ?? []).map((r) => ({ place: at(r.span), message: r.message })),
  };
}

/** The place of `span` in the `text` of its file. */
export function placeOf(span: Span, text: string): Place {
  const start = position(text, span.start);
  const end = position(text, span.start + span.length);
  const from = text.lastIndexOf("\n", span.start - 1) + 1;
  const to = text.indexOf("\n", span.start);
  return { file: span.file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column, text: text.slice(from, to < 0 ? undefined : to).replace(/\r$/, "") };
}

function position(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let from = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    from = at + 1;
  }
  return { line, column: offset - from + 1 };
}

/** Sorted by file and place as tsc prints them; findings without a place come first; duplicates are dropped. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  const key = (f: Finding) => `${f.place?.file ?? ""}:${f.place?.line}:${f.place?.column}:${f.code}:${f.message}`;
  return [...findings]
    .sort((a, b) => compare(a.place?.file ?? "", b.place?.file ?? "") || (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0))
    .filter((f) => !seen.has(key(f)) && seen.add(key(f)));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The findings as one printable text, ending with a newline unless empty. Hints are shown only in pretty and JSON.
 * `more` holds further members of the JSON object.
 */
export function formatFindings(findings: readonly Finding[], format: Format, cwd: string, more: object = {}): string {
  switch (format) {
    case "json":
      return `${JSON.stringify({ diagnostics: findings.map((f) => toJson(f, cwd)), ...more })}\n`;
    case "text":
      return findings.filter((f) => f.severity !== "hint").map((f) => textLine(f, cwd)).join("");
    case "pretty":
      return pretty(findings, cwd);
  }
}

/** The file's name relative to `cwd`. */
export function nameOf(place: Place, cwd: string): string {
  const name = relative(cwd, place.file);
  return name === "" ? place.file : name;
}

function textLine(finding: Finding, cwd: string): string {
  const { place } = finding;
  const where = place ? `${nameOf(place, cwd)}(${place.line},${place.column}): ` : "";
  const lines = [`${where}${finding.severity} ${finding.code}: ${finding.message}`];
  for (const note of finding.notes ?? []) lines.push(`  ${note}`);
  if (finding.why) lines.push(`  why: ${finding.why}`);
  if (finding.fix) lines.push(`  fix: ${finding.fix}`);
  return `${lines.join("\n")}\n`;
}

function toJson(finding: Finding, cwd: string) {
  const { place, related, ...rest } = finding;
  const where = (p: Place) => ({ file: nameOf(p, cwd), line: p.line, column: p.column, endLine: p.endLine, endColumn: p.endColumn });
  return { ...rest, ...(place && where(place)), ...(related?.length && { related: related.map((r) => ({ ...where(r.place), message: r.message })) }) };
}

function pretty(findings: readonly Finding[], cwd: string): string {
  const chalk = new Chalk({ level: 1 });
  const color: Record<Severity, ChalkInstance> = { error: chalk.redBright, warning: chalk.yellowBright, hint: chalk.blueBright };
  const at = (p: Place) => `${chalk.cyanBright(nameOf(p, cwd))}:${chalk.yellowBright(p.line)}:${chalk.yellowBright(p.column)}`;
  const out: string[] = [];
  for (const f of findings) {
    out.push(`${f.place ? `${at(f.place)} - ` : ""}${color[f.severity](f.severity)}${chalk.gray(` ${f.code}: `)}${f.message}\n`);
    if (f.place) out.push(excerpt(f.place, chalk, color[f.severity]));
    for (const note of f.notes ?? []) out.push(`  ${note}\n`);
    if (f.why) out.push(`  ${chalk.bold("why:")} ${f.why}\n`);
    if (f.fix) out.push(`  ${chalk.bold("fix:")} ${f.fix}\n`);
    if (f.code.startsWith("AC")) out.push(`  ${chalk.gray(`more: anycallc --explain ${f.code}`)}\n`);
    for (const r of f.related ?? []) out.push(`  ${at(r.place)}\n${excerpt(r.place, chalk, chalk.cyanBright, "    ")}    ${r.message}\n`);
    out.push("\n");
  }
  return out.join("") + summary(findings, cwd);
}

function excerpt(place: Place, chalk: ChalkInstance, color: ChalkInstance, indent = ""): string {
  const label = String(place.line);
  const length = place.endLine === place.line ? Math.max(1, place.endColumn - place.column) : Math.max(1, place.text.length - place.column + 1);
  const tabless = place.text.replaceAll("\t", " ");
  return `\n${indent}${chalk.inverse(label)} ${tabless}\n${indent}${chalk.inverse(" ".repeat(label.length))} ${" ".repeat(place.column - 1)}${color("~".repeat(length))}\n`;
}

function summary(findings: readonly Finding[], cwd: string): string {
  const errors = findings.filter((f) => f.severity === "error");
  if (errors.length === 0) return "";
  const files = new Set(errors.flatMap((f) => (f.place ? [f.place.file] : [])));
  const first = errors.find((f) => f.place)?.place;
  if (!first) return `Found ${errors.length} error${errors.length > 1 ? "s" : ""}.\n\n`;
  const start = `${nameOf(first, cwd)}:${first.line}`;
  if (errors.length === 1) return `Found 1 error in ${start}\n\n`;
  if (files.size === 1) return `Found ${errors.length} errors in the same file, starting at: ${start}\n\n`;
  return `Found ${errors.length} errors in ${files.size} files.\n\n`;
}
