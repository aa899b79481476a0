/** `anycallc verify FILE.o`: what the kernel would say of each program of an object, with no privilege. */
import { readFileSync } from "node:fs";
import { type LinkedObject, linkObject, ObjectError, readSourceMap, withVariables } from "../../backend-ebpf/object/index.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { explain, verify as simulate } from "../../verifier-sim/index.ts";
import { type Parsed, UsageError } from "../args.ts";
import { ProjectError } from "../project-error.ts";
import { targetOf } from "../target.ts";

export function verify(parsed: Parsed): number {
  const { options, operands } = parsed;
  const [file, ...more] = operands;
  if (file === undefined || more.length > 0) throw new UsageError("'verify' needs one object file.");
  const target = targetOf(parsed, "host");
  const profile = target.profile ?? PROFILES.at(-1)!;
  const object = readObject(file, target);
  const log: 0 | 1 | 2 | undefined = options.log === undefined ? 0 : options.log === 1 || options.log === 2 ? options.log : undefined;
  if (log === undefined) throw new UsageError("Option '--log' is 1 or 2.");
  let refused = false;
  for (const program of object.programs) {
    const how = { profile, log, ...(target.kernelBtf && { kernelBtf: target.kernelBtf }), ...(target.kernelSymbols && { kernelSymbols: target.kernelSymbols }) };
    const verdict = simulate(program, how);
    const name = program.meta?.name ?? program.name;
    if (verdict.verdict !== "ACCEPT") refused = true;
    if (options.json) {
      const { verdict: answer, processed, stackDepth } = verdict;
      const rest = verdict.verdict === "REJECT" ? { error: verdict.error, insn: verdict.insn } : verdict.verdict === "UNKNOWN" ? { reason: verdict.reason, insn: verdict.insn } : {};
      process.stdout.write(`${JSON.stringify({ program: name, verdict: answer, instructions: program.insns.length, processed, stackDepth, kernel: profile.name, ...rest })}\n`);
      continue;
    }
    for (const line of verdict.log) if (log) process.stdout.write(`${line}\n`);
    process.stdout.write(`${name}: ${verdict.verdict}, ${program.insns.length} instructions, ${verdict.processed} processed, for kernel ${profile.name} (${profile.version.join(".")})\n`);
    if (verdict.verdict === "ACCEPT") continue;
    const { code, message, notes = [], why, fix } = explain(program, verdict, { verify: how });
    process.stdout.write(`error ${code}: ${message}\n${[...notes, `why: ${why ?? ""}`, `fix: ${fix ?? ""}`].filter((l) => !l.endsWith(": ")).map((l) => `  ${l}\n`).join("")}`);
  }
  return refused ? 2 : 0;
}

function readObject(file: string, target: ReturnType<typeof targetOf>): LinkedObject {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new ProjectError("AC4020", `'${file}' can't be read: ${(error as Error).message}`);
  }
  try {
    const object = linkObject(bytes, target.kernelBtf ? { kernelBtf: target.kernelBtf } : {});
    const map = readMap(`${file}.map`);
    return map === undefined ? object : withVariables(object, readSourceMap(map));
  } catch (error) {
    if (error instanceof ObjectError) throw new ProjectError("AC4020", `'${file}': ${error.message}`);
    throw error;
  }
}

function readMap(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
