/**
 * Lays out an ELF64 relocatable object: sections, symbols and REL relocations to bytes. Knows nothing of programs.
 * Bytes depend on the input only.
 */
import { concatBytes } from "../btf/words.ts";
import { EHDR_SIZE, EM_BPF, ET_REL, REL_SIZE, SHDR_SIZE, SHT, STB, SYM_SIZE } from "./elf.ts";

export interface SectionInput {
  readonly name: string;
  readonly type: number;
  /** SHF bits. */
  readonly flags: number;
  readonly align: number;
  readonly bytes: Uint8Array;
  /** Size in bytes of a NOBITS section, whose `bytes` are empty. */
  readonly size?: number;
  readonly relocations?: readonly { readonly offset: number; readonly symbol: SymbolInput; readonly type: number }[];
}

export interface SymbolInput {
  readonly name: string;
  /** Name of the section it is in; absent: undefined, an extern. */
  readonly section?: string;
  readonly value: number;
  readonly size: number;
  readonly bind: number;
  readonly type: number;
}

interface Laid {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly align: number;
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

/** The object's bytes. Symbols may come in any order; local ones are put first, as ELF demands. */
export function layoutElf(sections: readonly SectionInput[], symbols: readonly SymbolInput[]): Uint8Array {
  const ordered = [...symbols.filter((symbol) => symbol.bind === STB.LOCAL), ...symbols.filter((symbol) => symbol.bind !== STB.LOCAL)];
  const symbolNumber = new Map(ordered.map((symbol, i): [SymbolInput, number] => [symbol, i + 1]));
  const sectionNumber = new Map(sections.map((section, i): [string, number] => [section.name, i + 1]));
  const relocated = sections.filter((section) => section.relocations?.length);
  const symtabNumber = sections.length + relocated.length + 1;
  const strings = new StringTable();

  const laid: Laid[] = sections.map((section) => ({ ...section, size: section.size ?? section.bytes.length, link: 0, info: 0, entrySize: 0 }));
  for (const section of relocated) {
    const bytes = encodeRelocations(section.relocations!, symbolNumber);
    laid.push({
      name: `.rel${section.name}`,
      type: SHT.REL,
      flags: 0,
      align: 8,
      bytes,
      size: bytes.length,
      link: symtabNumber,
      info: sectionNumber.get(section.name)!,
      entrySize: REL_SIZE,
    });
  }
  const symtab = encodeSymbols(ordered, sectionNumber, strings);
  const locals = ordered.filter((symbol) => symbol.bind === STB.LOCAL).length;
  laid.push({
    name: ".symtab",
    type: SHT.SYMTAB,
    flags: 0,
    align: 8,
    bytes: symtab,
    size: symtab.length,
    link: symtabNumber + 1,
    info: locals + 1,
    entrySize: SYM_SIZE,
  });
  const names = laid.map((section) => strings.add(section.name));
  names.push(strings.add(".strtab"));
  const strtab = strings.bytes();
  laid.push({ name: ".strtab", type: SHT.STRTAB, flags: 0, align: 1, bytes: strtab, size: strtab.length, link: 0, info: 0, entrySize: 0 });
  return assemble(laid, names);
}

function assemble(sections: readonly Laid[], names: readonly number[]): Uint8Array {
  let end = EHDR_SIZE;
  const offsets = sections.map((section) => {
    const offset = Math.ceil(end / section.align) * section.align;
    end = offset + section.bytes.length;
    return offset;
  });
  const headersAt = Math.ceil(end / 8) * 8;
  const bytes = new Uint8Array(headersAt + SHDR_SIZE * (sections.length + 1));
  const view = new DataView(bytes.buffer);
  // e_ident: magic, ELFCLASS64, ELFDATA2LSB, EV_CURRENT, no OS ABI.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, ET_REL, true);
  view.setUint16(18, EM_BPF, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(40, BigInt(headersAt), true);
  view.setUint16(52, EHDR_SIZE, true);
  view.setUint16(58, SHDR_SIZE, true);
  view.setUint16(60, sections.length + 1, true);
  view.setUint16(62, sections.length, true);
  sections.forEach((section, i) => {
    bytes.set(section.bytes, offsets[i]!);
    const at = headersAt + SHDR_SIZE * (i + 1);
    view.setUint32(at, names[i]!, true);
    view.setUint32(at + 4, section.type, true);
    view.setBigUint64(at + 8, BigInt(section.flags), true);
    view.setBigUint64(at + 24, BigInt(offsets[i]!), true);
    view.setBigUint64(at + 32, BigInt(section.size), true);
    view.setUint32(at + 40, section.link, true);
    view.setUint32(at + 44, section.info, true);
    view.setBigUint64(at + 48, BigInt(section.align), true);
    view.setBigUint64(at + 56, BigInt(section.entrySize), true);
  });
  return bytes;
}

function encodeRelocations(relocations: NonNullable<SectionInput["relocations"]>, symbolNumber: ReadonlyMap<SymbolInput, number>): Uint8Array {
  const bytes = new Uint8Array(relocations.length * REL_SIZE);
  const view = new DataView(bytes.buffer);
  relocations.forEach((relocation, i) => {
    view.setBigUint64(i * REL_SIZE, BigInt(relocation.offset), true);
    view.setUint32(i * REL_SIZE + 8, relocation.type, true);
    view.setUint32(i * REL_SIZE + 12, symbolNumber.get(relocation.symbol)!, true);
  });
  return bytes;
}

function encodeSymbols(symbols: readonly SymbolInput[], sectionNumber: ReadonlyMap<string, number>, strings: StringTable): Uint8Array {
  const bytes = new Uint8Array((symbols.length + 1) * SYM_SIZE);
  const view = new DataView(bytes.buffer);
  symbols.forEach((symbol, i) => {
    const at = (i + 1) * SYM_SIZE;
    view.setUint32(at, strings.add(symbol.name), true);
    view.setUint8(at + 4, (symbol.bind << 4) | symbol.type);
    view.setUint16(at + 6, symbol.section ? sectionNumber.get(symbol.section)! : 0, true);
    view.setBigUint64(at + 8, BigInt(symbol.value), true);
    view.setBigUint64(at + 16, BigInt(symbol.size), true);
  });
  return bytes;
}

/** An ELF string table; equal strings are stored once. */
class StringTable {
  readonly #offsets = new Map<string, number>([["", 0]]);
  readonly #parts: Uint8Array[] = [Uint8Array.of(0)];
  #size = 1;

  add(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(`${text}\0`);
    const offset = this.#size;
    this.#offsets.set(text, offset);
    this.#parts.push(bytes);
    this.#size += bytes.length;
    return offset;
  }

  bytes(): Uint8Array {
    return concatBytes(this.#parts);
  }
}
