/**
 * Writes an object file: what codegen hands over becomes the ELF sections that libbpf, bpftool and cilium/ebpf load.
 * Owns which sections and symbols exist; bytes of ELF are elf-writer.ts's, types object-btf.ts's. Same input, same bytes.
 */
import { META_SECTION } from "../../kernel/abi/meta.ts";
import { isIdentifier } from "../btf/names.ts";
import { encode, type Insn } from "../isa/insn.ts";
import { INSN_SIZE, ObjectError, OPCODE, PSEUDO, R_BPF_64_32, R_BPF_64_64, SHF, SHT, STB, STT } from "./elf.ts";
import { layoutElf, type SectionInput, type SymbolInput } from "./elf-writer.ts";
import { buildObjectBtf } from "./object-btf.ts";
import { LICENSE_SECTION, MAPS_SECTION, PROGRAM_SECTION, TEXT_SECTION } from "./sections.ts";
import type { CodeUnit, ObjectInput, Relocation } from "./types.ts";

/** The object's bytes. Throws ObjectError where the input can't be expressed (names, relocations): a bug of its maker. */
export function writeObject(input: ObjectInput): Uint8Array {
  checkInput(input);
  const utf8 = new TextEncoder();
  const subprograms = input.subprograms ?? [];
  const btf = buildObjectBtf(input);
  const targets = new Targets(input, btf.mapOffsets);
  const contents = (name: string, bytes: Uint8Array, flags: number, align: number): SectionInput => ({ name, type: SHT.PROGBITS, flags, align, bytes });
  const writable = SHF.ALLOC | SHF.WRITE;

  const sections: SectionInput[] = [];
  if (subprograms.length > 0) sections.push(codeSection(TEXT_SECTION, subprograms, targets));
  sections.push(codeSection(PROGRAM_SECTION, input.programs, targets));
  if (input.bssSize > 0) sections.push({ name: ".bss", type: SHT.NOBITS, flags: writable, align: 8, bytes: new Uint8Array(0), size: input.bssSize });
  if (input.data.length > 0) sections.push(contents(".data", input.data, writable, 8));
  sections.push(contents(LICENSE_SECTION, utf8.encode(`${input.meta.license}\0`), writable, 1));
  if (btf.mapsSize > 0) sections.push(contents(MAPS_SECTION, new Uint8Array(btf.mapsSize), writable, 8));
  sections.push(contents(".BTF", btf.bytes, 0, 4), contents(".BTF.ext", btf.ext, 0, 4), contents(META_SECTION, utf8.encode(JSON.stringify(input.meta)), 0, 1));

  const symbols: SymbolInput[] = [
    ...targets.symbols(),
    ...functionSymbols(TEXT_SECTION, subprograms, STB.LOCAL),
    ...functionSymbols(PROGRAM_SECTION, input.programs, STB.GLOBAL),
    ...btf.variables.map(({ name, section, offset, size }) => ({ name, section, value: offset, size, bind: STB.GLOBAL, type: STT.OBJECT })),
  ];
  return layoutElf(sections, symbols);
}

function checkInput(input: ObjectInput): void {
  if (input.programs.length === 0) throw new ObjectError("an object needs a program");
  const names = new Set<string>();
  for (const unit of [...input.programs, ...(input.subprograms ?? [])]) {
    if (!isIdentifier(unit.symbol)) throw new ObjectError(`'${unit.symbol}' is no valid function name`);
    if (names.has(unit.symbol)) throw new ObjectError(`two functions are called '${unit.symbol}'`);
    names.add(unit.symbol);
    if (unit.insns.length === 0) throw new ObjectError(`function '${unit.symbol}' is empty`);
  }
  for (const { name, section, offset, size } of input.variables) {
    const end = section === ".bss" ? input.bssSize : input.data.length;
    if (offset < 0 || size <= 0 || offset + size > end) throw new ObjectError(`variable '${name}' is outside ${section}`);
  }
  if (input.meta.license.includes("\0")) throw new ObjectError("the license holds a NUL");
}

/** Byte offset of each unit when they are laid out one after the other. */
export function offsetsOf(units: readonly CodeUnit[]): Map<string, number> {
  const offsets = new Map<string, number>();
  let at = 0;
  for (const unit of units) {
    offsets.set(unit.symbol, at);
    at += unit.insns.length * INSN_SIZE;
  }
  return offsets;
}

