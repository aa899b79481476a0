/**
 * Reads an ELF64 relocatable eBPF object: headers, sections, symbols, relocations. Every offset is checked, so that any
 * bytes whatever end in a result or in ObjectError. Knows nothing of programs.
 */
import { EHDR_SIZE, EM_BPF, ET_REL, ObjectError, REL_SIZE, SHDR_SIZE, SHF, SHN_LORESERVE, SHT, SYM_SIZE } from "./elf.ts";

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  /** SHF bits. */
  readonly flags: number;
  /** Bytes in memory; `bytes` is as long, or empty for NOBITS. */
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly link: number;
  readonly info: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  readonly bind: number;
  readonly type: number;
  /** Section number; 0 for an extern, or a special number. */
  readonly section: number;
}

export interface ElfRelocation {
  /** Bytes from the start of the section that it applies to. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ElfSymbol;
}

export interface ElfFile {
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  /** By number of the section that they apply to, ascending by offset. */
  readonly relocations: ReadonlyMap<number, readonly ElfRelocation[]>;
}

/** Sections and symbols of the object; `section(name)` look-ups are the caller's. Throws ObjectError if malformed. */
export function readElf(bytes: Uint8Array): ElfFile {
  const file = new Bytes(bytes);
  if (bytes.length < EHDR_SIZE || file.u32(0) !== 0x464c457f) throw new ObjectError("not an ELF file");
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new ObjectError("not a 64-bit little-endian ELF file");
  if (file.u16(16) !== ET_REL) throw new ObjectError(`not a relocatable ELF file (type ${file.u16(16)})`);
  // clang gives 247; 0 was used before the number was assigned.
  const machine = file.u16(18);
  if (machine !== EM_BPF && machine !== 0) throw new ObjectError(`not an eBPF object (machine ${machine})`);
  const sections = readSections(file);
  const symtabs = sections.filter((section) => section.type === SHT.SYMTAB);
  if (symtabs.length !== 1) throw new ObjectError(symtabs.length === 0 ? "no symbol table: a stripped object?" : "several symbol tables");
  const symbols = readSymbols(sections, symtabs[0]!);
  return { sections, symbols, relocations: readRelocations(sections, symbols) };
}

function readSections(file: Bytes): ElfSection[] {
  const at = file.u64(40);
  const entrySize = file.u16(58);
  const count = file.u16(60);
  const namesIndex = file.u16(62);
  if (entrySize !== SHDR_SIZE) throw new ObjectError(`section headers of ${entrySize} bytes`);
  if (count === 0) throw new ObjectError("no sections");
  file.check(at, count * SHDR_SIZE, "section headers");
  const raw = Array.from({ length: count }, (_, index) => {
    const header = at + index * SHDR_SIZE;
    const type = file.u32(header + 4);
    const offset = file.u64(header + 24);
    const size = file.u64(header + 32);
    const empty = type === SHT.NOBITS || type === SHT.NULL;
    if (!empty) file.check(offset, size, `section ${index}`);
    if (size > 0xffffffff) throw new ObjectError(`section ${index} of ${size} bytes`);
    return {
      index,
      type,
      size,
      nameAt: file.u32(header),
      flags: file.u64(header + 8),
      link: file.u32(header + 40),
      info: file.u32(header + 44),
      bytes: empty ? new Uint8Array(0) : file.bytes.subarray(offset, offset + size),
    };
  });
  const names = raw[namesIndex]?.bytes;
  if (!names) throw new ObjectError("no section names");
  return raw.map(({ nameAt, ...section }) => ({ ...section, name: stringAt(names, nameAt) }));
}

function readSymbols(sections: readonly ElfSection[], symtab: ElfSection): ElfSymbol[] {
  const names = sections[symtab.link];
  if (!names || names.type !== SHT.STRTAB) throw new ObjectError("the symbol table has no string table");
  if (symtab.size % SYM_SIZE !== 0) throw new ObjectError("the symbol table is cut off");
  const table = new Bytes(symtab.bytes);
  return Array.from({ length: symtab.size / SYM_SIZE }, (_, i) => {
    const at = i * SYM_SIZE;
    const info = symtab.bytes[at + 4]!;
    const section = table.u16(at + 6);
    if (section >= sections.length && section < SHN_LORESERVE) throw new ObjectError(`symbol ${i} is in section ${section}, which does not exist`);
    return { name: stringAt(names.bytes, table.u32(at)), value: table.u64(at + 8), size: table.u64(at + 16), bind: info >> 4, type: info & 15, section };
  });
}

function readRelocations(sections: readonly ElfSection[], symbols: readonly ElfSymbol[]): Map<number, ElfRelocation[]> {
  const relocations = new Map<number, ElfRelocation[]>();
  for (const section of sections) {
    const target = sections[section.info];
    if (section.type === SHT.RELA && target && isCode(target)) throw new ObjectError(`section ${section.name}: relocations with addends are not used by eBPF`);
    if (section.type !== SHT.REL || !target) continue;
    if (section.size % REL_SIZE !== 0) throw new ObjectError(`section ${section.name} is cut off`);
    const table = new Bytes(section.bytes);
    const list = relocations.get(target.index) ?? [];
    for (let at = 0; at < section.size; at += REL_SIZE) {
      const symbol = symbols[table.u32(at + 12)];
      if (!symbol) throw new ObjectError(`section ${section.name} refers to a symbol that does not exist`);
      list.push({ offset: table.u64(at), type: table.u32(at + 8), symbol });
    }
    relocations.set(
      target.index,
      list.sort((a, b) => a.offset - b.offset),
    );
  }
  return relocations;
}

/** Whether the section holds instructions. */
export function isCode(section: ElfSection): boolean {
  return section.type === SHT.PROGBITS && (section.flags & SHF.EXECINSTR) !== 0 && section.size > 0;
}

function stringAt(table: Uint8Array, at: number): string {
  const end = table.indexOf(0, at);
  if (at >= table.length || end < 0) throw new ObjectError("a name is outside its string table");
  return utf8.decode(table.subarray(at, end));
}

const utf8 = new TextDecoder();

/** Bounds-checked little-endian reads. */
class Bytes {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  check(at: number, size: number, what: string): void {
    if (at + size > this.bytes.length) throw new ObjectError(`${what} reaches beyond the end of the file`);
  }

  u16(at: number): number {
    this.check(at, 2, "a field");
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    this.check(at, 4, "a field");
    return this.#view.getUint32(at, true);
  }

  /** As a number; what is beyond 2^53 loses precision, which no valid object has. */
  u64(at: number): number {
    this.check(at, 8, "a field");
    return Number(this.#view.getBigUint64(at, true));
  }
}
