/**
 * Bare bytecode in the running kernel: the program becomes a subprogram of a stub that passes it its memory, a map value, and
 * keeps the 64-bit r0 in another, since BPF_PROG_TEST_RUN returns 32 bits.
 */
import * as asm from "../../backend-ebpf/isa/asm.ts";
import { decode, encode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import { formOf, isWide } from "../../backend-ebpf/isa/opcodes.ts";
import { MAP_TYPE } from "../abi/maps.ts";
import { AnycallError, errnoText } from "../errors.ts";
import type { Bpf } from "./bpf.ts";
import { F_SLEEPABLE, HostKernel, PROG_TYPE_SYSCALL } from "./host-kernel.ts";

const { R0, R1, R2 } = asm;
const KEY = new Uint8Array(4);

/** The stub in front of a program of which the memory is in map `memory` (none if it is empty), and r0 goes to map `result`. */
function stub(result: number, memory: number | undefined, length: number): Insn[] {
  const address = memory === undefined ? asm.ldimm64(R1, 0n) : asm.ldpseudo(R1, "map_value", memory);
  const head = [...address, asm.mov64(R2, length)];
  const tail = [...asm.ldpseudo(R1, "map_value", result), asm.store(64, R1, 0, R0), asm.mov64(R0, 0), asm.exit()];
  return [...head, asm.callSubprogram(tail.length), ...tail];
}

const SHIFTS: readonly string[] = ["lsh", "rsh", "arsh"];

/** The ISA masks shift counts; Linux refuses constant ones that are out of range, so they are masked here. */
function maskShiftCounts(insns: readonly Insn[]): Insn[] {
  let secondSlot = false;
  return insns.map((insn) => {
    const action = secondSlot ? undefined : formOf(insn)?.action;
    secondSlot = !secondSlot && isWide(insn);
    const shift = action?.kind === "alu" && action.source === "imm" && SHIFTS.includes(action.op);
    return shift ? { ...insn, imm: insn.imm & (action.bits - 1) } : insn;
  });
}

/** Runs `insns` with r1 = the memory's address and r2 = its length; r0. Changes `memory` as the program does. Throws AnycallError. */
export function runRawStock(insns: Uint8Array, memory: Uint8Array, kernel: HostKernel = HostKernel.here()): bigint {
  const { access } = kernel;
  if (!access.ok) throw new AnycallError("AC4002", access.reason);
  const { bpf } = access;
  const open: number[] = [];
  const keep = (step: string, fd: number, log = ""): number => {
    if (fd < 0) throw new AnycallError(log ? "AC4012" : "AC4013", `${step}: ${errnoText(-fd)}${log && `\n${log}`}`, { errno: -fd, syscall: "bpf", log });
    open.push(fd);
    return fd;
  };
  try {
    const result = keep("creating a map", createValue(bpf, 8));
    const memoryMap = memory.length === 0 ? undefined : keep("creating a map", createValue(bpf, memory.length));
    if (memoryMap !== undefined) bpf.update(memoryMap, KEY, memory);
    const code = encode([...stub(result, memoryMap, memory.length), ...maskShiftCounts(decode(insns))]);
    const { fd, log } = bpf.loadProgram({ name: "anycall_raw", progType: PROG_TYPE_SYSCALL, insns: code, license: "GPL", flags: F_SLEEPABLE });
    const error = bpf.testRun(keep("the kernel refuses the program", fd, log), new Uint8Array(0)).run();
    if (error < 0) throw new AnycallError("AC4013", `running the program: ${errnoText(-error)}`, { errno: -error, syscall: "bpf" });
    const r0 = new Uint8Array(8);
    bpf.lookup(result, KEY, r0);
    if (memoryMap !== undefined) bpf.lookup(memoryMap, KEY, memory);
    return new DataView(r0.buffer).getBigUint64(0, true);
  } finally {
    for (const fd of open) bpf.close(fd);
  }
}

function createValue(bpf: Bpf, size: number): number {
  return bpf.createMap({ name: "anycall_raw", type: MAP_TYPE.ARRAY, keySize: 4, valueSize: size, maxEntries: 1, flags: 0 });
}
