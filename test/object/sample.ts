/** Objects built by hand for the tests of this folder, in the shape that codegen hands to the writer. */
import { INT } from "../../kernel/abi/boundary.ts";
import { ABI_VERSION, FRAME } from "../../kernel/abi/frame.ts";
import type { ProgramMeta } from "../../kernel/abi/meta.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import type { CodeUnit, ObjectInput, Relocation } from "../../backend-ebpf/object/types.ts";

const insn = (opcode: number, dst: number, src: number, off: number, imm: number): Insn => ({ opcode, dst, src, off, imm });
export const asm = {
  mov: (dst: number, imm: number) => insn(0xb7, dst, 0, 0, imm),
  movReg: (dst: number, src: number) => insn(0xbf, dst, src, 0, 0),
  addReg: (dst: number, src: number) => insn(0x0f, dst, src, 0, 0),
  add: (dst: number, imm: number) => insn(0x07, dst, 0, 0, imm),
  load64: (dst: number, src: number, off: number) => insn(0x79, dst, src, off, 0),
  store64: (dst: number, off: number, src: number) => insn(0x7b, dst, src, off, 0),
  storeImm64: (dst: number, off: number, imm: number) => insn(0x7a, dst, 0, off, imm),
  jgt: (dst: number, imm: number, off: number) => insn(0x25, dst, 0, off, imm),
  jeq: (dst: number, imm: number, off: number) => insn(0x15, dst, 0, off, imm),
  address: (dst: number) => [insn(0x18, dst, 0, 0, 0), insn(0, 0, 0, 0, 0)],
  call: (imm: number) => insn(0x85, 0, 0, 0, imm),
  exit: () => insn(0x95, 0, 0, 0, 0),
};

export const SOURCE_FILE = "src/clock.ts";
export const SOURCE = `import { anycall, sys, type i64 } from "anycall";
export class Clock {
  @anycall
  static now(): i64 {
    const t = sys.clock_gettime(1);
    return t;
  }
  @anycall
  static wrong(): i64 {
    let unset: i64; // déjà vu
    return unset + 1;
  }
}
`;

/** The span of `text` in SOURCE. */
export function spanOf(text: string): { file: string; start: number; length: number } {
  const start = SOURCE.indexOf(text);
  if (start < 0) throw new Error(`'${text}' is not in the source`);
  return { file: SOURCE_FILE, start, length: text.length };
}

const FRAMES = 64;
const FRAME_SIZE = 64;
const SLOTS = 8;

export function unit(symbol: string, insns: readonly Insn[], relocations: readonly Relocation[] = [], rest: Partial<CodeUnit> = {}): CodeUnit {
  return { symbol, insns, relocations, lines: [], variables: [], ...rest };
}

/** Reads the clock with a helper and stores it as the frame's result. */
export function goodProgram(): CodeUnit {
  const insns = [
    asm.load64(6, 1, 0),
    asm.jgt(6, (SLOTS - 1) * FRAME_SIZE, 7),
    ...asm.address(7),
    asm.addReg(7, 6),
    asm.call(5),
    asm.store64(7, FRAME.result, 0),
    asm.mov(0, 0),
    asm.exit(),
    asm.mov(0, 3),
    asm.exit(),
  ];
  return unit("Clock_now", insns, [{ insn: 2, kind: "data", section: ".bss", addend: FRAMES }], {
    lines: [
      { insn: 0, span: spanOf("static now") },
      { insn: 5, span: spanOf("sys.clock_gettime") },
      { insn: 6, span: spanOf("return t;") },
    ],
    variables: [{ name: "t", from: 6, to: 8, location: { kind: "register", register: 0 } }],
  });
}

/** Adds 1 to a register that nothing has written: every kernel refuses it. */
export function badProgram(): CodeUnit {
  const insns = [asm.mov(0, 0), asm.add(3, 1), asm.movReg(0, 3), asm.exit()];
  return unit("Clock_wrong", insns, [], {
    lines: [
      { insn: 0, span: spanOf("static wrong") },
      { insn: 1, span: spanOf("unset + 1") },
    ],
  });
}

export function programMeta(program: CodeUnit): ProgramMeta {
  return {
    name: program.symbol.replace("_", "."),
    symbol: program.symbol,
    signature: { params: [], result: INT.i64, resultOffset: FRAME.result },
    sites: [],
    faults: [],
    moduleOnly: [],
    exact: [],
    instructions: program.insns.length,
  };
}

/** An object of these programs, with a `.bss` as the calling convention has it and two named variables. */
export function objectOf(programs: readonly CodeUnit[], rest: Partial<ObjectInput> = {}): ObjectInput {
  const bssSize = FRAMES + SLOTS * FRAME_SIZE + 4096;
  return {
    programs,
    bssSize,
    data: new TextEncoder().encode("hello, kernel\0\0\0"),
    variables: [
      { name: "env", section: ".bss", offset: 0, size: FRAMES },
      { name: "frames", section: ".bss", offset: FRAMES, size: SLOTS * FRAME_SIZE },
      { name: "Clock.page", section: ".bss", offset: bssSize - 4096, size: 4096 },
      { name: "greeting", section: ".data", offset: 0, size: 16 },
    ],
    meta: {
      abi: ABI_VERSION,
      compiler: "0.1.0",
      source: SOURCE_FILE,
      kernel: "6.1",
      license: "Apache-2.0",
      memory: { framesOffset: FRAMES, frameSize: FRAME_SIZE, frameSlots: SLOTS, size: bssSize },
      buffers: [{ name: "Clock.page", section: ".bss", offset: bssSize - 4096, size: 4096, type: { kind: "array", element: INT.u32, length: 1024 } }],
      programs: programs.map(programMeta),
    },
    sources: new Map([[SOURCE_FILE, SOURCE]]),
    ...rest,
  };
}
