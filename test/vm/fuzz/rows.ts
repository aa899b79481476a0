/** What guest/fuzz/rows.c is told of the programs of rows: symbol and a letter for each parameter. */
import type { ArgSpec } from "../../../kernel/abi/syscalls.ts";
import { HANDLES, plainRows, symbolOf } from "../rows/programs.ts";

/** f descriptor, i number, p path, r range of bytes, s struct: by kind of argument; handles and errors are no parameters. */
const LETTERS: Readonly<Record<ArgSpec["kind"], string>> = { fd: "f", int: "i", flags: "i", path: "p", in: "r", out: "r", struct: "s", err: "", handle: "" };

/** Lengths of paths in buffers of their own are `n`; other parameters of handle programs are numbers. */
function handleLetters(parameters: string): string {
  return parameters
    .split(", ")
    .map((parameter) => (/^[pd]n:/.test(parameter) ? "n" : "i"))
    .join("");
}

/** Lines for the guest; `-` where there are no parameters. */
export function fuzzedRows(): string {
  const rows = plainRows().map((row) => [symbolOf(row), row.args.map((arg) => LETTERS[arg.kind]).join("")]);
  const handles = Object.entries(HANDLES).map(([name, [parameters]]) => [name, handleLetters(parameters)]);
  return [...rows, ...handles].map(([symbol, letters]) => `${symbol} ${letters || "-"}\n`).join("");
}
