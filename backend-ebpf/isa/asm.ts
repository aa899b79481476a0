/**
 * Functions that build instructions and read like assembly: `add64(R1, R2)`, `load(32, R0, R1, 4)`, `jne(R1, 0, 3)`.
 * Jump distances are in slots from the next instruction. Each returns one slot, except ldimm64 (two): spread it.
 * Ranges: registers 0…10, `off` signed 16 bits, `imm` any 32 bits, signed or unsigned; RangeError otherwise.
 */
import type { Insn } from "./insn.ts";
import { type AccessBits, type AluOp, type AtomicOp, type Form, formNamed, type JumpOp, PSEUDO_NAMES, type PseudoName } from "./opcodes.ts";

/** A register as an operand, so that it can't be mixed up with a number. */
export interface Reg {
  readonly reg: number;
}
export type Operand = Reg | number;

/** Register `number`, 0…10. */
export function reg(number: number): Reg {
  if (!Number.isInteger(number) || number < 0 || number > 10) throw new RangeError(`no register r${number}`);
  return { reg: number };
}
export const [R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10] = Array.from({ length: 11 }, (_, i) => reg(i)) as [Reg, Reg, Reg, Reg, Reg, Reg, Reg, Reg, Reg, Reg, Reg];
/** The frame pointer, read only. */
export const FP = R10;

/** An instruction of `form` with the given operands; fields that select the form are filled in. */
export function build(form: Form, operands: { dst?: number; src?: number; off?: number; imm?: number }): Insn {
  const fields = { dst: 0, src: 0, off: 0, imm: 0, ...form.selects, ...operands };
  if (!Number.isInteger(fields.off) || fields.off < -0x8000 || fields.off > 0x7fff) throw new RangeError(`offset ${fields.off} does not fit 16 bits`);
  if (!Number.isInteger(fields.imm) || fields.imm < -0x80000000 || fields.imm > 0xffffffff) throw new RangeError(`immediate ${fields.imm} does not fit 32 bits`);
  return { opcode: form.opcode, dst: fields.dst, src: fields.src, off: fields.off, imm: fields.imm | 0 };
}

const sourceOf = (operand: Operand) => (typeof operand === "number" ? { kind: "imm", imm: operand } : { kind: "reg", src: operand.reg }) as { kind: "imm" | "reg"; imm?: number; src?: number };

function withSource(name: string, dst: Reg, operand: Operand, off?: number): Insn {
  const { kind, ...field } = sourceOf(operand);
  return build(formNamed(`${name} ${kind}`), { dst: dst.reg, ...field, ...(off === undefined ? {} : { off }) });
}

/** `dst = dst OP source` on 32 (upper half zeroed) or 64 bits. */
export function alu(op: AluOp, bits: 32 | 64, dst: Reg, source: Operand): Insn {
  return withSource(`${op}${bits}`, dst, source);
}
const alu64 = (op: AluOp) => (dst: Reg, source: Operand) => alu(op, 64, dst, source);
const alu32 = (op: AluOp) => (dst: Reg, source: Operand) => alu(op, 32, dst, source);

export const mov64 = alu64("mov");
export const add64 = alu64("add");
export const sub64 = alu64("sub");
export const mul64 = alu64("mul");
export const div64 = alu64("div");
export const sdiv64 = alu64("sdiv");
export const mod64 = alu64("mod");
export const smod64 = alu64("smod");
export const or64 = alu64("or");
export const and64 = alu64("and");
export const xor64 = alu64("xor");
export const lsh64 = alu64("lsh");
export const rsh64 = alu64("rsh");
export const arsh64 = alu64("arsh");
export const mov32 = alu32("mov");
export const add32 = alu32("add");
export const sub32 = alu32("sub");
export const mul32 = alu32("mul");
export const div32 = alu32("div");
export const sdiv32 = alu32("sdiv");
export const mod32 = alu32("mod");
export const smod32 = alu32("smod");
export const or32 = alu32("or");
export const and32 = alu32("and");
export const xor32 = alu32("xor");
export const lsh32 = alu32("lsh");
export const rsh32 = alu32("rsh");
export const arsh32 = alu32("arsh");

/** `dst = -dst`. */
export function neg(bits: 32 | 64, dst: Reg): Insn {
  return build(formNamed(`neg${bits}`), { dst: dst.reg });
}
/** `dst` = the low `from` bits of `src`, sign-extended to `bits`. */
export function movsx(from: 8 | 16 | 32, bits: 32 | 64, dst: Reg, src: Reg): Insn {
  return build(formNamed(`movsx${from}to${bits}`), { dst: dst.reg, src: src.reg });
}
/** The low `bits` of `dst` to or from little or big endian, the rest zeroed. */
export function le(bits: 16 | 32 | 64, dst: Reg): Insn {
  return build(formNamed(`le${bits}`), { dst: dst.reg });
}
export function be(bits: 16 | 32 | 64, dst: Reg): Insn {
  return build(formNamed(`be${bits}`), { dst: dst.reg });
}
/** Reverses the low `bits / 8` bytes, the rest zeroed. */
export function bswap(bits: 16 | 32 | 64, dst: Reg): Insn {
  return build(formNamed(`bswap${bits}`), { dst: dst.reg });
}
/** Converts an arena pointer between address spaces. */
export function addrSpaceCast(dst: Reg, src: Reg, to: number, from: number): Insn {
  return build(formNamed("addr_space_cast"), { dst: dst.reg, src: src.reg, imm: (to << 16) | from });
}

