/**
 * BTF, the kernel's type format (Documentation/bpf/btf.rst), as decoded data.
 * A Btf is one blob: type ids count from 1 in `types` order (id 0 is void); a split BTF continues a base's numbering.
 */

export interface Btf {
  /** types[0] is void. For a split BTF ids below `firstId` are looked up in `base`. */
  readonly types: readonly BtfType[];
  readonly base?: Btf;
  /** First id of `types` here: 1 for a whole BTF (types[0] is void then), or base's count. */
  readonly firstId: number;
}

export interface BtfMember {
  readonly name: string;
  readonly type: number;
  /** Bits from the struct's start. */
  readonly offset: number;
  /** Bits, 0 if not a bit-field. */
  readonly bits: number;
}

export type BtfType =
  | { readonly kind: "void" }
  | { readonly kind: "int"; readonly name: string; readonly size: number; readonly bits: number; readonly offset: number; readonly signed: boolean; readonly char: boolean; readonly bool: boolean }
  | { readonly kind: "ptr"; readonly type: number }
  | { readonly kind: "array"; readonly type: number; readonly index: number; readonly length: number }
  | { readonly kind: "struct" | "union"; readonly name: string; readonly size: number; readonly members: readonly BtfMember[] }
  | { readonly kind: "enum"; readonly name: string; readonly size: number; readonly signed: boolean; readonly values: readonly { readonly name: string; readonly value: number }[] }
  | { readonly kind: "enum64"; readonly name: string; readonly size: number; readonly signed: boolean; readonly values: readonly { readonly name: string; readonly value: bigint }[] }
  | { readonly kind: "fwd"; readonly name: string; readonly union: boolean }
  | { readonly kind: "typedef" | "type_tag"; readonly name: string; readonly type: number }
  | { readonly kind: "volatile" | "const" | "restrict"; readonly type: number }
  | { readonly kind: "func"; readonly name: string; readonly type: number; readonly linkage: "static" | "global" | "extern" }
  | { readonly kind: "func_proto"; readonly ret: number; readonly params: readonly { readonly name: string; readonly type: number }[] }
  | { readonly kind: "var"; readonly name: string; readonly type: number; readonly linkage: "static" | "global" | "extern" }
  | { readonly kind: "datasec"; readonly name: string; readonly size: number; readonly vars: readonly { readonly type: number; readonly offset: number; readonly size: number }[] }
  | { readonly kind: "float"; readonly name: string; readonly size: number }
  | { readonly kind: "decl_tag"; readonly name: string; readonly type: number; readonly component: number };
