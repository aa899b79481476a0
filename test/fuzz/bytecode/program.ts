/** A bare program for verifiers: instructions, and what its places refer to. Data that generators make and judges read. */
import { encode, type Insn } from "../../../backend-ebpf/isa/insn.ts";
import type { MapTypeName } from "../../../kernel/abi/maps.ts";

/** As `raw verify` reads it; sizes in bytes. */
export interface RawMap {
  readonly name: string;
  readonly type: MapTypeName;
  readonly key: number;
  readonly value: number;
  readonly max: number;
  readonly flags: number;
  /** Contents of element 0, hexadecimal. */
  readonly elem0?: string;
  readonly frozen?: boolean;
}

export interface BareProgram {
  /** imm of a ldimm64 of kind map_fd or map_value: index into `maps`. */
  readonly insns: readonly Insn[];
  readonly maps: readonly RawMap[];
  /** Names of the kernel functions called, by instruction. */
  readonly kfuncs: readonly (readonly [insn: number, name: string])[];
  /** Where it comes from, for reports. */
  readonly origin: string;
}

export function insn(opcode: number, dst = 0, src = 0, off = 0, imm = 0): Insn {
  return { opcode, dst, src, off, imm };
}

export function hexOf(insns: readonly Insn[]): string {
  return Buffer.from(encode(insns)).toString("hex");
}

/** One line for `raw verify`. */
export function rawLine({ insns, maps, kfuncs }: BareProgram): string {
  return JSON.stringify({ id: 0, insns: hexOf(insns), maps, kfuncs });
}
