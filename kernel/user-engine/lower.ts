/**
 * One eBPF instruction as WebAssembly: registers are i64 locals, memory is the linear memory, a pointer is an offset into it.
 * Owns values and accesses (RFC 9669 sections 4 and 5); control flow and calls are the caller's.
 */
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import type { AccessBits, Action, AluOp, JumpOp } from "../../backend-ebpf/isa/opcodes.ts";
import type { AccessName, Code, OpName } from "./wasm.ts";

/** A range of linear memory that a checked program may touch: [start, end). */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** What lowering needs of the function it emits into. */
export interface LowerContext {
  readonly code: Code;
  /** Locals of r0 … r10. */
  readonly registers: readonly number[];
  /** A scratch local. */
  readonly scratch64: number;
  /** Every access is checked against these; absent for programs that are proven. */
  readonly windows?: readonly Window[];
}

type Alu = Extract<Action, { kind: "alu" }>;

/** Operations that are one instruction of the same meaning, for both widths; shift counts are masked alike. */
const PLAIN: Partial<Readonly<Record<AluOp, string>>> = {
  add: "add", sub: "sub", mul: "mul", or: "or", and: "and", xor: "xor", lsh: "shl", rsh: "shr_u", arsh: "shr_s",
};
/** Operations that trap in WebAssembly where eBPF gives a value. */
const DIVISION: Partial<Readonly<Record<AluOp, string>>> = { div: "div_u", sdiv: "div_s", mod: "rem_u", smod: "rem_s" };

const named = (bits: 32 | 64, name: string) => `i${bits}.${name}` as OpName;

export function lowerAlu(cx: LowerContext, { op, bits, source }: Alu, insn: Insn): void {
  const { code, registers } = cx;
  const plain = PLAIN[op];
  if (op === "mov") operand(cx, bits, source, insn);
  else if (plain) {
    register(cx, bits, insn.dst);
    operand(cx, bits, source, insn);
    code.op(named(bits, plain));
  } else divide(cx, op, bits, source, insn);
  if (bits === 32) code.op("i64.extend_i32_u");
  code.set(registers[insn.dst]!);
}

/** Division by zero gives 0 and modulo by zero the dividend; the smallest number divided by -1 is itself. */
function divide(cx: LowerContext, op: AluOp, bits: 32 | 64, source: "imm" | "reg", insn: Insn): void {
  const { code } = cx;
  const type = bits === 32 ? "i32" : "i64";
  const zero = () => (bits === 32 ? code.i32(0) : code.i64(0n));
  const dividend = () => register(cx, bits, insn.dst);
  const divisor = () => operand(cx, bits, source, insn);
  const byZero = () => (op === "div" || op === "sdiv" ? zero() : dividend());
  const quotient = () => {
    dividend();
    divisor();
    code.op(named(bits, DIVISION[op]!));
  };
  const negated = () => {
    zero();
    dividend();
    code.op(named(bits, "sub"));
  };
  if (source === "imm") {
    if (insn.imm === 0) return void byZero();
    return op === "sdiv" && insn.imm === -1 ? negated() : quotient();
  }
  divisor();
  code.op(named(bits, "eqz")).open("if", type);
  byZero();
  code.else();
  if (op === "sdiv") {
    divisor();
    if (bits === 32) code.i32(-1);
    else code.i64(-1n);
    code.op(named(bits, "eq")).open("if", type);
    negated();
    code.else();
    quotient();
    code.end();
  } else quotient();
  code.end();
}

/** Pushes a register at a width. */
function register(cx: LowerContext, bits: 32 | 64, index: number): void {
  cx.code.get(cx.registers[index]!);
  if (bits === 32) cx.code.op("i32.wrap_i64");
}

/** Pushes the second operand: a register, or the immediate sign-extended. */
function operand(cx: LowerContext, bits: 32 | 64, source: "imm" | "reg", insn: Insn): void {
  if (source === "reg") register(cx, bits, insn.src);
  else if (bits === 32) cx.code.i32(insn.imm);
  else cx.code.i64(BigInt(insn.imm));
}

export function lowerNeg(cx: LowerContext, bits: 32 | 64, insn: Insn): void {
  if (bits === 32) cx.code.i32(0);
  else cx.code.i64(0n);
  register(cx, bits, insn.dst);
  cx.code.op(named(bits, "sub"));
  if (bits === 32) cx.code.op("i64.extend_i32_u");
  cx.code.set(cx.registers[insn.dst]!);
}

export function lowerMovsx(cx: LowerContext, from: 8 | 16 | 32, bits: 32 | 64, insn: Insn): void {
  register(cx, bits, insn.src);
  cx.code.op(named(bits, `extend${from}_s`));
  if (bits === 32) cx.code.op("i64.extend_i32_u");
  cx.code.set(cx.registers[insn.dst]!);
}

const BYTES = 0x00ff00ff00ff00ffn;
const HALVES = 0x0000ffff0000ffffn;

