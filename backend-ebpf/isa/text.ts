/**
 * The assembler: text in the disassembler's dialect (disasm.ts) → instruction slots. One instruction a line; `;` and `//`
 * start comments; `name:` defines a label that jumps and subprogram calls may name instead of a distance (`goto done`,
 * `call pc+2`, `call local done`). `.insn OPCODE DST SRC OFF IMM` gives any slot.
 */
import { build, ldpseudo, reg } from "./asm.ts";
import type { Insn } from "./insn.ts";
import { ALU_OPS, ATOMIC_OPS, formNamed, JUMP_OPS, PSEUDO_NAMES, type PseudoName, SIZES } from "./opcodes.ts";

/** A line that is no instruction. `line` is 1-based. */
export class AssemblyError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

/** Distance in slots from slot `from` to what `target` (a number or label) names. */
type Distance = (target: string) => number;

interface Pattern {
  readonly pattern: RegExp;
  /** Undefined: the text looks right but no such instruction exists. */
  build(groups: string[], distance: Distance): Insn | readonly Insn[] | undefined;
}

const aluNames = new Map<string, string>(ALU_OPS.flatMap((row) => [[row.symbol, row.op] as const, ...("signed" in row ? [[row.signed.symbol, row.signed.op] as const] : [])]));
const jumpNames = new Map<string, string>(JUMP_OPS.map((row) => [row.symbol, row.op]));
const atomicNames = new Map<string, string>(ATOMIC_OPS.flatMap((row) => ("symbol" in row ? [[row.symbol, row.op] as const] : [])));
const typeRows = new Map(SIZES.flatMap((row) => [[row.type, { ...row, signed: false }] as const, [row.signedType, { ...row, signed: true }] as const]) as [string, (typeof SIZES)[number] & { signed: boolean }][]);

const quoted = (symbol: string) => symbol.replace(/[|^*+]/g, "\\$&");
// Longest first, so that `>>=` is not read as `>`.
const alternatives = (symbols: Iterable<string>) => [...symbols].sort((a, b) => b.length - a.length).map(quoted).join("|");

const REG = "([rw])(\\d+)";
const NUMBER = "(-?(?:0x[0-9a-f]+|\\d+))";
const MEMORY = `\\(([us]\\d+) \\*\\)\\(r(\\d+) ?([+-] ?\\d+)\\)`;
const TARGET = "(?:pc)?([+-]\\d+|[A-Za-z_.][\\w.]*)";

const number = (text: string) => Number(text.startsWith("-") ? -Number(text.slice(1)) : Number(text));
const offset = (text: string) => Number(text.replace(" ", ""));
const width = (letter: string) => (letter === "w" ? 32 : 64);
const register = (text: string) => reg(Number(text)).reg;
/** An access of one of `bits` sizes with a type of the wanted signedness, or undefined. */
const access = (type: string, signed = false) => (typeRows.get(type)?.signed === signed ? typeRows.get(type) : undefined);

const pattern = (source: string, build: Pattern["build"]): Pattern => ({ pattern: new RegExp(`^${source}$`, "i"), build });

