/**
 * BTF, the kernel's type format (Documentation/bpf/btf.rst), as decoded data: the seam that everyone reads types through.
 * Types are decoded on demand, because the kernel's own BTF has more than a hundred thousand. This file has no behaviour:
 * `parse.ts` reads bytes, `builder.ts` writes them, `query.ts` answers questions.
 */

export interface Btf {
  /** Number of type ids, the base's included: valid ids are 0 (void) … count - 1. */
  readonly count: number;
  /** For a split BTF (a module's): ids below `firstId` are the base's. */
  readonly base?: Btf;
  /** First id described here: 1 for a whole BTF, the base's `count` for a split one. */
  readonly firstId: number;
  /** The type with this id; the same object each time. Throws BtfError for an id out of range or a malformed record. */
  type(id: number): BtfType;
  /** Ascending ids of the types called `name` (of `kind`, if given), the base's first; empty if there are none. */
  named(name: string, kind?: BtfKind): readonly number[];
}

export type BtfKind = BtfType["kind"];

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
  | {
      readonly kind: "int";
      readonly name: string;
      readonly size: number;
      readonly bits: number;
      readonly offset: number;
      readonly signed: boolean;
      readonly char: boolean;
      readonly bool: boolean;
    }
  | { readonly kind: "ptr"; readonly type: number }
  | { readonly kind: "array"; readonly type: number; readonly index: number; readonly length: number }
  | { readonly kind: "struct" | "union"; readonly name: string; readonly size: number; readonly members: readonly BtfMember[] }
  | {
      readonly kind: "enum";
      readonly name: string;
      readonly size: number;
      readonly signed: boolean;
      readonly values: readonly { readonly name: string; readonly value: number }[];
    }
  | {
      readonly kind: "enum64";
      readonly name: string;
      readonly size: number;
      readonly signed: boolean;
      readonly values: readonly { readonly name: string; readonly value: bigint }[];
    }
  | { readonly kind: "fwd"; readonly name: string; readonly union: boolean }
  | { readonly kind: "typedef" | "type_tag"; readonly name: string; readonly type: number; readonly attribute?: true }
  | { readonly kind: "volatile" | "const" | "restrict"; readonly type: number }
  | { readonly kind: "func"; readonly name: string; readonly type: number; readonly linkage: "static" | "global" | "extern" }
  | { readonly kind: "func_proto"; readonly ret: number; readonly params: readonly { readonly name: string; readonly type: number }[] }
  | { readonly kind: "var"; readonly name: string; readonly type: number; readonly linkage: "static" | "global" | "extern" }
  | {
      readonly kind: "datasec";
      readonly name: string;
      readonly size: number;
      readonly vars: readonly { readonly type: number; readonly offset: number; readonly size: number }[];
    }
  | { readonly kind: "float"; readonly name: string; readonly size: number }
  | {
      readonly kind: "decl_tag";
      readonly name: string;
      readonly type: number /** -1: the type itself; else index of the member or parameter. */;
      readonly component: number;
      readonly attribute?: true;
    };
