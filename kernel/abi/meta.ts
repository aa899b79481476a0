/**
 * What an object says about itself: JSON in its non-allocated ELF section `.anycall`, which libbpf, bpftool and
 * cilium/ebpf skip. The runtime and the engines read it; nothing in it changes what the bytecode does.
 */
import type { BoundarySignature, BoundaryType } from "./boundary.ts";
import type { ProfileName } from "./profiles.ts";

export const META_SECTION = ".anycall";

export interface ObjectMeta {
  /** ABI_VERSION the object was compiled for. */
  readonly abi: number;
  /** Compiler version. */
  readonly compiler: string;
  readonly source: string;
  /** Oldest kernel profile that can express every program of the object. */
  readonly kernel: ProfileName;
  readonly license: string;
  /** Layout of `.bss` in bytes. */
  readonly memory: { readonly framesOffset: number; readonly frameSize: number; readonly frameSlots: number; readonly size: number };
  readonly buffers: readonly BufferMeta[];
  readonly programs: readonly ProgramMeta[];
  /** Maps of `.maps` that the source declares; absent if there are none. */
  readonly maps?: readonly MapMeta[];
}

/** A map that Node sees by keys and values of these types. */
export interface MapMeta {
  /** Source name. */
  readonly name: string;
  /** Name in `.maps`. */
  readonly symbol: string;
  /** Number of BPF_MAP_TYPE_*. */
  readonly type: number;
  readonly entries: number;
  readonly key: BoundaryType;
  readonly value: BoundaryType;
  readonly exported?: boolean;
}

/** A module-level buffer or global that Node sees as a typed array or value. */
export interface BufferMeta {
  /** Source name; exported or not. */
  readonly name: string;
  readonly section: ".bss" | ".data";
  readonly offset: number;
  readonly size: number;
  /** Exported from its source file: `run --json` prints it. */
  readonly exported?: boolean;
  /** Present for `global<T>` and typed tables; absent for `buffer(n)` (bytes). */
  readonly type?: BoundaryType;
}

export interface ProgramMeta {
  /** Name in the source: `Logs.countLines` or `burst`. */
  readonly name: string;
  /** ELF symbol, a valid C identifier. */
  readonly symbol: string;
  readonly signature: BoundarySignature;
  /** Call sites in ascending order: instruction index inside the program → operation (`sys.read`). */
  readonly sites: readonly { readonly insn: number; readonly op: string }[];
  /** Where a FAULT came from: FRAME.detail - 1 indexes this. */
  readonly faults: readonly FaultMeta[];
  /** Operations without an exact stock form: engine `stock` can't run the program if not empty. */
  readonly moduleOnly: readonly string[];
  /** What the loader must establish for exact stock answers. */
  readonly exact: readonly string[];
  /** Instructions, in 8-byte slots. */
  readonly instructions: number;
}

export interface FaultMeta {
  readonly kind: "bounds" | "cast" | "assert" | "range" | "frame" | "result-range";
  readonly message: string;
  /** 1-based line and column in the source file. */
  readonly line: number;
  readonly column: number;
  /** assert(cond, code). */
  readonly code?: number;
}
