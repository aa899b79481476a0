/**
 * Instruction → text in the style of the Linux kernel's verifier log (the operators of kernel/bpf/disasm.c), so that the
 * simulator's messages read like the kernel's. Two dialects: the log's, where some texts are ambiguous, and the
 * assembler's (text.ts), where each text means one instruction. Never throws, whatever the bytes.
 */
import type { Insn } from "./insn.ts";
import { type Action, ALU_OPS, ATOMIC_OPS, CLASS, formOf, isWide, JUMP_OPS, MODE, reservedFieldsAreClear, SIZES, SOURCE } from "./opcodes.ts";

/** Names that the bytes don't hold. Undefined: none known. */
export interface InsnNames {
  /** `bpf_ktime_get_ns` for helper 5. */
  helper?(id: number): string | undefined;
  /** Of the kfunc called by this instruction, and its number in the text (default imm). */
  kfunc?(insn: Insn): { readonly name: string; readonly id?: number } | undefined;
  /** Value that the kernel would show for a ldimm64 with a pseudo source, e.g. a masked address. */
  pseudo?(insn: Insn, next: Insn): string | undefined;
}

const aluSymbols = new Map<string, string>(ALU_OPS.flatMap((row) => [[row.op, row.symbol] as const, ...("signed" in row ? [[row.signed.op, row.signed.symbol] as const] : [])]));
const jumpSymbols = new Map<string, string>(JUMP_OPS.map((row) => [row.op, row.symbol]));
const atomicSymbols = new Map<string, string>(ATOMIC_OPS.flatMap((row) => ("symbol" in row ? [[row.op, row.symbol] as const] : [])));
const unsignedTypes = new Map<number, string>(SIZES.map((row) => [row.bits, row.type]));
const signedTypes = new Map<number, string>(SIZES.map((row) => [row.bits, row.signedType]));

const plus = (value: number) => (value < 0 ? `${value}` : `+${value}`);
const hex = (value: number) => `0x${(value >>> 0).toString(16)}`;
const reg = (number: number, bits: 32 | 64 = 64) => `${bits === 32 ? "w" : "r"}${number}`;
const memory = (type: string, base: number, off: number) => `(${type} *)(r${base} ${plus(off)})`;
const code = (insn: Insn) => insn.opcode.toString(16).padStart(2, "0");

/** The 64-bit immediate of a ldimm64, unsigned. `next` absent: its high half counts as 0. */
export function wideImmediate(insn: Insn, next: Insn | undefined): bigint {
  return (BigInt.asUintN(32, BigInt(next?.imm ?? 0)) << 32n) | BigInt.asUintN(32, BigInt(insn.imm));
}

const LAST_REGISTER = 10;
type Dialect = "log" | "assembler";

function formatAction(action: Action, insn: Insn, next: Insn | undefined, names: InsnNames, dialect: Dialect): string {
  const { dst, src, off, imm } = insn;
  const size = (bits: number) => (bits === 64 ? "64" : "");
  switch (action.kind) {
    case "alu":
      return `${reg(dst, action.bits)} ${aluSymbols.get(action.op)} ${action.source === "imm" ? imm : reg(src, action.bits)}`;
    case "neg":
      return `${reg(dst, action.bits)} = -${reg(dst, action.bits)}`;
    case "movsx":
      return `${reg(dst, action.bits)} = (s${action.from})${reg(src, action.bits)}`;
    case "end":
      return `r${dst} = ${action.to === "swap" ? "bswap" : action.to}${action.bits} r${dst}`;
    case "addr_space_cast":
      return `r${dst} = addr_space_cast(r${src}, ${imm >>> 16}, ${imm & 0xffff})`;
    case "percpu_address":
      return `r${dst} = &(void __percpu *)(r${src})`;
    case "load":
      return `r${dst} = *${memory((action.signed ? signedTypes : unsignedTypes).get(action.bits)!, src, off)}`;
    case "store":
      return `*${memory(unsignedTypes.get(action.bits)!, dst, off)} = ${action.source === "imm" ? imm : reg(src)}`;
    case "atomic": {
      const where = memory(unsignedTypes.get(action.bits)!, dst, off);
      if (!action.fetch) return `lock *${where} ${atomicSymbols.get(action.op)} r${src}`;
      if (action.op === "cmpxchg") return `r0 = atomic${size(action.bits)}_cmpxchg(${where}, r0, r${src})`;
      return `r${src} = atomic${size(action.bits)}_${action.op === "xchg" ? "xchg" : `fetch_${action.op}`}(${where}, r${src})`;
    }
    case "load_acquire":
      return `r${dst} = load_acquire(${memory(unsignedTypes.get(action.bits)!, src, off)})`;
    case "store_release":
      return `store_release(${memory(unsignedTypes.get(action.bits)!, dst, off)}, r${src})`;
    case "ldimm64": {
      const named = action.pseudo === "imm64" || !next ? undefined : names.pseudo?.(insn, next);
      if (dialect === "log") return `r${dst} = ${named ?? `0x${wideImmediate(insn, next).toString(16)}`}`;
      if (action.pseudo === "imm64") return `r${dst} = 0x${wideImmediate(insn, next).toString(16)} ll`;
      return `r${dst} = ${action.pseudo}(${imm}, ${next?.imm ?? 0})`;
    }
    case "packet":
      return `r0 = *(${unsignedTypes.get(action.bits)} *)skb[${action.indirect ? `r${src} + ` : ""}${imm}]`;
    case "jump":
      return `if ${reg(dst, action.bits)} ${jumpSymbols.get(action.op)} ${action.source === "imm" ? hex(imm) : reg(src, action.bits)} goto pc${plus(off)}`;
    case "goto":
      return `goto pc${plus(off)}`;
    case "gotol":
      return `gotol pc${plus(imm)}`;
    case "may_goto":
      return `may_goto pc${plus(off)}`;
    case "call":
      return formatCall(action.callee, insn, names, dialect);
    case "callx":
      return `callx r${dst}`;
    case "exit":
      return "exit";
  }
}

