/**
 * Prints what --explain-loops asks for: for each loop its place, the form chosen and why. Owns the words and layout;
 * never chooses a form (backend-ebpf/codegen does).
 */
import { Chalk } from "chalk";
import type { LoopDecision, LoopForm } from "../backend-ebpf/codegen/index.ts";
import { nameOf, type Place, placeOf, type SourceText } from "./report.ts";

/** One loop of the report; in JSON these fields, with file, line and column (1-based) instead of `place`. */
export interface ExplainedLoop {
  readonly func: string;
  readonly form: LoopForm;
  readonly reason: string;
  readonly place?: Place;
}

const WORDS: Readonly<Record<LoopForm, string>> = { plain: "plain bounded loop", may_goto: "may_goto", iter_num: "iter_num", bpf_loop: "bpf_loop" };

/** The decisions in the order of the sources. Loops that the compiler made itself have no place and come first. */
export function explainLoops(decisions: readonly LoopDecision[], text: SourceText): ExplainedLoop[] {
  const loops = decisions.map(({ func, form, reason, span }) => ({ func, form, reason, ...(span && { place: placeOf(span, text(span.file) ?? "") }) }));
  return loops.sort((a, b) => {
    const [x, y] = [a.place?.file ?? "", b.place?.file ?? ""];
    if (x !== y) return x < y ? -1 : 1;
    return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
  });
}

/** One line a loop, `file:line:column: function: form: reason`, ending with a newline. */
export function formatLoops(loops: readonly ExplainedLoop[], format: "text" | "pretty", cwd: string): string {
  if (loops.length === 0) return "No loops in marked functions.\n";
  const chalk = new Chalk({ level: format === "pretty" ? 1 : 0 });
  const line = ({ func, form, reason, place }: ExplainedLoop) => {
    const where = place ? `${chalk.cyanBright(nameOf(place, cwd))}:${chalk.yellowBright(place.line)}:${chalk.yellowBright(place.column)}: ` : "";
    return `${where}${func}: ${chalk.bold(WORDS[form])}: ${reason}\n`;
  };
  return loops.map(line).join("");
}

/** The loops as plain JSON values. */
export function loopsJson(loops: readonly ExplainedLoop[], cwd: string): object[] {
  return loops.map(({ place, ...rest }) => ({ ...(place && { file: nameOf(place, cwd), line: place.line, column: place.column }), ...rest }));
}
