/**
 * The ONE instruction table: every form of instruction of RFC 9669 (sections 4 and 5) and of Linux's additions, with the
 * fields that select it, its operands, and what it does in words that the assembler, the disassembler and the
 * interpreter share. Data and look-ups only. Opcode bits: class in the low three; ALU and jump classes have the source
 * (immediate or register) in bit 3 and the operation in the high four; load and store classes have the size in bits 3–4
 * and the mode in bits 5–7.
 */
import type { Insn } from "./insn.ts";

export const CLASS = { LD: 0x00, LDX: 0x01, ST: 0x02, STX: 0x03, ALU: 0x04, JMP: 0x05, JMP32: 0x06, ALU64: 0x07 } as const;
export const SOURCE = { K: 0x00, X: 0x08 } as const;
export const SIZE = { W: 0x00, H: 0x08, B: 0x10, DW: 0x18 } as const;
export const MODE = { IMM: 0x00, ABS: 0x20, IND: 0x40, MEM: 0x60, MEMSX: 0x80, ATOMIC: 0xc0 } as const;
export const NEG = 0x80;
export const END = 0xd0;
export const MOV = 0xb0;
export const JUMP = { JA: 0x00, CALL: 0x80, EXIT: 0x90, JCOND: 0xe0 } as const;
/** Values of `src` in a call instruction. */
export const CALL_KIND = { HELPER: 0, SUBPROGRAM: 1, KFUNC: 2 } as const;
/** `src` of a JCOND that is may_goto. */
export const MAY_GOTO = 0;
/** `off` of a mov that is addr_space_cast, and of one that is a per-CPU address. */
export const ADDR_SPACE_CAST = 1;
export const PERCPU_ADDRESS = -1;

/** Operations of ALU and ALU64, with the kernel's assignment operator. `signed` forms have off = 1 (ISA v4). */
export const ALU_OPS = [
  { op: "add", code: 0x00, symbol: "+=" },
  { op: "sub", code: 0x10, symbol: "-=" },
  { op: "mul", code: 0x20, symbol: "*=" },
  { op: "div", code: 0x30, symbol: "/=", signed: { op: "sdiv", symbol: "s/=" } },
  { op: "or", code: 0x40, symbol: "|=" },
  { op: "and", code: 0x50, symbol: "&=" },
  { op: "lsh", code: 0x60, symbol: "<<=" },
  { op: "rsh", code: 0x70, symbol: ">>=" },
  { op: "mod", code: 0x90, symbol: "%=", signed: { op: "smod", symbol: "s%=" } },
  { op: "xor", code: 0xa0, symbol: "^=" },
  { op: "mov", code: MOV, symbol: "=" },
  { op: "arsh", code: 0xc0, symbol: "s>>=" },
] as const;
type AluRow = (typeof ALU_OPS)[number];
export type AluOp = AluRow["op"] | Extract<AluRow, { signed: object }>["signed"]["op"];

/** Conditional jumps, with the kernel's comparison operator. */
export const JUMP_OPS = [
  { op: "jeq", code: 0x10, symbol: "==" },
  { op: "jgt", code: 0x20, symbol: ">" },
  { op: "jge", code: 0x30, symbol: ">=" },
  { op: "jset", code: 0x40, symbol: "&" },
  { op: "jne", code: 0x50, symbol: "!=" },
  { op: "jsgt", code: 0x60, symbol: "s>" },
  { op: "jsge", code: 0x70, symbol: "s>=" },
  { op: "jlt", code: 0xa0, symbol: "<" },
  { op: "jle", code: 0xb0, symbol: "<=" },
  { op: "jslt", code: 0xc0, symbol: "s<" },
  { op: "jsle", code: 0xd0, symbol: "s<=" },
] as const;
export type JumpOp = (typeof JUMP_OPS)[number]["op"];

/** Memory accesses by size: bytes, and the C type in the kernel's text. */
export const SIZES = [
  { bits: 8, code: SIZE.B, type: "u8", signedType: "s8", suffix: "b" },
  { bits: 16, code: SIZE.H, type: "u16", signedType: "s16", suffix: "h" },
  { bits: 32, code: SIZE.W, type: "u32", signedType: "s32", suffix: "w" },
  { bits: 64, code: SIZE.DW, type: "u64", signedType: "s64", suffix: "dw" },
] as const;
export type AccessBits = (typeof SIZES)[number]["bits"];