function formatCall(callee: "helper" | "subprogram" | "kfunc", insn: Insn, names: InsnNames, dialect: Dialect): string {
  if (callee === "subprogram") return `call pc${plus(insn.imm)}`;
  if (callee === "helper") return `call ${names.helper?.(insn.imm) ?? "unknown"}#${insn.imm}`;
  const known = names.kfunc?.(insn);
  if (dialect === "log") return `call ${known?.name ?? "unknown"}#${known?.id ?? insn.imm}`;
  return `call kfunc ${known?.name ?? "unknown"}#${insn.imm}${insn.off === 0 ? "" : ` fd ${insn.off}`}`;
}

/** Text of what no form describes, as the kernel's log has it: by class and mode, ignoring what is wrong. */
function formatMalformed(insn: Insn): string {
  const { opcode } = insn;
  switch (opcode & 7) {
    case CLASS.STX:
      return `BUG_${code(insn)}`;
    case CLASS.ST:
      return (opcode & 0xe0) === MODE.ATOMIC ? `(${code(insn)}) nospec` : `BUG_st_${code(insn)}`;
    case CLASS.LDX:
      return `BUG_ldx_${code(insn)}`;
    case CLASS.LD:
      return `BUG_ld_${code(insn)}`;
    case CLASS.JMP:
    case CLASS.JMP32:
      return `(${code(insn)}) ${malformedJump(insn)}`;
    default:
      return `(${code(insn)}) ${malformedAlu(insn)}`;
  }
}

/** Operators by the high nibble of the opcode; the gaps in the table show as the kernel shows them. */
const ALU_BY_CODE = new Map<number, string>([...ALU_OPS.map((row) => [row.code, row.symbol] as const), [0xe0, "(null)"], [0xf0, "(null)"]]);
const JUMP_BY_CODE = new Map<number, string>([[0, "jump"], ...JUMP_OPS.map((row) => [row.code, row.symbol] as const), [0x80, "call"], [0x90, "exit"], [0xe0, "(null)"], [0xf0, "(null)"]]);

function malformedAlu(insn: Insn): string {
  const { opcode, dst, src, imm } = insn;
  const bits = (opcode & 7) === CLASS.ALU ? 32 : 64;
  if ((opcode & 0xf0) === 0x80) return `${reg(dst, bits)} = -${reg(dst, bits)}`;
  if ((opcode & 0xf0) === 0xd0) return `r${dst} = ${bits === 64 ? "bswap" : opcode & SOURCE.X ? "be" : "le"}${imm} r${dst}`;
  return `${reg(dst, bits)} ${ALU_BY_CODE.get(opcode & 0xf0)} ${opcode & SOURCE.X ? reg(src, bits) : imm}`;
}

function malformedJump(insn: Insn): string {
  const { opcode, dst, src, off, imm } = insn;
  const bits = (opcode & 7) === CLASS.JMP32 ? 32 : 64;
  if ((opcode & 0xf0) === 0x80) return `call unknown#${imm}`;
  return `if ${reg(dst, bits)} ${JUMP_BY_CODE.get(opcode & 0xf0)} ${opcode & SOURCE.X ? reg(src, bits) : hex(imm)} goto pc${plus(off)}`;
}

/** The instruction in slot `i` as the kernel's log prints it, opcode first: `(61) r0 = *(u32 *)(r1 +4)`. */
export function formatLogInsn(insns: readonly Insn[], i: number, names: InsnNames = {}): string {
  const insn = insns[i]!;
  const form = formOf(insn);
  return form ? `(${code(insn)}) ${formatAction(form.action, insn, insns[i + 1], names, "log")}` : formatMalformed(insn);
}

/** The same without the opcode: `r0 = *(u32 *)(r1 +4)`. */
export function formatInsn(insns: readonly Insn[], i: number, names: InsnNames = {}): string {
  return formatLogInsn(insns, i, names).replace(/^\([0-9a-f]{2}\) /, "");
}

/**
 * The instruction in slot `i` as one line of assembly that text.ts turns into the same bytes. What has no text of its own
 * (malformed, or reserved fields in use) becomes `.insn OPCODE DST SRC OFF IMM`. Second slots of ldimm64 are not asked for.
 */
export function disassembleInsn(insns: readonly Insn[], i: number, names: InsnNames = {}): string {
  const insn = insns[i]!;
  const next = insns[i + 1];
  const form = formOf(insn);
  const registersExist = insn.dst <= LAST_REGISTER && insn.src <= LAST_REGISTER;
  if (form && registersExist && reservedFieldsAreClear(insn, form) && (!isWide(insn) || secondSlotIsPlain(next))) return formatAction(form.action, insn, next, names, "assembler");
  return `.insn ${hex(insn.opcode)} ${insn.dst} ${insn.src} ${insn.off} ${insn.imm}`;
}

function secondSlotIsPlain(next: Insn | undefined): boolean {
  return next !== undefined && next.opcode === 0 && next.dst === 0 && next.src === 0 && next.off === 0;
}

/** A whole program, one line an instruction. text.ts's `assemble` gives the same slots again. */
export function disassemble(insns: readonly Insn[], names: InsnNames = {}): string {
  const lines: string[] = [];
  for (let i = 0; i < insns.length; i++) {
    const line = disassembleInsn(insns, i, names);
    lines.push(line);
    if (isWide(insns[i]!) && !line.startsWith(".")) i++;
  }
  return lines.join("\n");
}
