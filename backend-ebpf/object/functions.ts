/** The functions of an object: which symbols are programs, which are subprograms, and what belongs to each. */
import type { BtfExt, ExtSection, FuncRecord, LineRecord } from "../btf/ext.ts";
import type { ParsedBtf } from "../btf/parse.ts";
import { decode, type Insn } from "../isa/insn.ts";
import { INSN_SIZE, ObjectError, STB, STT } from "./elf.ts";
import { type ElfFile, type ElfRelocation, type ElfSection, isCode } from "./elf-reader.ts";
import { TEXT_SECTION } from "./sections.ts";

/** One function as it is in its section; instructions are counted from the function's start. */
export interface ObjectFunction {
  readonly name: string;
  readonly section: ElfSection;
  /** First instruction slot in the section. */
  readonly start: number;
  readonly insns: readonly Insn[];
  /** By instruction slot. */
  readonly relocations: ReadonlyMap<number, ElfRelocation>;
  readonly funcs: readonly FuncRecord[];
  readonly lines: readonly LineRecord[];
}

export interface ObjectFunctions {
  readonly programs: readonly ObjectFunction[];
  /** By first slot in `.text`. */
  readonly subprograms: ReadonlyMap<number, ObjectFunction>;
  /** The section number of `.text`, or -1. */
  readonly text: number;
}

/** Instruction slots that all functions may have together: overlapping symbols must not make the result explode. */
export const MAX_SLOTS = 1 << 22;

/**
 * Collects functions from the symbols of code sections. As in libbpf functions in `.text` are subprograms once there are
 * several functions, and functions elsewhere are programs and must not be static. Throws ObjectError.
 */
export function collectFunctions(elf: ElfFile, btf: ParsedBtf | undefined, ext: BtfExt | undefined): ObjectFunctions {
  const functions = elf.sections.filter(isCode).flatMap((section) => functionsOf(elf, section, btf, ext));
  const inText = (fn: ObjectFunction) => fn.section.name === TEXT_SECTION && functions.length > 1;
  return {
    programs: functions.filter((fn) => !inText(fn)),
    subprograms: new Map(functions.filter(inText).map((fn) => [fn.start, fn])),
    text: functions.find((fn) => fn.section.name === TEXT_SECTION)?.section.index ?? -1,
  };
}

function functionsOf(elf: ElfFile, section: ElfSection, btf: ParsedBtf | undefined, ext: BtfExt | undefined): ObjectFunction[] {
  if (section.size % INSN_SIZE !== 0) throw new ObjectError(`section ${section.name} is no multiple of 8 bytes long`);
  const code = decode(section.bytes);
  const relocations = elf.relocations.get(section.index) ?? [];
  const funcs = btf && ext ? recordsOf(ext.funcs, section.name, btf) : [];
  const lines = btf && ext ? recordsOf(ext.lines, section.name, btf) : [];
  const symbols = elf.symbols.filter((symbol) => symbol.section === section.index && symbol.type === STT.FUNC).sort((a, b) => a.value - b.value);
  let slots = 0;
  return symbols.map((symbol) => {
    const from = symbol.value;
    const to = symbol.value + symbol.size;
    if (from % INSN_SIZE !== 0 || symbol.size % INSN_SIZE !== 0 || symbol.size === 0 || to > section.size) {
      throw new ObjectError(`function '${symbol.name}' is outside section ${section.name} or no whole instructions`);
    }
    if (section.name !== TEXT_SECTION && symbol.bind === STB.LOCAL) throw new ObjectError(`program '${symbol.name}' is static`);
    slots += symbol.size / INSN_SIZE;
    if (slots > MAX_SLOTS) throw new ObjectError("the functions overlap too much");
    const mine = between(relocations, from, to);
    const odd = mine.find((relocation) => (relocation.offset - from) % INSN_SIZE !== 0);
    if (odd) throw new ObjectError(`function '${symbol.name}': relocation inside an instruction`);
    return {
      name: symbol.name,
      section,
      start: from / INSN_SIZE,
      insns: code.slice(from / INSN_SIZE, to / INSN_SIZE),
      relocations: new Map(mine.map((relocation) => [(relocation.offset - from) / INSN_SIZE, relocation])),
      funcs: between(funcs, from, to),
      lines: between(lines, from, to),
    };
  });
}

/** Records of one section, ascending. */
function recordsOf<Record extends { readonly offset: number }>(sections: readonly ExtSection<Record>[], name: string, btf: ParsedBtf): Record[] {
  const records = sections.filter((part) => btf.stringAt(part.section) === name).flatMap((part) => part.records);
  return records.filter((record) => record.offset % INSN_SIZE === 0).sort((a, b) => a.offset - b.offset);
}

/** The records with from <= offset < to of a list in ascending order. */
function between<Record extends { readonly offset: number }>(records: readonly Record[], from: number, to: number): Record[] {
  const firstAt = (offset: number) => {
    let low = 0;
    for (let high = records.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (records[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return records.slice(firstAt(from), firstAt(to));
}