/** Byte order: this machine is little endian, so `le` only cuts off. */
export function lowerEndian(cx: LowerContext, to: "le" | "be" | "swap", bits: 16 | 32 | 64, insn: Insn): void {
  const { code, scratch64 } = cx;
  const register = cx.registers[insn.dst]!;
  if (to === "le") {
    if (bits < 64) code.get(register).i64((1n << BigInt(bits)) - 1n).op("i64.and").set(register);
    return;
  }
  code.get(register).set(scratch64);
  for (const [mask, shift] of [[BYTES, 8n], [HALVES, 16n]] as const) {
    code.get(scratch64).i64(shift).op("i64.shr_u").i64(mask).op("i64.and");
    code.get(scratch64).i64(mask).op("i64.and").i64(shift).op("i64.shl", "i64.or").set(scratch64);
  }
  code.get(scratch64).i64(32n).op("i64.rotl");
  if (bits < 64) code.i64(BigInt(64 - bits)).op("i64.shr_u");
  code.set(register);
}

/** Pushes the i32 address of an access of `bytes` bytes at register + offset; returns what is left for the instruction to add. */
export function lowerAddress(cx: LowerContext, base: number, offset: number, bytes: number): number {
  const { code, windows } = cx;
  code.get(cx.registers[base]!);
  if (windows) {
    if (offset !== 0) code.i64(BigInt(offset)).op("i64.add");
    code.set(cx.scratch64);
    checkWindows(cx, windows, bytes);
    code.get(cx.scratch64).op("i32.wrap_i64");
    return 0;
  }
  code.op("i32.wrap_i64");
  // The instruction's own offset is unsigned. Positive sums can't wrap: nothing lies in the first 64 KiB.
  if (offset >= 0) return offset;
  code.i32(offset).op("i32.add");
  return 0;
}

/** Traps unless `bytes` bytes at the address in the scratch local lie inside one window. */
function checkWindows({ code, scratch64 }: LowerContext, windows: readonly Window[], bytes: number): void {
  const fitting = windows.filter(({ start, end }) => end - start >= bytes);
  code.i32(0);
  for (const { start, end } of fitting) {
    code.get(scratch64).i64(BigInt(start)).op("i64.sub").i64(BigInt(end - start - bytes)).op("i64.le_u", "i32.or");
  }
  code.op("i32.eqz").open("if").op("unreachable").end();
}

const LOADS: Readonly<Record<AccessBits, readonly [unsigned: AccessName, signed: AccessName]>> = {
  8: ["i64.load8_u", "i64.load8_s"], 16: ["i64.load16_u", "i64.load16_s"], 32: ["i64.load32_u", "i64.load32_s"], 64: ["i64.load", "i64.load"],
};
const STORES: Readonly<Record<AccessBits, AccessName>> = { 8: "i64.store8", 16: "i64.store16", 32: "i64.store32", 64: "i64.store" };

export function lowerLoad(cx: LowerContext, bits: AccessBits, signed: boolean, insn: Insn): void {
  const rest = lowerAddress(cx, insn.src, insn.off, bits / 8);
  cx.code.access(LOADS[bits][signed ? 1 : 0], rest).set(cx.registers[insn.dst]!);
}

export function lowerStore(cx: LowerContext, bits: AccessBits, source: "imm" | "reg", insn: Insn): void {
  const rest = lowerAddress(cx, insn.dst, insn.off, bits / 8);
  operand(cx, 64, source, insn);
  cx.code.access(STORES[bits], rest);
}

/** Memory belongs to one thread: a load and a store are atomic enough. */
export function lowerAtomic(cx: LowerContext, { op, fetch, bits }: Extract<Action, { kind: "atomic" }>, insn: Insn, old: number, address: number): void {
  const { code, registers } = cx;
  const [load, store] = [LOADS[bits][0], STORES[bits]];
  const operand = registers[insn.src]!;
  const rest = lowerAddress(cx, insn.dst, insn.off, bits / 8);
  code.tee(address).access(load, rest).set(old);
  code.get(address);
  if (op === "xchg") code.get(operand);
  else if (op === "cmpxchg") {
    code.get(operand).get(old).get(old).get(registers[0]!);
    if (bits === 32) code.i64(0xffffffffn).op("i64.and");
    code.op("i64.eq", "select");
  } else code.get(old).get(operand).op(named(64, PLAIN[op]!));
  code.access(store, rest);
  if (op === "cmpxchg") code.get(old).set(registers[0]!);
  else if (fetch) code.get(old).set(operand);
}

const COMPARE: Readonly<Record<Exclude<JumpOp, "jset">, string>> = {
  jeq: "eq", jne: "ne", jgt: "gt_u", jge: "ge_u", jlt: "lt_u", jle: "le_u", jsgt: "gt_s", jsge: "ge_s", jslt: "lt_s", jsle: "le_s",
};

/** Pushes an i32 that is not 0 if the jump is taken. */
export function lowerCondition(cx: LowerContext, { op, bits, source }: Extract<Action, { kind: "jump" }>, insn: Insn): void {
  register(cx, bits, insn.dst);
  operand(cx, bits, source, insn);
  if (op !== "jset") cx.code.op(named(bits, COMPARE[op]));
  else if (bits === 32) cx.code.op("i32.and");
  else cx.code.op("i64.and").i64(0n).op("i64.ne");
}
