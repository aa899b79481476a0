/**
 * Numbers of ELF64 little endian as eBPF objects use them (System V gABI; relocation types of the kernel's
 * Documentation/bpf/llvm_reloc.rst). Data only, shared by writer and reader.
 */

export const EHDR_SIZE = 64;
export const SHDR_SIZE = 64;
export const SYM_SIZE = 24;
export const REL_SIZE = 16;

export const ET_REL = 1;
export const EM_BPF = 247;

export const SHT = { NULL: 0, PROGBITS: 1, SYMTAB: 2, STRTAB: 3, RELA: 4, NOBITS: 8, REL: 9 } as const;
export const SHF = { WRITE: 1, ALLOC: 2, EXECINSTR: 4 } as const;
export const SHN_UNDEF = 0;
/** Section numbers from here on have special meanings (absolute, common, …). */
export const SHN_LORESERVE = 0xff00;
export const STB = { LOCAL: 0, GLOBAL: 1, WEAK: 2 } as const;
export const STT = { NOTYPE: 0, OBJECT: 1, FUNC: 2, SECTION: 3 } as const;

/** Relocation of a ldimm64, and of a call's imm. */
export const R_BPF_64_64 = 1;
export const R_BPF_64_32 = 10;

/** Opcodes that relocations apply to, and the src_reg values by which the kernel tells their operands apart. */
export const OPCODE = { LDIMM64: 0x18, CALL: 0x85 } as const;
export const PSEUDO = {
  /** ldimm64. */
  MAP_FD: 1,
  MAP_VALUE: 2,
  BTF_ID: 3,
  FUNC: 4,
  /** call. */
  CALL: 1,
  KFUNC_CALL: 2,
} as const;

export const INSN_SIZE = 8;

/** A malformed object, or one that asks for what the linker can't give. */
export class ObjectError extends Error {
  override readonly name = "ObjectError";
}