const PATTERNS: readonly Pattern[] = [
  pattern("exit", () => build(formNamed("exit"), {})),
  pattern(`${REG} = -${REG}`, ([letter, dst, again, src]) => (letter === again && dst === src ? build(formNamed(`neg${width(letter!)}`), { dst: register(dst!) }) : undefined)),
  pattern(`${REG} = \\(s(8|16|32)\\)${REG}`, ([letter, dst, from, again, src]) => {
    if (letter !== again || (letter === "w" && from === "32")) return undefined;
    return build(formNamed(`movsx${from}to${width(letter!)}`), { dst: register(dst!), src: register(src!) });
  }),
  pattern("r(\\d+) = (le|be|bswap)(16|32|64) r(\\d+)", ([dst, to, bits, again]) => (dst === again ? build(formNamed(`${to}${bits}`), { dst: register(dst!) }) : undefined)),
  pattern(`r(\\d+) = ${NUMBER} ll`, ([dst, value]) => {
    const wide = value!.startsWith("-") ? -BigInt(value!.slice(1)) : BigInt(value!);
    return ldpseudo(reg(Number(dst)), "imm64", Number(BigInt.asIntN(32, wide)), Number(BigInt.asIntN(32, wide >> 32n)));
  }),
  pattern(`r(\\d+) = (${PSEUDO_NAMES.slice(1).join("|")})\\(${NUMBER}, ${NUMBER}\\)`, ([dst, pseudo, low, high]) =>
    ldpseudo(reg(Number(dst)), pseudo as PseudoName, number(low!), number(high!)),
  ),
  pattern("r(\\d+) = addr_space_cast\\(r(\\d+), (\\d+), (\\d+)\\)", ([dst, src, to, from]) =>
    build(formNamed("addr_space_cast"), { dst: register(dst!), src: register(src!), imm: (Number(to) << 16) | Number(from) }),
  ),
  pattern("r(\\d+) = &\\(void __percpu \\*\\)\\(r(\\d+)\\)", ([dst, src]) => build(formNamed("percpu_address"), { dst: register(dst!), src: register(src!) })),
  pattern(`r(\\d+) = \\*${MEMORY}`, ([dst, type, base, off]) => {
    const size = typeRows.get(type!);
    if (!size || (size.signed && size.bits === 64)) return undefined;
    return build(formNamed(`ldx${size.signed ? "s" : ""}${size.suffix}`), { dst: register(dst!), src: register(base!), off: offset(off!) });
  }),
  pattern(`\\*${MEMORY} = (?:r(\\d+)|${NUMBER})`, ([type, base, off, src, imm]) => {
    const size = access(type!);
    const where = { dst: register(base!), off: offset(off!) };
    return size && (src === undefined ? build(formNamed(`st${size.suffix}`), { ...where, imm: number(imm!) }) : build(formNamed(`stx${size.suffix}`), { ...where, src: register(src) }));
  }),
  pattern(`lock \\*${MEMORY} (${alternatives(atomicNames.keys())}) r(\\d+)`, ([type, base, off, symbol, src]) => atomicInsn(type!, atomicNames.get(symbol!)!, base!, off!, src!)),
  pattern(`r(\\d+) = atomic(64)?_(xchg|cmpxchg|fetch_add|fetch_or|fetch_and|fetch_xor)\\(${MEMORY}, (?:r0, )?r(\\d+)\\)`, ([old, , op, type, base, off, src]) =>
    Number(old) === (op === "cmpxchg" ? 0 : Number(src)) ? atomicInsn(type!, op!.replace("_", " "), base!, off!, src!) : undefined,
  ),
  pattern(`r(\\d+) = load_acquire\\(${MEMORY}\\)`, ([dst, type, base, off]) => {
    const size = access(type!);
    return size && build(formNamed(`load_acquire${size.bits}`), { dst: register(dst!), src: register(base!), off: offset(off!) });
  }),
  pattern(`store_release\\(${MEMORY}, r(\\d+)\\)`, ([type, base, off, src]) => {
    const size = access(type!);
    return size && build(formNamed(`store_release${size.bits}`), { dst: register(base!), src: register(src!), off: offset(off!) });
  }),
  pattern(`r0 = \\*\\((u8|u16|u32) \\*\\)skb\\[(?:r(\\d+) \\+ )?${NUMBER}\\]`, ([type, src, imm]) => {
    const name = `${src === undefined ? "ldabs" : "ldind"}${access(type!)!.suffix}`;
    return build(formNamed(name), { imm: number(imm!), ...(src === undefined ? {} : { src: register(src) }) });
  }),
  pattern(`${REG} (${alternatives(aluNames.keys())}) (?:${REG}|${NUMBER})`, ([letter, dst, symbol, again, src, imm]) => {
    if (again !== undefined && again !== letter) return undefined;
    const name = `${aluNames.get(symbol!)}${width(letter!)}`;
    return src === undefined ? build(formNamed(`${name} imm`), { dst: register(dst!), imm: number(imm!) }) : build(formNamed(`${name} reg`), { dst: register(dst!), src: register(src) });
  }),
  pattern(`if ${REG} (${alternatives(jumpNames.keys())}) (?:${REG}|${NUMBER}) goto ${TARGET}`, ([letter, dst, symbol, again, src, imm, target], distance) => {
    if (again !== undefined && again !== letter) return undefined;
    const name = `${jumpNames.get(symbol!)}${width(letter!)}`;
    const where = { dst: register(dst!), off: distance(target!) };
    return src === undefined ? build(formNamed(`${name} imm`), { ...where, imm: number(imm!) }) : build(formNamed(`${name} reg`), { ...where, src: register(src) });
  }),
  pattern(`goto ${TARGET}`, ([target], distance) => build(formNamed("ja"), { off: distance(target!) })),
  pattern(`gotol ${TARGET}`, ([target], distance) => build(formNamed("gotol"), { imm: distance(target!) })),
  pattern(`may_goto ${TARGET}`, ([target], distance) => build(formNamed("may_goto"), { off: distance(target!) })),
  pattern("call pc([+-]\\d+)", ([target]) => build(formNamed("call subprogram"), { imm: Number(target) })),
  pattern(`call local ${TARGET}`, ([target], distance) => build(formNamed("call subprogram"), { imm: distance(target!) })),
  pattern("call kfunc \\S*#(-?\\d+)(?: fd (-?\\d+))?", ([id, btf]) => build(formNamed("call kfunc"), { imm: Number(id), off: Number(btf ?? 0) })),
  pattern("call (?:\\S*#)?(-?\\d+)", ([id]) => build(formNamed("call helper"), { imm: Number(id) })),
  pattern("callx r(\\d+)", ([dst]) => build(formNamed("callx"), { dst: register(dst!) })),
  pattern(`\\.insn ${NUMBER} ${NUMBER} ${NUMBER} ${NUMBER} ${NUMBER}`, (fields) => {
    const [opcode, dst, src, off, imm] = fields.map(number) as [number, number, number, number, number];
    return { opcode: opcode & 0xff, dst: dst & 15, src: src & 15, off: (off << 16) >> 16, imm: imm | 0 };
  }),
];

