/**
 * Map definitions of an object: those of `.maps`, described in BTF, and one array map for each section of global data.
 */
import { findType, resolve, sizeOf } from "../btf/query.ts";
import type { Btf, BtfMember, BtfType } from "../btf/types.ts";
import { ObjectError, SHT, STT } from "./elf.ts";
import type { ElfFile, ElfSection } from "./elf-reader.ts";
import { dataSectionOf, MAPS_SECTION } from "./sections.ts";
import type { MapDef } from "./types.ts";

const BPF_MAP_TYPE_ARRAY = 2;
const BPF_F_RDONLY_PROG = 128;
const BPF_F_MMAPABLE = 1024;

/** The maps, and which of them a section number and offset stand for. */
export interface ObjectMaps {
  readonly maps: MapDef[];
  /** Index in `maps` of the map defined at this offset of section `.maps`. */
  readonly defined: ReadonlyMap<number, number>;
  /** Index in `maps` of the map behind a data section, by section number. */
  readonly data: ReadonlyMap<number, number>;
}

/** Collects the maps: declared ones first, then data sections in file order, as libbpf does. Throws ObjectError. */
export function collectMaps(elf: ElfFile, btf: Btf | undefined): ObjectMaps {
  const maps: MapDef[] = [];
  const defined = new Map<number, number>();
  const data = new Map<number, number>();
  const legacy = elf.sections.find((section) => section.name === "maps");
  if (legacy) throw new ObjectError("map definitions in a section 'maps' are refused by libbpf 1.0 and later: use '.maps'");
  const declared = elf.sections.find((section) => section.name === MAPS_SECTION);
  if (declared) {
    if (!btf) throw new ObjectError("section .maps without BTF");
    for (const [offset, map] of declaredMaps(elf, declared, btf)) {
      defined.set(offset, maps.length);
      maps.push(map);
    }
  }
  for (const section of elf.sections) {
    const kind = dataSectionOf(section.name);
    const wanted = kind === ".bss" ? SHT.NOBITS : SHT.PROGBITS;
    if (!kind || section.type !== wanted || section.size === 0) continue;
    data.set(section.index, maps.length);
    const datasec = btf && findType(btf, section.name, "datasec");
    maps.push({
      name: section.name,
      section: kind,
      type: BPF_MAP_TYPE_ARRAY,
      keySize: 4,
      valueSize: section.size,
      maxEntries: 1,
      flags: BPF_F_MMAPABLE | (kind === ".rodata" ? BPF_F_RDONLY_PROG : 0),
      ...(kind !== ".bss" && { initial: section.bytes.slice() }),
      ...(kind === ".rodata" && { frozen: true }),
      ...(datasec !== undefined && { btfKey: 0, btfValue: datasec }),
    });
  }
  return { maps, defined, data };
}

function declaredMaps(elf: ElfFile, section: ElfSection, btf: Btf): [number, MapDef][] {
  const id = findType(btf, MAPS_SECTION, "datasec");
  const datasec = id === undefined ? undefined : btf.type(id);
  if (datasec?.kind !== "datasec") throw new ObjectError("BTF has no DATASEC .maps");
  const offsets = new Map(
    elf.symbols.filter((symbol) => symbol.section === section.index && symbol.type === STT.OBJECT).map((symbol) => [symbol.name, symbol.value]),
  );
  return datasec.vars.map((entry): [number, MapDef] => {
    const variable = btf.type(entry.type);
    if (variable.kind !== "var") throw new ObjectError("DATASEC .maps holds something else than variables");
    const offset = offsets.get(variable.name);
    if (offset === undefined) throw new ObjectError(`map '${variable.name}' has no symbol`);
    return [offset, mapDefinition(btf, variable.name, variable.type)];
  });
}

/** Fields that are plain numbers: libbpf's name → MapDef's. */
const NUMBERS: Readonly<Record<string, "type" | "keySize" | "valueSize" | "maxEntries" | "flags">> = {
  type: "type",
  key_size: "keySize",
  value_size: "valueSize",
  max_entries: "maxEntries",
  map_flags: "flags",
};
/** Fields that change nothing for a verifier or loader of ours. */
const IGNORED: ReadonlySet<string> = new Set(["pinning", "numa_node", "map_extra"]);

function mapDefinition(btf: Btf, name: string, type: number): MapDef {
  const definition = resolve(btf, type);
  if (definition.kind !== "struct") throw new ObjectError(`map '${name}' is no struct`);
  const map = { name, type: 0, keySize: 0, valueSize: 0, maxEntries: 0, flags: 0 } as { -readonly [K in keyof MapDef]: MapDef[K] };
  for (const member of definition.members) {
    const number = Object.hasOwn(NUMBERS, member.name) ? NUMBERS[member.name] : undefined;
    if (number) map[number] = arrayLength(btf, name, member);
    else if (member.name === "key") ({ id: map.btfKey, size: map.keySize } = pointee(btf, name, member));
    else if (member.name === "value") ({ id: map.btfValue, size: map.valueSize } = pointee(btf, name, member));
    else if (member.name === "values") Object.assign(map, valuesOf(btf, name, member));
    else if (!IGNORED.has(member.name)) throw new ObjectError(`map '${name}' has an unknown field '${member.name}'`);
  }
  if (map.type === 0) throw new ObjectError(`map '${name}' has no type`);
  return map;
}

/** `int (*field)[N]` means N. */
function arrayLength(btf: Btf, map: string, member: BtfMember): number {
  const array = behindPointer(btf, map, member).type;
  if (array.kind !== "array") throw new ObjectError(`map '${map}': field '${member.name}' is no pointer to an array`);
  return array.length;
}

function pointee(btf: Btf, map: string, member: BtfMember): { id: number; size: number } {
  const { id } = behindPointer(btf, map, member);
  const size = sizeOf(btf, id);
  if (size === undefined || size > 0xffffffff) throw new ObjectError(`map '${map}': the type of '${member.name}' has no size`);
  return { id, size };
}

/** `values`: an array of pointers to the inner map's definition, or to programs. */
function valuesOf(btf: Btf, name: string, member: BtfMember): Partial<MapDef> {
  const array = resolve(btf, member.type);
  const element = array.kind === "array" ? resolve(btf, array.type) : undefined;
  if (element?.kind !== "ptr") throw new ObjectError(`map '${name}': 'values' is no array of pointers`);
  const inner = resolve(btf, element.type);
  if (inner.kind !== "struct") return { valueSize: 4 };
  // An inner map can't hold maps itself: the recursion ends here.
  if (inner.members.some((other) => other.name === "values")) throw new ObjectError(`map '${name}': maps nested more than once`);
  return { valueSize: 4, inner: mapDefinition(btf, `${name}.inner`, element.type) };
}

function behindPointer(btf: Btf, map: string, member: BtfMember): { id: number; type: BtfType } {
  const pointer = resolve(btf, member.type);
  if (pointer.kind !== "ptr") throw new ObjectError(`map '${map}': field '${member.name}' is no pointer`);
  return { id: pointer.type, type: resolve(btf, pointer.type) };
}