/** Atomic operations by the value of `imm`. Without `fetch` the old value is dropped. */
export const ATOMIC_OPS = [
  { op: "add", imm: 0x00, fetch: false, symbol: "+=" },
  { op: "or", imm: 0x40, fetch: false, symbol: "|=" },
  { op: "and", imm: 0x50, fetch: false, symbol: "&=" },
  { op: "xor", imm: 0xa0, fetch: false, symbol: "^=" },
  { op: "add", imm: 0x01, fetch: true },
  { op: "or", imm: 0x41, fetch: true },
  { op: "and", imm: 0x51, fetch: true },
  { op: "xor", imm: 0xa1, fetch: true },
  { op: "xchg", imm: 0xe1, fetch: true },
  { op: "cmpxchg", imm: 0xf1, fetch: true },
] as const;
export type AtomicOp = (typeof ATOMIC_OPS)[number]["op"];
export const LOAD_ACQUIRE = 0x100;
export const STORE_RELEASE = 0x110;

/** Meanings of a ldimm64's `src`: what the two immediates (of the slot and of the next one) name. */
export const PSEUDO_NAMES = ["imm64", "map_fd", "map_value", "btf_var", "func", "map_index", "map_index_value"] as const;
export type PseudoName = (typeof PSEUDO_NAMES)[number];

/** What an instruction does. */
export type Action =
  | { readonly kind: "alu"; readonly op: AluOp; readonly bits: 32 | 64; readonly source: "imm" | "reg" }
  | { readonly kind: "neg"; readonly bits: 32 | 64 }
  /** mov that sign-extends the low `from` bits. */
  | { readonly kind: "movsx"; readonly from: 8 | 16 | 32; readonly bits: 32 | 64 }
  | { readonly kind: "end"; readonly to: "le" | "be" | "swap"; readonly bits: 16 | 32 | 64 }
  | { readonly kind: "addr_space_cast" }
  | { readonly kind: "percpu_address" }
  | { readonly kind: "load"; readonly bits: AccessBits; readonly signed: boolean }
  | { readonly kind: "store"; readonly bits: AccessBits; readonly source: "imm" | "reg" }
  | { readonly kind: "atomic"; readonly op: AtomicOp; readonly fetch: boolean; readonly bits: 32 | 64 }
  | { readonly kind: "load_acquire"; readonly bits: AccessBits }
  | { readonly kind: "store_release"; readonly bits: AccessBits }
  | { readonly kind: "ldimm64"; readonly pseudo: PseudoName }
  /** Packet access of classic BPF, only for socket filters: `imm`, or `imm` plus register. */
  | { readonly kind: "packet"; readonly bits: 8 | 16 | 32; readonly indirect: boolean }
  | { readonly kind: "jump"; readonly op: JumpOp; readonly bits: 32 | 64; readonly source: "imm" | "reg" }
  | { readonly kind: "goto" }
  /** goto with a 32-bit distance. */
  | { readonly kind: "gotol" }
  | { readonly kind: "may_goto" }
  | { readonly kind: "call"; readonly callee: "helper" | "subprogram" | "kfunc" }
  /** Call of the helper whose number is in `dst`; engines outside the kernel know it, the kernel refuses it. */
  | { readonly kind: "callx" }
  | { readonly kind: "exit" };

export type Field = "dst" | "src" | "off" | "imm";

export interface Form {
  /** Unique, in the style of RFC 9669's appendix: `add64 imm`, `ldxw`, `atomic64 fetch add`. */
  readonly name: string;
  readonly opcode: number;
  /** Fields that, beside the opcode, tell this form from others. */
  readonly selects: Partial<Readonly<Record<Field, number>>>;
  /** Fields that are operands; all others must be as in `selects`, or 0. */
  readonly operands: readonly Field[];
  /** Version of the ISA that brought it (`mcpu=vN`); Linux's own additions count as 5. */
  readonly isa: 1 | 2 | 3 | 4 | 5;
  readonly action: Action;
}

const WIDTHS = [
  { bits: 32, alu: CLASS.ALU, jump: CLASS.JMP32 },
  { bits: 64, alu: CLASS.ALU64, jump: CLASS.JMP },
] as const;
const SOURCES = [
  { source: "imm", code: SOURCE.K },
  { source: "reg", code: SOURCE.X },
] as const;
const operandsOf = (source: "imm" | "reg"): readonly Field[] => (source === "imm" ? ["dst", "imm"] : ["dst", "src"]);

