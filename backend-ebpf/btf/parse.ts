/**
 * Reader of encoded BTF. One pass finds where each type starts; types, names and the name index are decoded when asked
 * for. Every offset is checked against the blob, so that malformed input ends in BtfError and nowhere else.
 */
import { BTF_HEADER_SIZE, BTF_MAGIC, BTF_TYPE_SIZE, BtfError, INT_BOOL, INT_CHAR, INT_SIGNED, KIND_EXTRA, KINDS, LINKAGES } from "./format.ts";
import type { Btf, BtfKind, BtfType } from "./types.ts";

/** Where the parts of a blob are, in bytes from its start. */
export interface BtfLayout {
  readonly headerSize: number;
  readonly typesAt: number;
  readonly typesSize: number;
  readonly stringsAt: number;
  readonly stringsSize: number;
}

/** A Btf read from bytes: also tells where things are, for those who must patch or refer to the encoded form. */
export interface ParsedBtf extends Btf {
  readonly bytes: Uint8Array;
  readonly layout: BtfLayout;
  /** Byte offset in `bytes` of the record of type `id` (not of the base's). */
  offsetOf(id: number): number;
  /** The string at this offset of the string section (continued from the base's). Throws BtfError outside. */
  stringAt(offset: number): string;
}

/**
 * Reads the BTF blob `bytes` (as in /sys/kernel/btf/vmlinux or section .BTF), little endian. `base` is the BTF that a
 * split one (/sys/kernel/btf/MODULE) continues. The bytes are referred to, not copied. Throws BtfError if malformed.
 */
export function parseBtf(bytes: Uint8Array, base?: ParsedBtf): ParsedBtf {
  return new EncodedBtf(bytes, base);
}

const utf8 = new TextDecoder();
const utf8Bytes = new TextEncoder();

function readLayout(bytes: Uint8Array, view: DataView): BtfLayout {
  if (bytes.length < BTF_HEADER_SIZE) throw new BtfError(`BTF of ${bytes.length} bytes is shorter than its header`);
  const magic = view.getUint16(0, true);
  if (magic !== BTF_MAGIC) throw new BtfError(magic === 0x9feb ? "big-endian BTF is not supported" : `bad BTF magic 0x${magic.toString(16)}`);
  const version = view.getUint8(2);
  if (version !== 1) throw new BtfError(`unknown BTF version ${version}`);
  const headerSize = view.getUint32(4, true);
  if (headerSize < BTF_HEADER_SIZE || headerSize > bytes.length) throw new BtfError(`bad BTF header length ${headerSize}`);
  const [typeOff, typesSize, strOff, stringsSize] = [8, 12, 16, 20].map((at) => view.getUint32(at, true)) as [number, number, number, number];
  const layout = { headerSize, typesAt: headerSize + typeOff, typesSize, stringsAt: headerSize + strOff, stringsSize };
  if (layout.typesAt + typesSize > bytes.length) throw new BtfError("BTF types reach beyond the end");
  if (layout.stringsAt + stringsSize > bytes.length) throw new BtfError("BTF strings reach beyond the end");
  if (stringsSize > 0 && bytes[layout.stringsAt + stringsSize - 1] !== 0) throw new BtfError("BTF strings don't end in NUL");
  return layout;
}

