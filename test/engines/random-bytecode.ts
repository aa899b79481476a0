/**
 * Random bare programs, seeded: every ALU, jump, load, store and atomic form on seven data registers, 64 bytes of memory and 64
 * of stack, subprograms, and jumps anywhere (so that loops, also irreducible ones, come up), each backward one paid from a
 * counter so that all programs end. Addresses never get into data registers: results don't depend on where memory is.
 */
import * as asm from "../../backend-ebpf/isa/asm.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { ALU_OPS, JUMP_OPS } from "../../backend-ebpf/isa/opcodes.ts";
import type { Random } from "../support/random.ts";

const { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 } = asm;
const DATA = [R0, R1, R2, R3, R4, R5, R8];
/** r1 as given. */
const MEMORY = R6;
const ADDRESS = R7;
const FUEL = R9;
/** Bytes of memory, and of stack in use. */
export const MEMORY_SIZE = 64;
const WIDTHS = [8, 16, 32, 64] as const;
const ATOMICS = ["add", "or", "and", "xor", "xchg", "cmpxchg"] as const;
const ALU = ALU_OPS.flatMap((row) => ("signed" in row ? [row.op, row.signed.op] : [row.op]));

/** A jump whose distance is set when all pieces have their places; others are finished instructions. */
interface Piece {
  readonly insns: readonly Insn[];
  /** Index of a piece that the last instruction jumps to. */
  readonly jumpTo?: number;
  /** A call of the subprogram. */
  readonly calls?: true;
}

export interface Shape {
  readonly pieces: number;
  readonly subprogram: boolean;
  /** Share of pieces that jump, in percent. */
  readonly jumps: number;
}

export function randomBytecode(random: Random, { pieces, subprogram, jumps }: Shape): Insn[] {
  const main = [start(random), ...body(random, pieces, jumps, subprogram), { insns: [asm.exit()] }];
  if (!main.some(({ calls }) => calls)) return place(main, 0);
  const sub = [start(random, false), ...body(random, 1 + random.below(12), jumps, false), { insns: [asm.exit()] }];
  const mainCode = place(main, 0);
  return [...place(main, mainCode.length), ...place(sub, 0)];
}

/** Values in all registers and in the stack's bytes. */
function start(random: Random, main = true): Piece {
  const stack = Array.from({ length: MEMORY_SIZE / 8 }, (_, i) => asm.store(64, R10, -8 * (i + 1), random.below(2 ** 31)));
  const memory = main ? [asm.mov64(MEMORY, R1)] : [asm.mov64(MEMORY, R10), asm.add64(MEMORY, -MEMORY_SIZE)];
  const registers = main ? DATA : [R0, R8];
  return { insns: [...memory, ...stack, ...registers.flatMap((reg) => constant(random, reg)), asm.mov64(FUEL, random.between(1, 40))] };
}

function constant(random: Random, reg: asm.Reg): Insn[] {
  switch (random.below(4)) {
    case 0:
      return [asm.mov64(reg, random.between(-3, 3))];
    case 1:
      return [...asm.ldimm64(reg, 1n << BigInt(random.below(64)))];
    case 2:
      return [...asm.ldimm64(reg, random.u64() >> BigInt(random.below(64)))];
    default:
      return [asm.mov64(reg, random.below(2 ** 32) | 0)];
  }
}

function body(random: Random, count: number, jumps: number, calls: boolean): Piece[] {
  return Array.from({ length: count }, (_, i): Piece => {
    if (random.below(100) < jumps) return jump(random, i + 1, count);
    if (calls && random.below(12) === 0) return call(random);
    return random.below(3) === 0 ? { insns: access(random) } : { insns: [arithmetic(random)] };
  });
}

/** Pieces that a jump spans at most: distances have 16 bits. */
const REACH = 2000;

/** To any piece but the first; backward ones leave through the last when the fuel is used up. */
function jump(random: Random, here: number, count: number): Piece {
  const to = random.between(Math.max(1, here - REACH), Math.min(count + 1, here + REACH));
  const pay = to <= here ? [asm.sub64(FUEL, 1), asm.jsgt(FUEL, 0, 2), asm.mov64(R0, R8), asm.exit()] : [];
  return { insns: [...pay, conditional(random)], jumpTo: to };
}

