/**
 * A linked object as one blob, for loaders in places without Node: everything bpf(2) wants is laid out, nothing is left
 * to resolve but descriptors. All numbers are u32, little endian; offsets count bytes from the start; strings end in NUL.
 *
 *   header    magic "ACLB", version, size of the blob, maps: count, offset, programs: count, offset, BTF: offset, size
 *   map       name, type, key size, value size, max entries, flags, BTF key, BTF value, initial bytes: offset, size, frozen
 *   program   name, license, type, load flags, instructions: offset, count, func_info: offset, count, line_info: offset, count
 *
 * A loader loads the BTF, creates the maps in order, writes their initial bytes as element 0 (and freezes them), replaces
 * the imm of each ldimm64 with src_reg 1 or 2, a map's index, by its descriptor, and loads the programs. Calls of kfuncs
 * carry the BTF ids of the kernel that the object was linked for.
 */
import { concatBytes, packWords } from "../btf/words.ts";
import { decode, encode, type Insn } from "../isa/insn.ts";
import { INSN_SIZE, ObjectError, OPCODE, PSEUDO } from "./elf.ts";
import { FUNC_INFO_SIZE, LINE_INFO_SIZE, loadInfo } from "./load-info.ts";
import type { LinkedObject, LinkedProgram } from "./types.ts";

const MAGIC = 0x424c4341;
const VERSION = 1;
const HEADER_WORDS = 9;
const MAP_WORDS = 11;
const PROGRAM_WORDS = 10;

/** Writes the blob. Throws ObjectError for kfuncs outside the kernel's own BTF and for maps in maps. Same input, same bytes. */
export function writeBlob(object: LinkedObject): Uint8Array {
  const heap = new Heap((HEADER_WORDS + object.maps.length * MAP_WORDS + object.programs.length * PROGRAM_WORDS) * 4);
  const maps = object.maps.flatMap((map) => {
    if (map.inner) throw new ObjectError(`map '${map.name}': maps in maps can't be put into a blob`);
    const initial = map.initial ? [heap.add(map.initial), map.initial.length] : [0, 0];
    const numbers = [map.type, map.keySize, map.valueSize, map.maxEntries, map.flags, map.btfKey ?? 0, map.btfValue ?? 0];
    return [heap.text(map.name), ...numbers, ...initial, map.frozen ? 1 : 0];
  });
  const programs = object.programs.flatMap((program, index) => {
    const { funcInfo, lineInfo } = loadInfo(object, index);
    const code = [heap.add(encode(withKfuncIds(program))), program.insns.length];
    const records = [heap.add(funcInfo), funcInfo.length / FUNC_INFO_SIZE, heap.add(lineInfo), lineInfo.length / LINE_INFO_SIZE];
    return [heap.text(program.name), heap.text(program.license), program.progType, program.loadFlags, ...code, ...records];
  });
  const btf = object.btfBytes ? [heap.add(object.btfBytes), object.btfBytes.length] : [0, 0];
  const mapsAt = HEADER_WORDS * 4;
  const header = [MAGIC, VERSION, heap.end, object.maps.length, mapsAt, object.programs.length, mapsAt + maps.length * 4, ...btf];
  return concatBytes([packWords([...header, ...maps, ...programs]), ...heap.parts]);
}

function withKfuncIds(program: LinkedProgram): Insn[] {
  return program.insns.map((insn) => {
    if (insn.opcode !== OPCODE.CALL || insn.src !== PSEUDO.KFUNC_CALL) return insn;
    const kfunc = program.kfuncs[insn.imm];
    if (kfunc?.from !== "vmlinux") throw new ObjectError(`${program.name}: kfunc '${kfunc?.name}' is not in the kernel's BTF`);
    return { ...insn, imm: kfunc.btfId };
  });
}

/** What lies behind the tables, each part at a multiple of 8. */
class Heap {
  readonly parts: Uint8Array[] = [];
  readonly #texts = new Map<string, number>();
  end: number;

  constructor(start: number) {
    this.end = start;
    this.add(new Uint8Array(0));
  }

  add(bytes: Uint8Array): number {
    const at = this.end;
    const padding = -(at + bytes.length) & 7;
    this.parts.push(bytes, new Uint8Array(padding));
    this.end = at + bytes.length + padding;
    return at;
  }

  text(text: string): number {
    const at = this.#texts.get(text) ?? this.add(new TextEncoder().encode(`${text}\0`));
    this.#texts.set(text, at);
    return at;
  }
}

export interface BlobMap {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly btfKey: number;
  readonly btfValue: number;
  readonly initial?: Uint8Array;
  readonly frozen: boolean;
}

export interface BlobProgram {
  readonly name: string;
  readonly license: string;
  readonly progType: number;
  readonly loadFlags: number;
  readonly insns: readonly Insn[];
  readonly funcInfo: Uint8Array;
  readonly lineInfo: Uint8Array;
}

export interface Blob {
  readonly maps: readonly BlobMap[];
  readonly programs: readonly BlobProgram[];
  readonly btfBytes?: Uint8Array;
}

/** Reads a blob. Throws ObjectError if it is malformed. */
export function readBlob(bytes: Uint8Array): Blob {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const part = (at: number, size: number) => {
    if (at + size > bytes.length) throw new ObjectError("the blob is cut off");
    return bytes.slice(at, at + size);
  };
  const words = (at: number, count: number) => {
    if (at + count * 4 > bytes.length) throw new ObjectError("the blob is cut off");
    return Array.from({ length: count }, (_, i) => view.getUint32(at + i * 4, true));
  };
  const text = (at: number) => {
    const end = bytes.indexOf(0, at);
    if (end < 0) throw new ObjectError("the blob is cut off");
    return new TextDecoder().decode(bytes.subarray(at, end));
  };
  const rows = (at: number, count: number, width: number) => {
    if (at + count * width * 4 > bytes.length) throw new ObjectError("the blob is cut off");
    return Array.from({ length: count }, (_, i) => words(at + i * width * 4, width));
  };
  const [magic, version, size, mapCount, mapsAt, programCount, programsAt, btfAt, btfSize] = words(0, HEADER_WORDS) as Nine;
  if (magic !== MAGIC || version !== VERSION || size !== bytes.length) throw new ObjectError("not a blob of a linked object, or of another version");
  return {
    maps: rows(mapsAt, mapCount, MAP_WORDS).map((row): BlobMap => {
      const [name, type, keySize, valueSize, maxEntries, flags, btfKey, btfValue, initialAt] = row as unknown as Nine;
      const [initialSize, frozen] = row.slice(9) as [number, number];
      const numbers = { type, keySize, valueSize, maxEntries, flags, btfKey, btfValue };
      return { name: text(name), ...numbers, ...(initialSize > 0 && { initial: part(initialAt, initialSize) }), frozen: frozen !== 0 };
    }),
    programs: rows(programsAt, programCount, PROGRAM_WORDS).map((row): BlobProgram => {
      const [name, license, progType, loadFlags, insnsAt, insnCount, funcAt, funcCount, lineAt] = row as unknown as Nine;
      return {
        name: text(name),
        license: text(license),
        progType,
        loadFlags,
        insns: decode(part(insnsAt, insnCount * INSN_SIZE)),
        funcInfo: part(funcAt, funcCount * FUNC_INFO_SIZE),
        lineInfo: part(lineAt, row[9]! * LINE_INFO_SIZE),
      };
    }),
    ...(btfSize > 0 && { btfBytes: part(btfAt, btfSize) }),
  };
}

type Nine = [number, number, number, number, number, number, number, number, number];
