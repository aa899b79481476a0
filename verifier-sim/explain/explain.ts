/**
 * From a refusal to a diagnostic at the author's line: what failed, what was known, the kernel's own words, and what to
 * do. Owns the wording; which instruction failed and why is the verdict's.
 */
import { formatInsn } from "../../backend-ebpf/isa/disasm.ts";
import type { LinkedProgram } from "../../backend-ebpf/object/types.ts";
import type { Diagnostic, Span } from "../../kernel/abi/diagnostics.ts";
import { helperName } from "../../kernel/abi/helpers.ts";
import { follow } from "../explore/explore.ts";
import { Trail } from "../log/trail.ts";
import type { Failure, Verdict, VerifyOptions } from "../types.ts";
import { causeOf } from "./cause.ts";
import { reasonOf } from "./reasons.ts";

export interface ExplainOptions {
  /** Texts of the source files by the names that the line records use. */
  readonly sources?: ReadonlyMap<string, string>;
  /** How the verdict was found: the way to the failure is followed again, to tell where each value came from. */
  readonly verify?: VerifyOptions;
}

/** Longest exploration that is followed again, in instructions processed: under a second. */
const MAX_FOLLOWED = 200_000;

const COMPILER_FAULT = "The compiler should have proved or checked this itself: please report it, with the source. A check of the value right before this line may help meanwhile.";

/** Makes a diagnostic of a verdict that is not ACCEPT. The span is there where line records and the source are. */
export function explain(program: LinkedProgram, verdict: Exclude<Verdict, { verdict: "ACCEPT" }>, options: ExplainOptions = {}): Diagnostic {
  const { insn } = verdict;
  const name = program.meta?.name ?? program.name;
  const span = spanAt(program, insn, options.sources);
  if (verdict.verdict === "UNKNOWN") {
    return {
      code: "AC3190",
      severity: "error",
      message: `${name}: the simulator can't tell whether the kernel accepts this: ${verdict.reason} is not modelled`,
      ...(span && { span }),
      notes: instructionNote(program, insn),
      fix: "Ask the kernel itself: run in engine stock, or load the object with bpftool.",
    };
  }
  const { failure, error } = verdict;
  const reason = reasonOf(failure.rule, error);
  const variable = failure.register === undefined ? undefined : variableIn(program, failure.register, insn);
  const subject = variable ?? (failure.register === undefined ? undefined : `r${failure.register}`);
  return {
    code: reason.code,
    severity: "error",
    message: `${name}: ${reason.message(subject)}`,
    ...(span && { span }),
    notes: [...knownNotes(subject, failure), ...(causeNotes(program, verdict, options) ?? pathNotes(program, verdict)), `the kernel says: ${error}`, ...instructionNote(program, insn)],
    why: reason.why,
    fix: program.meta && reason.ours === "compiler" ? COMPILER_FAULT : reason.fix,
  };
}

function knownNotes(subject: string | undefined, { known, required }: Failure): string[] {
  const is = known === undefined ? [] : [`${subject ?? "it"} is ${known}`];
  return required === undefined ? is : [...is, `the offset must be ${required}`];
}

/** Where the value at fault came from, with the source lines; undefined: there is no such value, or following it takes too long. */
function causeNotes(program: LinkedProgram, verdict: Extract<Verdict, { verdict: "REJECT" }>, { verify }: ExplainOptions): string[] | undefined {
  const { register } = verdict.failure;
  if (!verify || register === undefined || verdict.processed > MAX_FOLLOWED) return undefined;
  const trail = new Trail();
  follow(program, verify, trail);
  const cause = causeOf(program, trail.steps, register, (number, insn) => variableIn(program, number, insn));
  if (cause.length === 0) return undefined;
  let before: number | undefined;
  return cause.flatMap(({ insn, note }) => {
    const record = lineAt(program, insn);
    const source = record && record.line !== before ? [`${record.line} | ${record.text.trim()}`] : [];
    before = record?.line ?? before;
    return [...source, `${record ? "    " : `${insn}: `}${note}`];
  });
}

/** The last source lines of the failing path, oldest first. */
function pathNotes(program: LinkedProgram, verdict: Extract<Verdict, { verdict: "REJECT" }>): string[] {
  const shown: { line: number; text: string }[] = [];
  for (const { insn, note } of [...verdict.failure.path, { insn: verdict.insn, note: "" }]) {
    const record = lineAt(program, insn);
    if (!record || shown.at(-1)?.line === record.line) continue;
    shown.push({ line: record.line, text: note ? `${record.text.trim()}   ${note}` : record.text.trim() });
  }
  const last = shown.slice(-4);
  const width = Math.max(0, ...last.map(({ line }) => String(line).length));
  return last.map(({ line, text }) => `${String(line).padStart(width)} | ${text}`);
}

function instructionNote(program: LinkedProgram, insn: number): string[] {
  if (!program.insns[insn]) return [];
  const kfunc = (call: { imm: number }) => ({ name: program.kfuncs[call.imm]?.name ?? "unknown" });
  return [`instruction ${insn}: ${formatInsn(program.insns, insn, { helper: helperName, kfunc })}`];
}

function lineAt(program: LinkedProgram, insn: number) {
  return program.lineInfo.findLast((record) => record.insn <= insn);
}

function spanAt(program: LinkedProgram, insn: number, sources: ReadonlyMap<string, string> | undefined): Span | undefined {
  const record = lineAt(program, insn);
  const text = record && sources?.get(record.file);
  if (!record || text === undefined) return undefined;
  let start = 0;
  for (let line = 1; line < record.line; line++) {
    const end = text.indexOf("\n", start);
    if (end < 0) return undefined;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  const from = start + record.column - 1;
  return { file: record.file, start: from, length: Math.max(1, (end < 0 ? text.length : end) - from) };
}

/** The source variable that lives in a register at an instruction. */
function variableIn(program: LinkedProgram, register: number, insn: number): string | undefined {
  const found = program.variables?.find(({ from, to, location }) => location.kind === "register" && location.register === register && from <= insn && insn < to);
  return found && `\`${found.name}\``;
}