function functionSymbols(section: string, units: readonly CodeUnit[], bind: number): SymbolInput[] {
  const offsets = offsetsOf(units);
  return units.map((unit) => ({ name: unit.symbol, section, value: offsets.get(unit.symbol)!, size: unit.insns.length * INSN_SIZE, bind, type: STT.FUNC }));
}

type SectionRelocation = NonNullable<SectionInput["relocations"]>[number];

/** The code of `units` in one section, with the operands and relocations that their references ask for. */
function codeSection(name: string, units: readonly CodeUnit[], targets: Targets): SectionInput {
  const offsets = offsetsOf(units);
  const insns: Insn[] = [];
  const relocations: SectionRelocation[] = [];
  for (const unit of units) {
    const patched = [...unit.insns];
    for (const relocation of [...unit.relocations].sort((a, b) => a.insn - b.insn)) {
      const insn = patched[relocation.insn];
      const wanted = relocation.kind === "kfunc" || relocation.kind === "subprogram" ? OPCODE.CALL : OPCODE.LDIMM64;
      if (insn?.opcode !== wanted)
        throw new ObjectError(`${unit.symbol}: relocation of kind '${relocation.kind}' at instruction ${relocation.insn}, which is none`);
      const { symbol, imm, src } = targets.of(relocation);
      patched[relocation.insn] = { ...insn, src, imm };
      const offset = offsets.get(unit.symbol)! + relocation.insn * INSN_SIZE;
      relocations.push({ offset, symbol, type: wanted === OPCODE.CALL ? R_BPF_64_32 : R_BPF_64_64 });
    }
    insns.push(...patched);
  }
  return { name, type: SHT.PROGBITS, flags: SHF.ALLOC | SHF.EXECINSTR, align: 8, bytes: encode(insns), relocations };
}

/** The symbols that relocations point to, made when first asked for; maps have theirs in any case. */
class Targets {
  readonly #symbols = new Map<string, SymbolInput>();
  readonly #sections: ReadonlySet<string>;
  readonly #functions: ReadonlyMap<string, number>;
  readonly #maps = new Map<string, SymbolInput>();

  /** `mapOffsets`: each map's byte offset in `.maps`. */
  constructor(input: ObjectInput, mapOffsets: ReadonlyMap<string, { readonly offset: number; readonly size: number }>) {
    this.#sections = new Set([...(input.bssSize > 0 ? [".bss"] : []), ...(input.data.length > 0 ? [".data"] : [])]);
    this.#functions = offsetsOf(input.subprograms ?? []);
    for (const [name, { offset, size }] of mapOffsets) {
      this.#maps.set(name, { name, section: MAPS_SECTION, value: offset, size, bind: STB.GLOBAL, type: STT.OBJECT });
    }
  }

  /** Operand and symbol for a reference, in the form clang writes: the addend is in the instruction. */
  of(relocation: Relocation): { symbol: SymbolInput; imm: number; src: number } {
    switch (relocation.kind) {
      case "data": {
        if (!this.#sections.has(relocation.section)) throw new ObjectError(`relocation against ${relocation.section}, which is empty`);
        return { symbol: this.#section(relocation.section), imm: relocation.addend, src: 0 };
      }
      case "map": {
        const symbol = this.#maps.get(relocation.map);
        if (!symbol) throw new ObjectError(`relocation against map '${relocation.map}', which is not declared`);
        return { symbol, imm: 0, src: 0 };
      }
      case "kfunc":
        return { symbol: this.#extern(relocation.name), imm: -1, src: PSEUDO.CALL };
      case "subprogram":
      case "function": {
        const offset = this.#functions.get(relocation.name);
        if (offset === undefined) throw new ObjectError(`reference to subprogram '${relocation.name}', which does not exist`);
        const symbol = this.#section(TEXT_SECTION);
        return relocation.kind === "function" ? { symbol, imm: offset, src: 0 } : { symbol, imm: offset / INSN_SIZE - 1, src: PSEUDO.CALL };
      }
    }
  }

  symbols(): SymbolInput[] {
    return [...this.#symbols.values(), ...this.#maps.values()];
  }

  #section(name: string): SymbolInput {
    return this.#once(name, { name: "", section: name, value: 0, size: 0, bind: STB.LOCAL, type: STT.SECTION });
  }

  #extern(name: string): SymbolInput {
    return this.#once(`extern ${name}`, { name, value: 0, size: 0, bind: STB.GLOBAL, type: STT.NOTYPE });
  }

  #once(key: string, symbol: SymbolInput): SymbolInput {
    const known = this.#symbols.get(key);
    if (known) return known;
    this.#symbols.set(key, symbol);
    return symbol;
  }
}