function* aluForms(): Generator<Form> {
  for (const { bits, alu } of WIDTHS) {
    for (const row of ALU_OPS) {
      for (const { source, code } of SOURCES) {
        const opcode = alu | row.code | code;
        const operands = operandsOf(source);
        yield { name: `${row.op}${bits} ${source}`, opcode, selects: { off: 0 }, operands, isa: 1, action: { kind: "alu", op: row.op, bits, source } };
        if ("signed" in row)
          yield { name: `${row.signed.op}${bits} ${source}`, opcode, selects: { off: 1 }, operands, isa: 4, action: { kind: "alu", op: row.signed.op, bits, source } };
      }
    }
    yield { name: `neg${bits}`, opcode: alu | NEG, selects: {}, operands: ["dst"], isa: 1, action: { kind: "neg", bits } };
    for (const from of [8, 16, 32] as const) {
      if (from >= bits) continue;
      yield { name: `movsx${from}to${bits}`, opcode: alu | MOV | SOURCE.X, selects: { off: from }, operands: ["dst", "src"], isa: 4, action: { kind: "movsx", from, bits } };
    }
  }
  for (const bits of [16, 32, 64] as const) {
    const rest = { selects: { imm: bits }, operands: ["dst"] } as const;
    yield { name: `le${bits}`, opcode: CLASS.ALU | END | SOURCE.K, ...rest, isa: 1, action: { kind: "end", to: "le", bits } };
    yield { name: `be${bits}`, opcode: CLASS.ALU | END | SOURCE.X, ...rest, isa: 1, action: { kind: "end", to: "be", bits } };
    yield { name: `bswap${bits}`, opcode: CLASS.ALU64 | END | SOURCE.K, ...rest, isa: 4, action: { kind: "end", to: "swap", bits } };
  }
  const move = CLASS.ALU64 | MOV | SOURCE.X;
  yield { name: "addr_space_cast", opcode: move, selects: { off: ADDR_SPACE_CAST }, operands: ["dst", "src", "imm"], isa: 5, action: { kind: "addr_space_cast" } };
  yield { name: "percpu_address", opcode: move, selects: { off: PERCPU_ADDRESS }, operands: ["dst", "src"], isa: 5, action: { kind: "percpu_address" } };
}

function* memoryForms(): Generator<Form> {
  for (const { bits, code, suffix } of SIZES) {
    yield { name: `ldx${suffix}`, opcode: CLASS.LDX | MODE.MEM | code, selects: {}, operands: ["dst", "src", "off"], isa: 1, action: { kind: "load", bits, signed: false } };
    if (bits < 64)
      yield { name: `ldxs${suffix}`, opcode: CLASS.LDX | MODE.MEMSX | code, selects: {}, operands: ["dst", "src", "off"], isa: 4, action: { kind: "load", bits, signed: true } };
    yield { name: `st${suffix}`, opcode: CLASS.ST | MODE.MEM | code, selects: {}, operands: ["dst", "off", "imm"], isa: 1, action: { kind: "store", bits, source: "imm" } };
    yield { name: `stx${suffix}`, opcode: CLASS.STX | MODE.MEM | code, selects: {}, operands: ["dst", "src", "off"], isa: 1, action: { kind: "store", bits, source: "reg" } };
    const atomic = { opcode: CLASS.STX | MODE.ATOMIC | code, operands: ["dst", "src", "off"] } as const;
    if (bits >= 32)
      for (const { op, imm, fetch } of ATOMIC_OPS) {
        const words = fetch && op !== "xchg" && op !== "cmpxchg" ? `fetch ${op}` : op;
        const isa = op === "add" && !fetch ? 1 : 3;
        yield { name: `atomic${bits} ${words}`, ...atomic, selects: { imm }, isa, action: { kind: "atomic", op, fetch, bits: bits as 32 | 64 } };
      }
    yield { name: `load_acquire${bits}`, ...atomic, selects: { imm: LOAD_ACQUIRE }, isa: 5, action: { kind: "load_acquire", bits } };
    yield { name: `store_release${bits}`, ...atomic, selects: { imm: STORE_RELEASE }, isa: 5, action: { kind: "store_release", bits } };
    if (bits < 64) {
      const packet = (indirect: boolean): Action => ({ kind: "packet", bits: bits as 8 | 16 | 32, indirect });
      yield { name: `ldabs${suffix}`, opcode: CLASS.LD | MODE.ABS | code, selects: {}, operands: ["imm"], isa: 1, action: packet(false) };
      yield { name: `ldind${suffix}`, opcode: CLASS.LD | MODE.IND | code, selects: {}, operands: ["src", "imm"], isa: 1, action: packet(true) };
    }
  }
  for (const [src, pseudo] of PSEUDO_NAMES.entries()) {
    yield { name: pseudo === "imm64" ? "lddw" : `lddw ${pseudo}`, opcode: CLASS.LD | MODE.IMM | SIZE.DW, selects: { src }, operands: ["dst", "imm"], isa: 1, action: { kind: "ldimm64", pseudo } };
  }
}

