/**
 * The assembly dialect of the conformance cases: `add32 %r1, 5`, `ldxw %r0, [%r1+2]`, `lock fetch add [%r10-8], %r1`,
 * `jeq %r1, 0, exit`. The project's own text is backend-ebpf/isa/text.ts; both build from the one instruction table.
 */
import { build, ldimm64 } from "../../backend-ebpf/isa/asm.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { formNamed } from "../../backend-ebpf/isa/opcodes.ts";

/** `0x1f`, `31` or `-1`. */
export function parseInteger(text: string): bigint {
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}

/** Slots of the program in `lines` (no comments, no empty lines). Throws Error with the line at fault. */
export function assembleCase(lines: readonly string[]): Insn[] {
  const labels = new Map<string, number>();
  const statements: { text: string; slot: number }[] = [];
  let slot = 0;
  for (const line of lines) {
    const label = /^([A-Za-z_]\w*):$/.exec(line);
    if (label) {
      labels.set(label[1]!, slot);
      continue;
    }
    // The first exit is where jumps to `exit` go.
    if (line === "exit" && !labels.has("exit")) labels.set("exit", slot);
    statements.push({ text: line, slot });
    slot += line.startsWith("lddw") ? 2 : 1;
  }
  return statements.flatMap(({ text, slot: from }) => {
    const made = assembleStatement(text, (target) => {
      if (/^[+-]?\d/.test(target)) return Number(target);
      const to = labels.get(target);
      if (to === undefined) throw new Error(`no label ${target}: ${text}`);
      return to - from - 1;
    });
    if (!made) throw new Error(`no such instruction: ${text}`);
    return Array.isArray(made) ? (made as Insn[]) : [made as Insn];
  });
}

type Distance = (target: string) => number;
interface Statement {
  readonly pattern: RegExp;
  build(groups: string[], distance: Distance): Insn | readonly Insn[];
}

const register = (text: string) => Number(text.replace("%r", ""));
/** 32-bit immediate; the dialect writes it signed or unsigned. */
const immediate = (text: string) => Number(parseInteger(text));
const sourceOf = (text: string) => (text.startsWith("%") ? ({ kind: "reg", src: register(text) } as const) : ({ kind: "imm", imm: immediate(text) } as const));
const bitsOf = (suffix: string | undefined) => (suffix === "32" ? 32 : 64);

const REG = "(%r\\d+)";
const VALUE = "(%r\\d+|[+-]?\\w+)";
const MEMORY = "\\[(%r\\d+)\\s*([+-]\\s*\\w+)?\\]";
const offset = (text: string | undefined) => (text === undefined ? 0 : immediate(text.replace(/[\s+]/g, "")));

const ALU = "add|sub|mul|div|sdiv|or|and|lsh|rsh|mod|smod|xor|mov|arsh";
const JUMP = "jeq|jgt|jge|jset|jne|jsgt|jsge|jlt|jle|jslt|jsle";

const statement = (source: string, make: Statement["build"]): Statement => ({ pattern: new RegExp(`^${source}$`), build: make });

const STATEMENTS: readonly Statement[] = [
  statement("exit", () => build(formNamed("exit"), {})),
  statement(`neg(32|64)? ${REG}`, ([bits, dst]) => build(formNamed(`neg${bitsOf(bits)}`), { dst: register(dst!) })),
  statement(`(be|le|bswap|swap)(16|32|64) ${REG}`, ([to, bits, dst]) => build(formNamed(`${to === "swap" ? "bswap" : to}${bits}`), { dst: register(dst!) })),
  statement(`movsx(8|16|32)(32|64) ${REG}, ${REG}`, ([from, bits, dst, src]) => build(formNamed(`movsx${from}to${bits}`), { dst: register(dst!), src: register(src!) })),
  statement(`lddw ${REG}, ${VALUE}`, ([dst, value]) => ldimm64({ reg: register(dst!) }, parseInteger(value!))),
  statement(`(${ALU})(32|64)? ${REG}, ${VALUE}`, ([op, bits, dst, value]) => {
    const { kind, ...source } = sourceOf(value!);
    return build(formNamed(`${op}${bitsOf(bits)} ${kind}`), { dst: register(dst!), ...source });
  }),
  statement(`(${JUMP})(32)? ${REG}, ${VALUE}, (\\S+)`, ([op, bits, dst, value, target], distance) => {
    const { kind, ...source } = sourceOf(value!);
    return build(formNamed(`${op}${bitsOf(bits)} ${kind}`), { dst: register(dst!), ...source, off: distance(target!) });
  }),
  statement("ja (\\S+)", ([target], distance) => build(formNamed("ja"), { off: distance(target!) })),
  statement("ja32 (\\S+)", ([target], distance) => build(formNamed("gotol"), { imm: distance(target!) })),
  statement(`ldx(s?(?:b|h|w|dw)) ${REG}, ${MEMORY}`, ([size, dst, base, off]) => build(formNamed(`ldx${size}`), { dst: register(dst!), src: register(base!), off: offset(off) })),
  statement(`st(b|h|w|dw) ${MEMORY}, ${VALUE}`, ([size, base, off, imm]) => build(formNamed(`st${size}`), { dst: register(base!), off: offset(off), imm: immediate(imm!) })),
  statement(`stx(b|h|w|dw) ${MEMORY}, ${REG}`, ([size, base, off, src]) => build(formNamed(`stx${size}`), { dst: register(base!), src: register(src!), off: offset(off) })),
  statement(`lock (fetch )?(add|or|and|xor|xchg|cmpxchg)(32)? ${MEMORY}, ${REG}`, ([fetch, op, bits, base, off, src]) =>
    build(formNamed(`atomic${bitsOf(bits)} ${fetch ?? ""}${op}`), { dst: register(base!), src: register(src!), off: offset(off) }),
  ),
  statement(`call ${REG}`, ([target]) => build(formNamed("callx"), { dst: register(target!) })),
  statement("call local (\\S+)", ([target], distance) => build(formNamed("call subprogram"), { imm: distance(target!) })),
  statement("call (\\w+)", ([id]) => build(formNamed("call helper"), { imm: immediate(id!) })),
];

function assembleStatement(text: string, distance: Distance): Insn | readonly Insn[] | undefined {
  const normal = text.replace(/\s+/g, " ").replace(/ ?, ?/g, ", ");
  for (const { pattern, build: make } of STATEMENTS) {
    const match = pattern.exec(normal);
    if (match) return make(match.slice(1), distance);
  }
  return undefined;
}
