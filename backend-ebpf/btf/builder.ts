/**
 * Writer of BTF. Types are added bottom up and hash-consed: adding a type equal to an earlier one gives the earlier id,
 * strings are stored once. Ids and bytes depend on the order of calls only.
 */
import { BTF_MAX_VLEN, BtfError, INT_BOOL, INT_CHAR, INT_SIGNED, KIND_EXTRA, KINDS, LINKAGES } from "./format.ts";
import { parseBtf, type ParsedBtf } from "./parse.ts";
import type { BtfType } from "./types.ts";
import { assembleBtf, concatBytes, packWords } from "./words.ts";

/** Integer types by their usual name in the kernel, as [C name, bytes, signed]. */
const C_INTS = {
  u8: ["unsigned char", 1, false],
  u16: ["unsigned short", 2, false],
  u32: ["unsigned int", 4, false],
  u64: ["unsigned long long", 8, false],
  s8: ["signed char", 1, true],
  s16: ["short", 2, true],
  s32: ["int", 4, true],
  s64: ["long long", 8, true],
} as const satisfies Record<string, readonly [string, number, boolean]>;
export type CIntName = keyof typeof C_INTS;

export class BtfBuilder {
  readonly #types: BtfType[] = [];
  readonly #ids = new Map<string, number>();
  readonly #strings = new Map<string, number>([["", 0]]);
  readonly #stringBytes: Uint8Array[] = [Uint8Array.of(0)];
  #stringsSize = 1;

  /** Id of `type`, whose references must be ids given out before (0 is void). */
  add(type: BtfType): number {
    if (type.kind === "void") return 0;
    const key = JSON.stringify(type, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    this.#types.push(type);
    this.#ids.set(key, this.#types.length);
    return this.#types.length;
  }

  /** Offset of `text` in the string section, for records outside that refer to strings (.BTF.ext). It must hold no NUL. */
  string(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    if (text.includes("\0")) throw new BtfError("a BTF string holds a NUL");
    const bytes = new TextEncoder().encode(`${text}\0`);
    const offset = this.#stringsSize;
    this.#strings.set(text, offset);
    this.#stringBytes.push(bytes);
    this.#stringsSize += bytes.length;
    return offset;
  }

  /** A plain C integer. */
  int(name: CIntName): number {
    const [cName, size, signed] = C_INTS[name];
    return this.add({ kind: "int", name: cName, size, bits: size * 8, offset: 0, signed, char: false, bool: false });
  }

  /** The kernel's short name for an integer (`u32`), a typedef of the plain one. */
  typedefInt(name: CIntName): number {
    return this.add({ kind: "typedef", name, type: this.int(name) });
  }

  /** C's one-byte `_Bool`. */
  bool(): number {
    return this.add({ kind: "int", name: "_Bool", size: 1, bits: 8, offset: 0, signed: false, char: false, bool: true });
  }

  pointer(to: number): number {
    return this.add({ kind: "ptr", type: to });
  }

  constant(of: number): number {
    return this.add({ kind: "const", type: of });
  }

  /** An array of `length` elements; the index type is the one clang uses. */
  array(of: number, length: number): number {
    const index = this.add({ kind: "int", name: "__ARRAY_SIZE_TYPE__", size: 4, bits: 32, offset: 0, signed: false, char: false, bool: false });
    return this.add({ kind: "array", type: of, index, length });
  }

  /** The types in id order, from id 1. */
  get types(): readonly BtfType[] {
    return this.#types;
  }

  /** The string section so far. */
  get strings(): Uint8Array {
    return concatBytes(this.#stringBytes);
  }

  /** The blob. Throws BtfError if a list is longer than the format allows. */
  encode(): Uint8Array {
    // The types first: laying them out adds their names to the strings.
    const types = packWords(this.#types.flatMap((type) => recordOf(type, (text) => this.string(text))));
    return assembleBtf(types, this.strings);
  }

  /** The same types as a Btf. */
  build(): ParsedBtf {
    return parseBtf(this.encode());
  }
}

/** The encoded types, whose ids are their places in the list counted from 1: for types that refer to later ones. */
export function encodeTypes(list: readonly BtfType[]): Uint8Array {
  const builder = new BtfBuilder();
  const types = packWords(list.flatMap((type) => recordOf(type, (text) => builder.string(text))));
  return assembleBtf(types, builder.strings);
}

/** The words of a type's record; `string` gives a text's offset in the string section. */
function recordOf(type: BtfType, string: (text: string) => number): number[] {
  const more = wordsBehind(type, string);
  const { each } = KIND_EXTRA[type.kind];
  const vlen = type.kind === "func" ? LINKAGES.indexOf(type.linkage) : each === 0 ? 0 : more.length / (each / 4);
  if (vlen > BTF_MAX_VLEN) throw new BtfError(`BTF ${type.kind} with ${vlen} entries`);
  const info = (hasFlag(type) ? 0x80000000 : 0) | (KINDS.indexOf(type.kind) << 24) | vlen;
  return [string("name" in type ? type.name : ""), info, sizeOrType(type), ...more];
}

/** The kind_flag bit: bit-field members, a forward union, a signed enumeration, or an attribute instead of a tag. */
function hasFlag(type: BtfType): boolean {
  switch (type.kind) {
    case "struct":
    case "union":
      return type.members.some((member) => member.bits > 0);
    case "fwd":
      return type.union;
    case "enum":
    case "enum64":
      return type.signed;
    case "type_tag":
    case "decl_tag":
      return type.attribute === true;
    default:
      return false;
  }
}

/** The record's third word: a size, a type id, or 0. */
function sizeOrType(type: BtfType): number {
  if ("size" in type) return type.size;
  if (type.kind === "func_proto") return type.ret;
  return "type" in type && type.kind !== "array" ? type.type : 0;
}

/** The words behind the record's first three. */
function wordsBehind(type: BtfType, string: (text: string) => number): number[] {
  switch (type.kind) {
    case "int": {
      const encoding = (type.signed ? INT_SIGNED : 0) | (type.char ? INT_CHAR : 0) | (type.bool ? INT_BOOL : 0);
      return [(encoding << 24) | (type.offset << 16) | type.bits];
    }
    case "array":
      return [type.type, type.index, type.length];
    case "struct":
    case "union": {
      const packed = hasFlag(type);
      return type.members.flatMap(({ name, type: of, offset, bits }) => [string(name), of, packed ? (bits << 24) | offset : offset]);
    }
    case "enum":
      return type.values.flatMap(({ name, value }) => [string(name), value]);
    case "enum64":
      return type.values.flatMap(({ name, value }) => [string(name), Number(BigInt.asUintN(32, value)), Number(BigInt.asUintN(32, value >> 32n))]);
    case "func_proto":
      return type.params.flatMap((param) => [string(param.name), param.type]);
    case "var":
      return [LINKAGES.indexOf(type.linkage)];
    case "datasec":
      return type.vars.flatMap((entry) => [entry.type, entry.offset, entry.size]);
    case "decl_tag":
      return [type.component];
    default:
      return [];
  }
}
