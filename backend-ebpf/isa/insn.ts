/**
 * One eBPF instruction slot as RFC 9669 section 3 lays it out: 8 bytes, little endian.
 * A ldimm64 takes two slots; its second has opcode 0 and holds the high half in `imm`. Programs are arrays of slots, so
 * an index is what the kernel calls an instruction number.
 */
export interface Insn {
  /** 8 bits. */
  readonly opcode: number;
  /** 4 bits each. */
  readonly dst: number;
  readonly src: number;
  /** Signed 16 bits. */
  readonly off: number;
  /** Signed 32 bits. */
  readonly imm: number;
}

/** Decodes `bytes` (a multiple of 8 long, else RangeError) into slots. */
export function decode(bytes: Uint8Array): Insn[] {
  if (bytes.length % 8 !== 0) throw new RangeError(`program length ${bytes.length} is not a multiple of 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const insns: Insn[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const regs = view.getUint8(at + 1);
    insns.push({ opcode: view.getUint8(at), dst: regs & 15, src: regs >> 4, off: view.getInt16(at + 2, true), imm: view.getInt32(at + 4, true) });
  }
  return insns;
}

/** Encodes slots; the inverse of decode. */
export function encode(insns: readonly Insn[]): Uint8Array {
  const bytes = new Uint8Array(insns.length * 8);
  const view = new DataView(bytes.buffer);
  insns.forEach((insn, i) => {
    view.setUint8(i * 8, insn.opcode);
    view.setUint8(i * 8 + 1, (insn.src << 4) | insn.dst);
    view.setInt16(i * 8 + 2, insn.off, true);
    view.setInt32(i * 8 + 4, insn.imm, true);
  });
  return bytes;
}
