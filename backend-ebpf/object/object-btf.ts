/**
 * The type and line information of an object: a FUNC for each function, a DATASEC with its VARs for each data section,
 * map definitions, kfunc externs, and the records of .BTF.ext whose texts are the user's source lines.
 */
import { addBoundaryType } from "../btf/boundary.ts";
import { BtfBuilder } from "../btf/builder.ts";
import { encodeBtfExt, type ExtSection, type FuncRecord, type LineRecord, MAX_COLUMN, MAX_LINE } from "../btf/ext.ts";
import { addKfunc, addKsyms } from "../btf/kfuncs.ts";
import { isIdentifier, uniqueIdentifier } from "../btf/names.ts";
import { INSN_SIZE, ObjectError } from "./elf.ts";
import { SourceIndex } from "./lines.ts";
import { MAPS_SECTION, PROGRAM_SECTION, TEXT_SECTION } from "./sections.ts";
import type { CodeUnit, MapDef, ObjectInput } from "./types.ts";

export interface ObjectVariable {
  /** An identifier, unique in the object: the symbol's and the VAR's name. */
  readonly name: string;
  readonly section: ".bss" | ".data";
  readonly offset: number;
  readonly size: number;
}

export interface ObjectBtf {
  readonly bytes: Uint8Array;
  readonly ext: Uint8Array;
  readonly variables: readonly ObjectVariable[];
  /** Bytes of section `.maps`, and where each map's definition is in it. */
  readonly mapsSize: number;
  readonly mapOffsets: ReadonlyMap<string, { readonly offset: number; readonly size: number }>;
}

export function buildObjectBtf(input: ObjectInput): ObjectBtf {
  const btf = new BtfBuilder();
  const subprograms = input.subprograms ?? [];
  const taken = new Set([...input.programs, ...subprograms].map((unit) => unit.symbol));
  const programs = addFunctions(btf, input.programs, "global");
  const statics = addFunctions(btf, subprograms, "static");
  const variables = nameVariables(input, taken);
  for (const section of [".bss", ".data"] as const) addDataSection(btf, input, section, variables);
  const maps = addMaps(btf, input.maps ?? [], taken);
  addKfuncs(btf, [...input.programs, ...subprograms]);

  const sources = new SourceIndex(input.sources);
  const ext = encodeBtfExt({
    funcs: inSections(btf, programs, statics),
    lines: inSections(btf, lineRecords(btf, input.programs, sources, input.meta.source), lineRecords(btf, subprograms, sources, input.meta.source)),
  });
  return { bytes: btf.encode(), ext, variables, ...maps };
}

function inSections<Record>(btf: BtfBuilder, programs: readonly Record[], statics: readonly Record[]): ExtSection<Record>[] {
  const sections = [{ section: btf.string(PROGRAM_SECTION), records: programs }];
  return statics.length > 0 ? [...sections, { section: btf.string(TEXT_SECTION), records: statics }] : sections;
}

/** FUNCs in order; programs take the context. */
function addFunctions(btf: BtfBuilder, units: readonly CodeUnit[], linkage: "global" | "static"): FuncRecord[] {
  let offset = 0;
  return units.map((unit) => {
    const params = linkage === "global" ? [{ name: "ctx", type: btf.pointer(0) }] : [];
    const type = btf.add({ kind: "func", name: unit.symbol, type: btf.add({ kind: "func_proto", ret: btf.int("s32"), params }), linkage });
    const record = { offset, type };
    offset += unit.insns.length * INSN_SIZE;
    return record;
  });
}

function lineRecords(btf: BtfBuilder, units: readonly CodeUnit[], sources: SourceIndex, fallbackFile: string): LineRecord[] {
  const records: LineRecord[] = [];
  let start = 0;
  for (const unit of units) {
    for (const { insn, file, line, column, text } of sources.linesOf(unit, fallbackFile)) {
      records.push({
        offset: start + insn * INSN_SIZE,
        file: btf.string(file),
        text: btf.string(text),
        line: Math.min(line, MAX_LINE),
        column: Math.min(column, MAX_COLUMN),
      });
    }
    start += unit.insns.length * INSN_SIZE;
  }
  return records;
}

