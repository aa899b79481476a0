/** The words in which editors show diagnostics and facts: one place, so that plugin and server say the same. Markdown for hovers. */
import { findOp } from "../../kernel/abi/syscalls.ts";
import type { Diagnostic } from "../../kernel/abi/diagnostics.ts";
import type { FunctionFacts, VariableFacts } from "./types.ts";

/** A diagnostic's text: message, notes, why, fix. */
export function messageOf({ message, notes = [], why, fix }: Diagnostic): string {
  return [message, ...notes.map((n) => `  ${n}`), ...(why ? [`why: ${why}`] : []), ...(fix ? [`fix: ${fix}`] : [])].join("\n");
}

const plural = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;

/** One line over a function: `37 instructions · kernel 6.1+ · verified`. */
export function lensOf({ verdict, instructions, kernel }: FunctionFacts): string {
  return [plural(instructions, "instruction"), `kernel ${kernel}+`, verdict === "ACCEPT" ? "verified" : verdict === "REJECT" ? "refused" : "not modelled"].join(" · ");
}

export function hoverOfFunction(facts: FunctionFacts): string {
  const { verdict, instructions, processed, stackBytes, operations, engines, kernel } = facts;
  const words = { ACCEPT: "accepts it", REJECT: "refuses it", UNKNOWN: "is not modelled that far" }[verdict];
  return [
    `**AnyCall**: the verifier of kernel ${kernel} ${words}`,
    `${plural(instructions, "instruction")}, ${plural(processed, "verifier step")}, ${plural(stackBytes, "byte")} of stack`,
    `system calls: ${operations.length > 0 ? operations.join(", ") : "none"}`,
    `engines: ${engines.join(", ")}`,
  ].join("  \n");
}

export function hoverOfVariable({ name, type, range }: VariableFacts): string {
  return `**AnyCall**: \`${name}${type ? `: ${type}` : ""}\`${range ? ` is ${range} here` : ""}`;
}

/** Man page of an operation of the table, by its name (`sys.read`); undefined for other names. */
export function manualOf(operation: string): string | undefined {
  const row = findOp(operation);
  return row && `**AnyCall**: ${row.man}: ${row.summary} Engines: ${row.stock ? "module, stock, user" : "module, user"}.`;
}
