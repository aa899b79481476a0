/**
 * Numbers of the BTF format (Documentation/bpf/btf.rst): record layout and kinds. Data only; the parser, the builder and
 * the linker's fix-ups share them.
 */
import type { BtfKind } from "./types.ts";

export const BTF_MAGIC = 0xeb9f;
export const BTF_VERSION = 1;
/** struct btf_header: u16 magic, u8 version, u8 flags, u32 hdr_len, type_off, type_len, str_off, str_len; offsets from the header's end. */
export const BTF_HEADER_SIZE = 24;
/** struct btf_type: u32 name_off, u32 info (vlen:16, unused:8, kind:5, unused:2, kind_flag:1), u32 size or type. */
export const BTF_TYPE_SIZE = 12;
/** Longest list behind one type (16 bits of `info`). */
export const BTF_MAX_VLEN = 0xffff;

/** Kinds by their number; struct and union, typedef and tags, … are told apart here only. */
export const KINDS: readonly BtfKind[] = [
  "void",
  "int",
  "ptr",
  "array",
  "struct",
  "union",
  "enum",
  "fwd",
  "typedef",
  "volatile",
  "const",
  "restrict",
  "func",
  "func_proto",
  "var",
  "datasec",
  "float",
  "decl_tag",
  "type_tag",
  "enum64",
];

/** Bytes behind the record of a type: a fixed part and a part for each of `vlen` entries. */
export const KIND_EXTRA: Readonly<Record<BtfKind, { readonly fixed: number; readonly each: number }>> = {
  void: { fixed: 0, each: 0 },
  int: { fixed: 4, each: 0 },
  ptr: { fixed: 0, each: 0 },
  array: { fixed: 12, each: 0 },
  struct: { fixed: 0, each: 12 },
  union: { fixed: 0, each: 12 },
  enum: { fixed: 0, each: 8 },
  fwd: { fixed: 0, each: 0 },
  typedef: { fixed: 0, each: 0 },
  volatile: { fixed: 0, each: 0 },
  const: { fixed: 0, each: 0 },
  restrict: { fixed: 0, each: 0 },
  func: { fixed: 0, each: 0 },
  func_proto: { fixed: 0, each: 8 },
  var: { fixed: 4, each: 0 },
  datasec: { fixed: 0, each: 12 },
  float: { fixed: 0, each: 0 },
  decl_tag: { fixed: 4, each: 0 },
  type_tag: { fixed: 0, each: 0 },
  enum64: { fixed: 0, each: 12 },
};

/** Linkage of FUNC (in vlen) and VAR (in its own word) by number. */
export const LINKAGES = ["static", "global", "extern"] as const;

/** Bits of an INT's word: encoding (1 signed, 2 char, 4 bool) << 24 | offset << 16 | bits. */
export const INT_SIGNED = 1;
export const INT_CHAR = 2;
export const INT_BOOL = 4;

/** A malformed or inconsistent BTF blob. */
export class BtfError extends Error {
  override readonly name = "BtfError";
}
