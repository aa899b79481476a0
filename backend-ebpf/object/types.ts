/**
 * The two data types around the object file: what codegen hands to the ELF writer, and what the linker hands to the
 * verifier, the engines and the loader.
 */
import type { Span } from "../../kernel/abi/diagnostics.ts";
import type { ObjectMeta, ProgramMeta } from "../../kernel/abi/meta.ts";
import type { Btf } from "../btf/types.ts";
import type { Insn } from "../isa/insn.ts";

// ---- codegen → ELF writer -------------------------------------------------------------------------------------------

/** Reference of an instruction to something outside the program. Slots are indexes in `CodeUnit.insns`. */
export type Relocation =
  /** ldimm64 at `insn`: address of `addend` bytes into a data section. */
  | { readonly insn: number; readonly kind: "data"; readonly section: ".bss" | ".data"; readonly addend: number }
  /** ldimm64 at `insn`: a map declared in `.maps`. */
  | { readonly insn: number; readonly kind: "map"; readonly map: string }
  /** call at `insn`: an extern kernel function. */
  | { readonly insn: number; readonly kind: "kfunc"; readonly name: string }
  /** call at `insn`: a subprogram of the same object. */
  | { readonly insn: number; readonly kind: "subprogram"; readonly name: string }
  /** ldimm64 at `insn`: the address of a subprogram, for helpers that call back. */
  | { readonly insn: number; readonly kind: "function"; readonly name: string };

/** Where a source variable lives during [from, to) instruction slots. */
export interface VariableRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Register number, or byte offset from the frame pointer (negative) of a spill slot. */
  readonly location: { readonly kind: "register"; readonly register: number } | { readonly kind: "stack"; readonly offset: number };
}

/** One function's code. Relocated operands are 0 in `insns`. */
export interface CodeUnit {
  /** A valid C identifier: the ELF symbol and BTF FUNC name. */
  readonly symbol: string;
  readonly insns: readonly Insn[];
  readonly relocations: readonly Relocation[];
  /** Ascending by insn; one record applies until the next. */
  readonly lines: readonly { readonly insn: number; readonly span: Span }[];
  readonly variables: readonly VariableRange[];
}

/** Everything the ELF writer needs. Same input, same bytes. */
export interface ObjectInput {
  readonly programs: readonly CodeUnit[];
  /** Static functions that programs and each other call; they go to `.text`. */
  readonly subprograms?: readonly CodeUnit[];
  /** Maps declared in `.maps`; `initial`, `frozen`, `fields` and `section` don't apply. */
  readonly maps?: readonly MapDef[];
  readonly bssSize: number;
  readonly data: Uint8Array;
  /** Named variables inside the data sections, for BTF DATASECs. */
  readonly variables: readonly { readonly name: string; readonly section: ".bss" | ".data"; readonly offset: number; readonly size: number }[];
  readonly meta: ObjectMeta;
  /** Text of the source files that `lines` refer to. */
  readonly sources: ReadonlyMap<string, string>;
}

// ---- linker → verifier, engines, loader -----------------------------------------------------------------------------

export interface MapDef {
  readonly name: string;
  /** Number of BPF_MAP_TYPE_*. */
  readonly type: number;
  /** Bytes. */
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_*. */
  readonly flags: number;
  /** Initial bytes of element 0 (`.data`), or what the verifier may read when the map is frozen and read-only. */
  readonly initial?: Uint8Array;
  readonly frozen?: boolean;
  /** BTF type ids of key and value in the object's BTF, 0 if none. */
  readonly btfKey?: number;
  readonly btfValue?: number;
  /** Special fields of the value (spin lock, timer, kptr, …), by byte offset, when no BTF is given. */
  readonly fields?: readonly { readonly offset: number; readonly kind: string; readonly type?: string }[];
  /** For map-in-map. */
  readonly inner?: MapDef;
  /** The section behind a global-data map. */
  readonly section?: ".bss" | ".data" | ".rodata";
}

/** A kernel function that a program calls. */
export interface KfuncRef {
  readonly name: string;
  /** Where its prototype was found: the kernel's BTF, our table, or nowhere (an error at load, UNKNOWN for the verifier). */
  readonly from: "vmlinux" | "anycall" | "missing";
  /** BTF id in the kernel's BTF, 0 when not from there. */
  readonly btfId: number;
  /** Declared weak: a call is only reached where the kernel has it. */
  readonly weak?: true;
}

/**
 * A linked program: what the kernel would see, with file descriptors and BTF ids left symbolic.
 * ldimm64 with src_reg 1 (map) or 2 (map value; second slot's imm is the byte offset): `imm` indexes `maps`.
 * call with src_reg 2 (kfunc): `imm` indexes `kfuncs`.
 */
export interface LinkedProgram {
  /** ELF symbol. */
  readonly name: string;
  readonly insns: readonly Insn[];
  readonly maps: readonly MapDef[];
  readonly kfuncs: readonly KfuncRef[];
  /** The object's BTF, if it has any. */
  readonly btf?: Btf;
  /** The kernel's types that it was linked with: those that numbers of kernel variables count in. */
  readonly kernelBtf?: Btf;
  /** Instruction slot → BTF id of the FUNC that starts there. */
  readonly funcInfo: readonly { readonly insn: number; readonly type: number; readonly name?: string }[];
  /** Ascending by insn. `text` is the source line. 1-based line and column. */
  readonly lineInfo: readonly { readonly insn: number; readonly file: string; readonly line: number; readonly column: number; readonly text: string }[];
  /** BPF_PROG_TYPE_*: 31 is SYSCALL. */
  readonly progType: number;
  /** BPF_F_* of the load: 16 is SLEEPABLE. */
  readonly loadFlags: number;
  readonly license: string;
  readonly meta?: ProgramMeta;
  /** Variable locations from the object's map file, if at hand. */
  readonly variables?: readonly VariableRange[];
}

export interface LinkedObject {
  readonly programs: readonly LinkedProgram[];
  /** Shared by the programs: each program's `maps` is this same list. */
  readonly maps: readonly MapDef[];
  readonly meta?: ObjectMeta;
  readonly license: string;
  /**
   * The object's BTF as BPF_BTF_LOAD takes it: section sizes and variable offsets filled in, externs made acceptable.
   * Type ids are those of `.BTF` (one variable may be added at the end). Absent if the object has no BTF.
   */
  readonly btfBytes?: Uint8Array;
}
