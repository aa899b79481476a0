/** Reader of conformance cases: the `.data` files of bpf_conformance, sections that start with a line `-- name`. */
import { encode } from "../../backend-ebpf/isa/insn.ts";
import { assembleCase, parseInteger } from "./assembler.ts";

export interface ConformanceCase {
  readonly name: string;
  readonly insns: Uint8Array;
  /** What r1 points to at the start; r2 is its length. */
  readonly memory: Uint8Array;
  /** r0 at the end, or "error": the program must be refused or fault. */
  readonly expected: bigint | "error";
}

const USED = ["asm", "raw", "mem", "result", "error"];
/** Sections that say nothing about this case's run. */
const IGNORED = ["c", "no register offset"];

/** Sections by name: lines with comments taken off. */
function sectionsOf(text: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const raw of text.split("\n")) {
    const heading = /^-- *(.*?) *$/.exec(raw);
    if (heading) {
      current = [];
      sections.set(heading[1]!, current);
      continue;
    }
    const line = raw.replace(/#.*/, "").trim();
    if (line !== "") current?.push(line);
  }
  return sections;
}

/** The case in `text`, or why there is none. Throws for text that is damaged. */
export function parseCase(name: string, text: string): ConformanceCase | { readonly skipped: string } {
  const sections = sectionsOf(text);
  const unknown = [...sections.keys()].find((section) => !USED.includes(section) && !IGNORED.includes(section));
  if (unknown !== undefined) return { skipped: `section "${unknown}" is not known` };
  const raw = sections.get("raw");
  const assembly = sections.get("asm");
  if (!assembly && !raw) return { skipped: "no program" };
  const result = sections.get("result")?.at(-1);
  if (result === undefined && !sections.has("error")) return { skipped: "no result" };
  const fromRaw = raw && rawProgram(raw);
  const fromText = assembly && encode(assembleCase(assembly));
  if (fromRaw && fromText && !Buffer.from(fromRaw).equals(fromText)) throw new Error(`${name}: sections asm and raw are different programs`);
  const memory = Uint8Array.from((sections.get("mem") ?? []).join(" ").split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));
  return { name, insns: (fromText ?? fromRaw)!, memory, expected: result === undefined ? "error" : BigInt.asUintN(64, parseInteger(result)) };
}

/** One 64-bit number a slot. */
function rawProgram(lines: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(lines.length * 8);
  const view = new DataView(bytes.buffer);
  lines.forEach((line, i) => view.setBigUint64(i * 8, BigInt.asUintN(64, parseInteger(line)), true));
  return bytes;
}
