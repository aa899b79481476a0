/**
 * Makes an object's BTF loadable by BPF_BTF_LOAD, with the fix-ups that libbpf makes: sizes of data sections and offsets
 * of their variables come from the ELF file, variables and functions of `.ksyms` stop being externs. Records are patched
 * where they are, so type ids and string offsets stay; one variable and its name are added at the ends.
 */
import { BTF_TYPE_SIZE, KINDS, LINKAGES } from "../btf/format.ts";
import { KSYM_SIZE, KSYMS_SECTION } from "../btf/kfuncs.ts";
import type { ParsedBtf } from "../btf/parse.ts";
import type { BtfType } from "../btf/types.ts";
import { assembleBtf, concatBytes, packWords, putWords } from "../btf/words.ts";
import { ObjectError, STB } from "./elf.ts";
import type { ElfFile, ElfSymbol } from "./elf-reader.ts";

const GLOBAL = LINKAGES.indexOf("global");
/** What stands in `.ksyms` for a function, since only variables may be in a DATASEC. */
const DUMMY_NAME = "dummy_ksym";

/** The encoded BTF with its fix-ups. Throws ObjectError where a variable has no symbol or a section no size. */
export function finalizeBtf(btf: ParsedBtf, elf: ElfFile): Uint8Array {
  const draft = new Draft(btf);
  const symbols = new Map(elf.symbols.filter((symbol) => symbol.bind !== STB.LOCAL).map((symbol) => [symbol.name, symbol]));
  for (let id = 1; id < btf.count; id++) {
    const type = btf.type(id);
    if (type.kind !== "datasec") continue;
    if (type.name === KSYMS_SECTION) fixKsyms(draft, id, type);
    else fixSection(draft, id, type, elf, symbols);
  }
  return draft.bytes();
}

type Datasec = Extract<BtfType, { kind: "datasec" }>;

/** clang leaves sizes and offsets at 0; who has filled them in already is believed. Entries are put in ascending order. */
function fixSection(draft: Draft, id: number, type: Datasec, elf: ElfFile, symbols: ReadonlyMap<string, ElfSymbol>): void {
  const size = type.size || elf.sections.find((section) => section.name === type.name)?.size;
  if (!size) throw new ObjectError(`BTF describes section '${type.name}', which is empty or missing`);
  const entries = type.vars.map((entry) => {
    const variable = draft.btf.type(entry.type);
    if (variable.kind !== "var") throw new ObjectError(`DATASEC '${type.name}' holds something else than variables`);
    if (type.size !== 0 || variable.linkage !== "global") return entry;
    const symbol = symbols.get(variable.name);
    if (!symbol) throw new ObjectError(`variable '${variable.name}' of section '${type.name}' has no symbol`);
    return { ...entry, offset: symbol.value };
  });
  draft.setSection(
    id,
    size,
    entries.sort((a, b) => a.offset - b.offset),
  );
}

function fixKsyms(draft: Draft, id: number, type: Datasec): void {
  const entries = type.vars.map((entry, i) => {
    const offset = i * KSYM_SIZE;
    const extern = draft.btf.type(entry.type);
    if (extern.kind === "func") {
      draft.setFuncLinkage(entry.type, GLOBAL);
      draft.nameParams(extern.type);
      return { type: draft.dummy(), offset, size: KSYM_SIZE };
    }
    if (extern.kind !== "var") throw new ObjectError("DATASEC .ksyms holds something else than functions and variables");
    draft.setVar(entry.type, draft.int(), GLOBAL);
    return { type: entry.type, offset, size: KSYM_SIZE };
  });
  draft.setSection(id, entries.length * KSYM_SIZE, entries);
}

/** A copy of the types that is patched, and what is added at the end. */
class Draft {
  readonly btf: ParsedBtf;
  readonly #types: Uint8Array;
  readonly #view: DataView;
  #dummy: { readonly id: number; readonly name: number; readonly type: number } | undefined;

  constructor(btf: ParsedBtf) {
    this.btf = btf;
    this.#types = btf.bytes.slice(btf.layout.typesAt, btf.layout.typesAt + btf.layout.typesSize);
    this.#view = new DataView(this.#types.buffer);
  }

  #at(id: number): number {
    return this.btf.offsetOf(id) - this.btf.layout.typesAt;
  }

  /** Id of a 4-byte integer, which libbpf takes for the type of externs. */
  int(): number {
    for (let id = 1; id < this.btf.count; id++) {
      const type = this.btf.type(id);
      if (type.kind === "int" && type.size === 4 && type.bits === 32) return id;
    }
    throw new ObjectError("BTF with externs has no 32-bit integer");
  }

  /** Id of the variable that stands for functions; it is made when first asked for. */
  dummy(): number {
    this.#dummy ??= { id: this.btf.count, name: this.btf.layout.stringsSize, type: this.int() };
    return this.#dummy.id;
  }

  setSection(id: number, size: number, entries: readonly { type: number; offset: number; size: number }[]): void {
    const at = this.#at(id);
    this.#view.setUint32(at + 8, size, true);
    putWords(
      this.#view,
      at + BTF_TYPE_SIZE,
      entries.flatMap((entry) => [entry.type, entry.offset, entry.size]),
    );
  }

  setFuncLinkage(id: number, linkage: number): void {
    this.#view.setUint16(this.#at(id) + 4, linkage, true);
  }

  setVar(id: number, type: number, linkage: number): void {
    this.#view.setUint32(this.#at(id) + 8, type, true);
    this.#view.setUint32(this.#at(id) + 12, linkage, true);
  }

  /** Gives the unnamed parameters of an extern's prototype a name: the kernel wants one in what is now a definition. */
  nameParams(id: number): void {
    const proto = this.btf.type(id);
    if (proto.kind !== "func_proto") throw new ObjectError("an extern function has no prototype");
    this.dummy();
    proto.params.forEach((param, i) => {
      if (param.type !== 0 && param.name === "") this.#view.setUint32(this.#at(id) + BTF_TYPE_SIZE + i * 8, this.#dummy!.name, true);
    });
  }

  bytes(): Uint8Array {
    const { layout } = this.btf;
    const strings = this.btf.bytes.subarray(layout.stringsAt, layout.stringsAt + layout.stringsSize);
    if (!this.#dummy) return assembleBtf(this.#types, strings);
    const variable = packWords([this.#dummy.name, KINDS.indexOf("var") << 24, this.#dummy.type, GLOBAL]);
    const name = new TextEncoder().encode(`${DUMMY_NAME}\0`);
    return assembleBtf(concatBytes([this.#types, variable]), concatBytes([strings, name]));
  }
}
