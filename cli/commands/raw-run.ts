/** `anycallc raw run`: bpf_conformance's plug-in contract. Program as hex on stdin, memory as hex argument, r0 as hex on stdout. */
import { readFileSync } from "node:fs";
import { type RawEngineName, rawUnavailable, runRaw } from "../../kernel/raw-run.ts";
import { type Parsed, UsageError } from "../args.ts";
import { parseHex } from "../hex.ts";

const STDIN = 0;

export function rawRun({ options, operands }: Parsed): number {
  if (operands.length > 1) throw new UsageError("'raw run' takes one operand: the memory as hexadecimal.");
  const engine = (options.engine ?? "interp") as RawEngineName;
  const program = parseHex(readFileSync(STDIN, "latin1"), "program on standard input");
  const memory = parseHex(operands[0] ?? "", "memory");
  if (program.length === 0 || program.length % 8 !== 0) throw new UsageError(`The program has ${program.length} bytes; an instruction has 8.`);
  const unavailable = rawUnavailable(engine);
  if (unavailable) {
    process.stderr.write(`error AC4002: engine ${engine} can't run here: ${unavailable}\n`);
    return 1;
  }
  process.stdout.write(`${runRaw(program, memory, engine).toString(16)}\n`);
  return 0;
}