/** FNV-1a over the bytes from `at` to the next NUL. */
function hashOfString(bytes: Uint8Array, at: number): number {
  let hash = 0x811c9dc5;
  for (let byte = bytes[at]; byte !== 0 && byte !== undefined; byte = bytes[++at]) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

class EncodedBtf implements ParsedBtf {
  readonly bytes: Uint8Array;
  readonly base?: ParsedBtf;
  readonly layout: BtfLayout;
  readonly firstId: number;
  readonly count: number;
  readonly #view: DataView;
  /** Byte offset of each type's record, by id - firstId. */
  readonly #offsets: Uint32Array;
  readonly #types: (BtfType | undefined)[] = [];
  readonly #strings = new Map<number, string>();
  readonly #firstString: number;
  /** Chained hash table over names: heads by hash, next by id - firstId; entries are id - firstId + 1, 0 ends a chain. */
  #index: { readonly heads: Int32Array; readonly next: Int32Array } | undefined;

  constructor(bytes: Uint8Array, base?: ParsedBtf) {
    this.bytes = bytes;
    if (base) this.base = base;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.layout = readLayout(bytes, this.#view);
    this.firstId = base ? base.count : 1;
    this.#firstString = base ? stringsEnd(base) : 0;
    this.#offsets = this.#scan();
    this.count = this.firstId + this.#offsets.length;
  }

  #scan(): Uint32Array {
    const view = this.#view;
    const end = this.layout.typesAt + this.layout.typesSize;
    const extra = KINDS.map((kind) => KIND_EXTRA[kind]);
    const offsets = new Uint32Array(Math.ceil(this.layout.typesSize / BTF_TYPE_SIZE));
    let count = 0;
    for (let at = this.layout.typesAt; at < end; ) {
      if (at + BTF_TYPE_SIZE > end) throw new BtfError(`BTF type ${this.firstId + count} is cut off`);
      const info = view.getUint32(at + 4, true);
      const kind = (info >>> 24) & 31;
      const sizes = kind === 0 ? undefined : extra[kind];
      if (!sizes) throw new BtfError(`BTF type ${this.firstId + count} has unknown kind ${kind}`);
      offsets[count++] = at;
      at += BTF_TYPE_SIZE + sizes.fixed + sizes.each * (info & 0xffff);
      if (at > end) throw new BtfError(`BTF type ${this.firstId + count - 1} is cut off`);
    }
    return offsets.slice(0, count);
  }

  offsetOf(id: number): number {
    const offset = this.#offsets[id - this.firstId];
    if (offset === undefined) throw new BtfError(`BTF type id ${id} is out of range`);
    return offset;
  }

  stringAt(offset: number): string {
    if (offset < this.#firstString) return this.base!.stringAt(offset);
    const known = this.#strings.get(offset);
    if (known !== undefined) return known;
    const from = offset - this.#firstString;
    if (from >= this.layout.stringsSize) {
      if (offset === 0) return "";
      throw new BtfError(`BTF string offset ${offset} is out of range`);
    }
    const start = this.layout.stringsAt + from;
    const text = utf8.decode(this.bytes.subarray(start, this.bytes.indexOf(0, start)));
    this.#strings.set(offset, text);
    return text;
  }

  type(id: number): BtfType {
    if (id === 0) return VOID;
    if (id > 0 && id < this.firstId) return this.base!.type(id);
    this.#types[id - this.firstId] ??= this.#decode(this.offsetOf(id));
    return this.#types[id - this.firstId]!;
  }

  named(name: string, kind?: BtfKind): readonly number[] {
    const found: number[] = [];
    this.#index ??= this.#buildIndex();
    const { heads, next } = this.#index;
    const wanted = utf8Bytes.encode(`${name}\0`);
    for (let entry = heads[hashOfString(wanted, 0) & (heads.length - 1)]!; entry !== 0; entry = next[entry - 1]!) {
      const at = this.#offsets[entry - 1]!;
      if (kind !== undefined && KINDS[(this.#view.getUint32(at + 4, true) >>> 24) & 31] !== kind) continue;
      if (this.stringAt(this.#view.getUint32(at, true)) === name) found.push(this.firstId + entry - 1);
    }
    found.reverse();
    return this.base ? [...this.base.named(name, kind), ...found] : found;
  }

  #buildIndex(): { heads: Int32Array; next: Int32Array } {
    const count = this.#offsets.length;
    const heads = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(count, 16))));
    const next = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const name = this.#view.getUint32(this.#offsets[i]!, true);
      if (name === 0) continue;
      const from = name - this.#firstString;
      // A split BTF may name its types with the base's strings.
      const hash = from < 0 ? hashOfString(utf8Bytes.encode(this.stringAt(name)), 0) : hashOfString(this.bytes, this.layout.stringsAt + from);
      const head = hash & (heads.length - 1);
      next[i] = heads[head]!;
      heads[head] = i + 1;
    }
    return { heads, next };
  }

  #decode(at: number): BtfType {
    const view = this.#view;
    const u32 = (offset: number) => view.getUint32(offset, true);
    const nameOffset = u32(at);
    const info = u32(at + 4);
    const third = u32(at + 8);
    const vlen = info & 0xffff;
    const flag = info >>> 31 === 1;
    const more = at + BTF_TYPE_SIZE;
    const kind = KINDS[(info >>> 24) & 31]!;
    const name = this.stringAt(nameOffset);
    const each = <T>(size: number, read: (entry: number) => T): T[] => Array.from({ length: vlen }, (_, i) => read(more + i * size));
    switch (kind) {
      case "void":
        return VOID;
      case "int": {
        const word = u32(more);
        const encoding = (word >>> 24) & 15;
        return {
          kind,
          name,
          size: third,
          bits: word & 0xff,
          offset: (word >>> 16) & 0xff,
          signed: (encoding & INT_SIGNED) !== 0,
          char: (encoding & INT_CHAR) !== 0,
          bool: (encoding & INT_BOOL) !== 0,
        };
      }
      case "ptr":
      case "volatile":
      case "const":
      case "restrict":
        return { kind, type: third };
      case "array":
        return { kind, type: u32(more), index: u32(more + 4), length: u32(more + 8) };
      case "struct":
      case "union":
        return {
          kind,
          name,
          size: third,
          members: each(12, (entry) => {
            const place = u32(entry + 8);
            return { name: this.stringAt(u32(entry)), type: u32(entry + 4), offset: flag ? place & 0xffffff : place, bits: flag ? place >>> 24 : 0 };
          }),
        };
      case "enum":
        return {
          kind,
          name,
          size: third,
          signed: flag,
          values: each(8, (entry) => ({ name: this.stringAt(u32(entry)), value: flag ? view.getInt32(entry + 4, true) : u32(entry + 4) })),
        };
      case "enum64":
        return {
          kind,
          name,
          size: third,
          signed: flag,
          values: each(12, (entry) => ({
            name: this.stringAt(u32(entry)),
            value: (flag ? BigInt.asIntN : BigInt.asUintN)(64, view.getBigUint64(entry + 4, true)),
          })),
        };
      case "fwd":
        return { kind, name, union: flag };
      case "typedef":
      case "type_tag":
        return { kind, name, type: third, ...(flag && { attribute: true as const }) };
      case "func":
        return { kind, name, type: third, linkage: linkage(vlen) };
      case "func_proto":
        return { kind, ret: third, params: each(8, (entry) => ({ name: this.stringAt(u32(entry)), type: u32(entry + 4) })) };
      case "var":
        return { kind, name, type: third, linkage: linkage(u32(more)) };
      case "datasec":
        return { kind, name, size: third, vars: each(12, (entry) => ({ type: u32(entry), offset: u32(entry + 4), size: u32(entry + 8) })) };
      case "float":
        return { kind, name, size: third };
      case "decl_tag":
        return { kind, name, type: third, component: view.getInt32(more, true), ...(flag && { attribute: true as const }) };
    }
  }
}

const VOID: BtfType = { kind: "void" };

function linkage(number: number): (typeof LINKAGES)[number] {
  const name = LINKAGES[number];
  if (!name) throw new BtfError(`unknown BTF linkage ${number}`);
  return name;
}

/** Offset behind the last string, counted through all bases. */
function stringsEnd(btf: ParsedBtf): number {
  return (btf.base ? stringsEnd(btf.base as ParsedBtf) : 0) + btf.layout.stringsSize;
}
