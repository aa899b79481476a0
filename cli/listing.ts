/** `--emit asm`: instructions with the TypeScript lines they come from, variables and call targets named. For reading. */
import { formatInsn } from "../backend-ebpf/isa/disasm.ts";
import { isWide } from "../backend-ebpf/isa/opcodes.ts";
import type { LinkedObject, LinkedProgram } from "../backend-ebpf/object/types.ts";
import { helperName } from "../kernel/abi/helpers.ts";

/** All programs of an object. Text ends with a newline. */
export function listing(object: LinkedObject): string {
  return object.programs.map(programListing).join("\n");
}

/** One program, with the lines its instructions come from. */
export function programListing(program: LinkedProgram): string {
  const { insns, kfuncs, maps } = program;
  const lines = new Map(program.lineInfo.map((l) => [l.insn, l]));
  const sites = new Map((program.meta?.sites ?? []).map((s) => [s.insn, s.op]));
  const names = {
    helper: helperName,
    kfunc: (insn: { imm: number }) => ({ name: kfuncs[insn.imm]?.name ?? "unknown" }),
    pseudo: (insn: { imm: number; src: number }, next: { imm: number }) => `${maps[insn.imm]?.name ?? "map"}${next.imm ? ` + ${next.imm}` : ""}`,
  };
  const out = [`${program.meta?.name ?? program.name}:  ; ${insns.length} instructions`];
  let last = "";
  for (let i = 0; i < insns.length; i++) {
    const line = lines.get(i);
    const place = line ? `${line.line}:${line.text}` : last;
    if (line && place !== last) out.push(`; ${line.file}:${line.line}  ${line.text.trim()}`);
    last = place;
    const notes = [sites.get(i), ...variablesFrom(program, i)].filter((n) => n !== undefined);
    const text = `${String(i).padStart(5)}: ${formatInsn(insns, i, names)}`;
    out.push(notes.length > 0 ? `${text.padEnd(56)} ; ${notes.join(", ")}` : text);
    if (isWide(insns[i]!)) i++;
  }
  return `${out.join("\n")}\n`;
}

/** Variables that begin to live at slot `i`, with their place. */
function variablesFrom(program: LinkedProgram, i: number): string[] {
  return (program.variables ?? [])
    .filter((v) => v.from === i)
    .map((v) => `${v.name} in ${v.location.kind === "register" ? `r${v.location.register}` : `fp${v.location.offset}`}`);
}