const suffix = { 8: "b", 16: "h", 32: "w", 64: "dw" } as const;

/** `dst = *(uBITS *)(base + off)`. */
export function load(bits: AccessBits, dst: Reg, base: Reg, off: number): Insn {
  return build(formNamed(`ldx${suffix[bits]}`), { dst: dst.reg, src: base.reg, off });
}
/** The same, sign-extended. */
export function loadSigned(bits: 8 | 16 | 32, dst: Reg, base: Reg, off: number): Insn {
  return build(formNamed(`ldxs${suffix[bits]}`), { dst: dst.reg, src: base.reg, off });
}
/** `*(uBITS *)(base + off) = source`; a 64-bit store sign-extends its immediate. */
export function store(bits: AccessBits, base: Reg, off: number, source: Operand): Insn {
  const name = `${typeof source === "number" ? "st" : "stx"}${suffix[bits]}`;
  return build(formNamed(name), { dst: base.reg, off, ...(typeof source === "number" ? { imm: source } : { src: source.reg }) });
}
/** Atomic read-modify-write; with `fetch` the old value goes to `src` (cmpxchg: to r0, and always). */
export function atomic(op: AtomicOp, bits: 32 | 64, base: Reg, off: number, src: Reg, fetch = false): Insn {
  const words = fetch && op !== "xchg" && op !== "cmpxchg" ? `fetch ${op}` : op;
  return build(formNamed(`atomic${bits} ${words}`), { dst: base.reg, src: src.reg, off });
}
export function loadAcquire(bits: AccessBits, dst: Reg, base: Reg, off: number): Insn {
  return build(formNamed(`load_acquire${bits}`), { dst: dst.reg, src: base.reg, off });
}
export function storeRelease(bits: AccessBits, base: Reg, off: number, src: Reg): Insn {
  return build(formNamed(`store_release${bits}`), { dst: base.reg, src: src.reg, off });
}

/** `dst = value`, any 64 bits. */
export function ldimm64(dst: Reg, value: bigint): [Insn, Insn] {
  return ldpseudo(dst, "imm64", Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}
/** `dst` = what two immediates name: for maps the descriptor (or index) and an offset into the value. */
export function ldpseudo(dst: Reg, pseudo: PseudoName, low: number, high = 0): [Insn, Insn] {
  const form = formNamed(pseudo === "imm64" ? "lddw" : `lddw ${PSEUDO_NAMES[PSEUDO_NAMES.indexOf(pseudo)]}`);
  return [build(form, { dst: dst.reg, imm: low }), { opcode: 0, dst: 0, src: 0, off: 0, imm: high | 0 }];
}

/** `if dst OP source goto off`, comparing 32 or 64 bits. */
export function jump(op: JumpOp, bits: 32 | 64, dst: Reg, source: Operand, off: number): Insn {
  return withSource(`${op}${bits}`, dst, source, off);
}
const jump64 = (op: JumpOp) => (dst: Reg, source: Operand, off: number) => jump(op, 64, dst, source, off);
export const jeq = jump64("jeq");
export const jne = jump64("jne");
export const jgt = jump64("jgt");
export const jge = jump64("jge");
export const jlt = jump64("jlt");
export const jle = jump64("jle");
export const jset = jump64("jset");
export const jsgt = jump64("jsgt");
export const jsge = jump64("jsge");
export const jslt = jump64("jslt");
export const jsle = jump64("jsle");

export function goto(off: number): Insn {
  return build(formNamed("ja"), { off });
}
/** goto with a 32-bit distance (ISA v4). */
export function gotol(distance: number): Insn {
  return build(formNamed("gotol"), { imm: distance });
}
/** Jumps by `off` when the loop budget is used up (Linux 6.9). */
export function mayGoto(off: number): Insn {
  return build(formNamed("may_goto"), { off });
}
export function callHelper(id: number): Insn {
  return build(formNamed("call helper"), { imm: id });
}
/** `id`: BTF id, or an index where programs are linked symbolically. `btf`: index in fd_array. */
export function callKfunc(id: number, btf = 0): Insn {
  return build(formNamed("call kfunc"), { imm: id, off: btf });
}
/** Calls the subprogram that starts `distance` slots behind the next instruction. */
export function callSubprogram(distance: number): Insn {
  return build(formNamed("call subprogram"), { imm: distance });
}
/** Calls the helper whose number `target` holds; refused by the kernel. */
export function callIndirect(target: Reg): Insn {
  return build(formNamed("callx"), { dst: target.reg });
}
export function exit(): Insn {
  return build(formNamed("exit"), {});
}