function* jumpForms(): Generator<Form> {
  for (const { bits, jump } of WIDTHS) {
    for (const { op, code } of JUMP_OPS) {
      for (const { source, code: from } of SOURCES) {
        const isa = bits === 32 ? 3 : ["jlt", "jle", "jslt", "jsle"].includes(op) ? 2 : 1;
        yield { name: `${op}${bits} ${source}`, opcode: jump | code | from, selects: {}, operands: [...operandsOf(source), "off"], isa, action: { kind: "jump", op, bits, source } };
      }
    }
  }
  yield { name: "ja", opcode: CLASS.JMP | JUMP.JA, selects: {}, operands: ["off"], isa: 1, action: { kind: "goto" } };
  yield { name: "gotol", opcode: CLASS.JMP32 | JUMP.JA, selects: {}, operands: ["imm"], isa: 4, action: { kind: "gotol" } };
  yield { name: "may_goto", opcode: CLASS.JMP | JUMP.JCOND, selects: { src: MAY_GOTO }, operands: ["off"], isa: 5, action: { kind: "may_goto" } };
  const call = CLASS.JMP | JUMP.CALL;
  yield { name: "call helper", opcode: call, selects: { src: CALL_KIND.HELPER }, operands: ["imm"], isa: 1, action: { kind: "call", callee: "helper" } };
  yield { name: "call subprogram", opcode: call, selects: { src: CALL_KIND.SUBPROGRAM }, operands: ["imm"], isa: 1, action: { kind: "call", callee: "subprogram" } };
  // `off` of a kfunc call is the index of its BTF in fd_array.
  yield { name: "call kfunc", opcode: call, selects: { src: CALL_KIND.KFUNC }, operands: ["imm", "off"], isa: 5, action: { kind: "call", callee: "kfunc" } };
  yield { name: "callx", opcode: call | SOURCE.X, selects: {}, operands: ["dst"], isa: 5, action: { kind: "callx" } };
  yield { name: "exit", opcode: CLASS.JMP | JUMP.EXIT, selects: {}, operands: [], isa: 1, action: { kind: "exit" } };
}

/** All forms. A ldimm64's second slot (opcode 0) is part of it and no form of its own. */
export const FORMS: readonly Form[] = [...aluForms(), ...memoryForms(), ...jumpForms()];

const byOpcode = new Map<number, Form[]>();
for (const form of FORMS) byOpcode.set(form.opcode, [...(byOpcode.get(form.opcode) ?? []), form]);
const byName = new Map(FORMS.map((form) => [form.name, form]));

/** The form of an instruction by opcode and selecting fields, whatever its reserved fields hold; undefined if there is none. */
export function formOf(insn: Insn): Form | undefined {
  return byOpcode.get(insn.opcode)?.find((form) => (Object.entries(form.selects) as [Field, number][]).every(([field, value]) => insn[field] === value));
}

/** Whether all fields that are no operand of `form` are as they must be. */
export function reservedFieldsAreClear(insn: Insn, form: Form): boolean {
  return (["dst", "src", "off", "imm"] as const).every((field) => form.operands.includes(field) || insn[field] === (form.selects[field] ?? 0));
}

/** The form called `name`; an unknown name is a mistake of the caller and throws. */
export function formNamed(name: string): Form {
  const form = byName.get(name);
  if (!form) throw new Error(`no instruction ${name}`);
  return form;
}

/** Whether the slot is the first of two. */
export function isWide(insn: Insn): boolean {
  return insn.opcode === (CLASS.LD | MODE.IMM | SIZE.DW);
}