function conditional(random: Random): Insn {
  if (random.below(6) === 0) return random.below(2) === 0 ? asm.goto(0) : asm.gotol(0);
  const { op } = random.pick(JUMP_OPS);
  return asm.jump(op, random.pick([32, 64] as const), random.pick(DATA), operand(random), 0);
}

function operand(random: Random): asm.Operand {
  return random.below(2) === 0 ? random.pick(DATA) : random.below(3) === 0 ? random.between(-2, 2) : random.below(2 ** 32) | 0;
}

/** r1 … r5 are undefined behind a call. */
function call(random: Random): Piece {
  return { insns: [R1, R2, R3, R4, R5].flatMap((reg) => [asm.mov64(reg, random.below(1000))]), calls: true };
}

function arithmetic(random: Random): Insn {
  const dst = random.pick(DATA);
  const bits = random.pick([32, 64] as const);
  switch (random.below(10)) {
    case 0:
      return asm.neg(bits, dst);
    case 1:
      return asm.movsx(random.pick(bits === 64 ? [8, 16, 32] as const : [8, 16] as const), bits, dst, random.pick(DATA));
    case 2:
      return random.pick([asm.le, asm.be, asm.bswap])(random.pick([16, 32, 64] as const), dst);
    case 3:
      return constant(random, dst)[0]!.opcode === 0x18 ? asm.mov64(dst, -1) : asm.mov32(dst, random.pick(DATA));
    default: {
      const op = random.pick(ALU);
      const source = operand(random);
      // Only masked counts are the same everywhere; the ISA masks those of registers.
      const shift = ["lsh", "rsh", "arsh"].includes(op) && typeof source === "number";
      if (shift) return asm.alu(op, bits, dst, source & (bits - 1));
      // The kernel refuses a constant divisor of 0.
      return asm.alu(op, bits, dst, source === 0 && /div|mod/.test(op) ? 1 : source);
    }
  }
}

/** An access at a computed place of the memory, or at a fixed one of the stack. */
function access(random: Random): Insn[] {
  const bits = random.pick(WIDTHS);
  const bytes = bits / 8;
  const onStack = random.below(3) === 0;
  const [base, off] = onStack ? [R10, -bytes * random.between(1, MEMORY_SIZE / bytes)] : [ADDRESS, 0];
  const mask = MEMORY_SIZE - bytes;
  // Aligned only where atomics need it.
  const address = onStack ? [] : [asm.mov64(ADDRESS, random.pick(DATA)), asm.and64(ADDRESS, mask & ~(bytes - 1)), asm.add64(ADDRESS, MEMORY)];
  switch (random.below(5)) {
    case 0:
      return [...address, asm.load(bits, random.pick(DATA), base, off)];
    case 1:
      return [...address, bits === 64 ? asm.load(64, random.pick(DATA), base, off) : asm.loadSigned(bits, random.pick(DATA), base, off)];
    case 2:
      return [...address, asm.store(bits, base, off, random.pick(DATA))];
    case 3:
      return [...address, asm.store(bits, base, off, random.below(2 ** 32) | 0)];
    default: {
      if (bits < 32) return [...address, asm.store(bits, base, off, random.pick(DATA))];
      const op = random.pick(ATOMICS);
      return [...address, asm.atomic(op, bits as 32 | 64, base, off, random.pick(DATA), op.includes("xchg") || random.below(2) === 0)];
    }
  }
}

/** The pieces one after another with their jumps set; `subprogram`: slot where the subprogram starts. */
function place(pieces: readonly Piece[], subprogram: number): Insn[] {
  const after = (piece: Piece) => (piece.calls ? [asm.callSubprogram(0), ...[R1, R2, R3, R4, R5].map((reg) => asm.mov64(reg, R0))] : []);
  const starts: number[] = [];
  let at = 0;
  for (const piece of pieces) {
    starts.push(at);
    at += piece.insns.length + after(piece).length;
  }
  return pieces.flatMap((piece, i) => {
    const insns = [...piece.insns];
    if (piece.jumpTo !== undefined) {
      const slot = starts[i]! + insns.length - 1;
      const last = insns.pop()!;
      const distance = starts[Math.min(piece.jumpTo, pieces.length - 1)]! - slot - 1;
      insns.push(last.opcode === asm.gotol(0).opcode ? { ...last, imm: distance } : { ...last, off: distance });
    }
    const call = after(piece);
    if (call.length > 0) call[0] = { ...call[0]!, imm: subprogram - (starts[i]! + insns.length) - 1 };
    return [...insns, ...call];
  });
}