/** Variables with names made valid and unique, by section and offset; the kernel wants them apart from each other. */
function nameVariables(input: ObjectInput, taken: Set<string>): ObjectVariable[] {
  const sorted = [...input.variables].sort((a, b) => (a.section === b.section ? a.offset - b.offset : a.section < b.section ? -1 : 1));
  sorted.forEach((variable, i) => {
    const before = sorted[i - 1];
    if (before && before.section === variable.section && before.offset + before.size > variable.offset) {
      throw new ObjectError(`variables '${before.name}' and '${variable.name}' overlap in ${variable.section}`);
    }
  });
  return sorted.map(({ name, section, offset, size }) => ({ name: uniqueIdentifier(name, taken), section, offset, size }));
}

function addDataSection(btf: BtfBuilder, input: ObjectInput, section: ".bss" | ".data", variables: readonly ObjectVariable[]): void {
  const inside = variables.filter((variable) => variable.section === section);
  if (inside.length === 0) return;
  const vars = inside.map(({ name, offset, size }) => {
    const known = input.meta.buffers.find((buffer) => buffer.section === section && buffer.offset === offset && buffer.size === size)?.type;
    const type = known ? addBoundaryType(btf, known) : btf.array(btf.int("u8"), size);
    return { type: btf.add({ kind: "var", name, type, linkage: "global" }), offset, size };
  });
  btf.add({ kind: "datasec", name: section, size: section === ".bss" ? input.bssSize : input.data.length, vars });
}

/** Fields of a map definition in BTF, as libbpf reads them: integers are the lengths of arrays that are pointed to. */
const MAP_FIELDS: readonly (readonly [string, (map: MapDef) => number])[] = [
  ["type", (map) => map.type],
  ["key_size", (map) => map.keySize],
  ["value_size", (map) => map.valueSize],
  ["max_entries", (map) => map.maxEntries],
  ["map_flags", (map) => map.flags],
];

function addMaps(btf: BtfBuilder, maps: readonly MapDef[], taken: Set<string>): Pick<ObjectBtf, "mapsSize" | "mapOffsets"> {
  const mapOffsets = new Map<string, { offset: number; size: number }>();
  const vars: { type: number; offset: number; size: number }[] = [];
  let offset = 0;
  for (const map of maps) {
    if (!isIdentifier(map.name) || taken.has(map.name)) throw new ObjectError(`'${map.name}' is no valid map name, or is taken`);
    if (map.inner) throw new ObjectError(`map '${map.name}': maps in maps are not supported by the writer`);
    taken.add(map.name);
    const fields = MAP_FIELDS.filter(([, value]) => value(map) > 0);
    const members = fields.map(([name, value], i) => ({ name, type: btf.pointer(btf.array(btf.int("s32"), value(map))), offset: i * 64, bits: 0 }));
    const size = members.length * 8;
    const type = btf.add({ kind: "var", name: map.name, type: btf.add({ kind: "struct", name: "", size, members }), linkage: "global" });
    vars.push({ type, offset, size });
    mapOffsets.set(map.name, { offset, size });
    offset += size;
  }
  if (vars.length > 0) btf.add({ kind: "datasec", name: MAPS_SECTION, size: offset, vars });
  return { mapsSize: offset, mapOffsets };
}

/** Externs for the kfuncs that are called, in order of first use. */
function addKfuncs(btf: BtfBuilder, units: readonly CodeUnit[]): void {
  const names = new Set(units.flatMap((unit) => unit.relocations.flatMap((relocation) => (relocation.kind === "kfunc" ? [relocation.name] : []))));
  const funcs = [...names].map((name) => {
    const func = addKfunc(btf, name);
    if (func === undefined) throw new ObjectError(`no prototype is known for kfunc '${name}'`);
    return func;
  });
  addKsyms(btf, funcs);
}