function atomicInsn(type: string, words: string, base: string, off: string, src: string): Insn | undefined {
  const size = access(type);
  if (!size || size.bits < 32) return undefined;
  return build(formNamed(`atomic${size.bits} ${words}`), { dst: register(base), src: register(src), off: offset(off) });
}

/** One line's instruction, or throws Error with what is wrong. */
function assembleLine(text: string, distance: Distance): readonly Insn[] {
  for (const { pattern: shape, build: make } of PATTERNS) {
    const match = shape.exec(text);
    if (!match) continue;
    const made = make(match.slice(1), distance);
    if (made) return Array.isArray(made) ? (made as readonly Insn[]) : [made as Insn];
  }
  throw new Error(`no such instruction: ${text}`);
}

/** Assembles a whole text. Throws AssemblyError. */
export function assemble(text: string): Insn[] {
  const labels = new Map<string, number>();
  const lines: { text: string; line: number; slot: number }[] = [];
  let slot = 0;
  for (const [index, raw] of text.split("\n").entries()) {
    let rest = raw.replace(/(;|\/\/).*/, "").trim().replace(/\s+/g, " ");
    for (let label = /^([A-Za-z_.][\w.]*): ?/.exec(rest); label; label = /^([A-Za-z_.][\w.]*): ?/.exec(rest)) {
      if (labels.has(label[1]!)) throw new AssemblyError(index + 1, `label ${label[1]} is defined twice`);
      labels.set(label[1]!, slot);
      rest = rest.slice(label[0].length);
    }
    if (rest === "") continue;
    lines.push({ text: rest, line: index + 1, slot });
    slot += / ll$|= (?:map|btf|func)_?\w*\(/.test(rest) ? 2 : 1;
  }
  return lines.flatMap(({ text: line, line: at, slot: from }) => {
    try {
      return assembleLine(line, (target) => {
        if (/^[+-]/.test(target)) return Number(target);
        const to = labels.get(target);
        if (to === undefined) throw new Error(`no label ${target}`);
        return to - from - 1;
      });
    } catch (error) {
      throw new AssemblyError(at, (error as Error).message);
    }
  });
}
