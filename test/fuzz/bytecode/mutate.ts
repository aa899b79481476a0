/** Programs of the recorded corpus with a few instructions changed: near to what is right, where rules meet. */
import { decode, type Insn } from "../../../backend-ebpf/isa/insn.ts";
import type { MapDef } from "../../../backend-ebpf/object/types.ts";
import { MAP_TYPE, type MapTypeName } from "../../../kernel/abi/maps.ts";
import { MAP_KINDS } from "../../../verifier-sim/input/map-kinds.ts";
import { loadCorpus } from "../../parity/corpus.ts";
import type { Random } from "../../support/random.ts";
import { type BareProgram, insn, type RawMap } from "./program.ts";
import { NUMBERS } from "./structured.ts";

const LDIMM64 = 0x18;
const CALL = 0x85;
const EXIT = 0x95;
const GOTOL = 0x06;
const LONGEST = 200;

/** Opcodes that stand for each other in mutations. */
const FAMILIES: readonly (readonly number[])[] = [
  [0x04, 0x07].flatMap((group) => [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0].flatMap((op) => [op + group, op + group + 8])),
  [0x05, 0x06].flatMap((group) => [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0].flatMap((op) => [op + group, op + group + 8])),
  [0x61, 0x69, 0x71, 0x79, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b, 0x81, 0x89, 0x91],
];
const [ARITHMETIC, BRANCHES, MEMORY] = FAMILIES as [readonly number[], readonly number[], readonly number[]];

/** Programs without kernel functions over hash and array maps; undefined where there is no corpus. */
function recorded(): readonly BareProgram[] | undefined {
  const corpus = loadCorpus();
  if (typeof corpus === "string") return undefined;
  return corpus.flatMap(({ line, descr }) => {
    const { insns: hex, maps = {}, kfuncs, func_info } = JSON.parse(line) as { insns: string; maps?: Record<string, number[]>; kfuncs?: unknown; func_info?: unknown };
    const kinds = Object.keys(maps).map((name) => MAP_KINDS.get(name));
    if (kfuncs || func_info || !kinds.every(isPlain)) return [];
    const insns = decode(Uint8Array.from(Buffer.from(hex, "hex")));
    const places = Object.values(maps).flat();
    const otherMaps = insns.some(({ opcode, src }, i) => opcode === LDIMM64 && src !== 0 && !places.includes(i));
    if (insns.length > LONGEST || otherMaps) return [];
    Object.values(maps).forEach((places, index) => {
      for (const at of places) insns[at] = { ...insns[at]!, src: insns[at]!.src || 1, imm: index };
    });
    return [{ insns, maps: (kinds as MapDef[]).map(rawMap), kfuncs: [], origin: `mutation of "${descr}"` }];
  });
}
let cached: readonly BareProgram[] | undefined;

export function corpusPrograms(): readonly BareProgram[] | undefined {
  cached ??= recorded();
  return cached;
}

function isPlain(map: MapDef | undefined): map is MapDef {
  return map !== undefined && (map.type === MAP_TYPE.HASH || map.type === MAP_TYPE.ARRAY) && !map.fields && !map.frozen;
}
function rawMap({ name, type, keySize, valueSize, maxEntries, flags }: MapDef): RawMap {
  const typeName = Object.entries(MAP_TYPE).find(([, number]) => number === type)![0] as MapTypeName;
  return { name, type: typeName, key: keySize, value: valueSize, max: maxEntries, flags };
}

export function mutation(programs: readonly BareProgram[], random: Random): BareProgram {
  const base = random.pick(programs);
  let insns = [...base.insns];
  for (let n = 1 + random.below(3); n > 0; n--) insns = mutateOnce(insns, random);
  return { ...base, insns };
}

function mutateOnce(insns: Insn[], random: Random): Insn[] {
  const at = random.below(insns.length);
  const old = insns[at]!;
  if (old.opcode === LDIMM64 || (at > 0 && insns[at - 1]!.opcode === LDIMM64)) return insns;
  const replaced = (changes: Partial<Insn>) => insns.map((other, i) => (i === at ? { ...other, ...changes } : other));
  switch (random.below(8)) {
    case 0:
      return replaced({ imm: old.opcode === CALL ? random.pick([1, 2, 3, 5, 7, 14, 15]) : random.pick(NUMBERS) });
    case 1:
      return replaced({ off: old.off + random.pick(isJump(old) ? [-1, 1, 2] : [-8, -4, -2, -1, 1, 2, 4, 8]) });
    case 2:
      return replaced({ dst: random.below(11) });
    case 3:
      return old.opcode === CALL ? insns : replaced({ src: random.below(11) });
    case 4: {
      const family = FAMILIES.find((opcodes) => opcodes.includes(old.opcode));
      return family ? replaced({ opcode: random.pick(family) }) : insns;
    }
    case 5:
      return insertAt(insns, at, operands(random.pick(BRANCHES), random, random.below(Math.max(1, insns.length - at))));
    default:
      return insertAt(insns, at, unusual(random, insns.length - at));
  }
}

function operands(opcode: number, random: Random, off: number): Insn {
  const register = (opcode & 8) !== 0;
  return insn(opcode, random.below(10), register ? random.below(10) : 0, off, register ? 0 : random.pick(NUMBERS));
}

/** Arithmetic, and the instructions that recorded programs hardly have. */
function unusual(random: Random, behind: number): Insn {
  switch (random.below(8)) {
    case 0:
      return { ...operands(random.pick([0x37, 0x3f, 0x97, 0x9f, 0x34, 0x3c, 0x94, 0x9c]), random, 1) };
    case 1:
      return insn(random.pick([0xbf, 0xbc]), random.below(10), random.below(10), random.pick([8, 16, 32]));
    case 2:
      return insn(random.pick([0xd7, 0xd4, 0xdc]), random.below(10), 0, 0, random.pick([16, 32, 64]));
    case 3:
      return insn(0xe5, 0, 0, random.pick([0, 1, 2, -1, -2, behind - 1]));
    case 4:
      return insn(random.pick(MEMORY), random.below(11), random.below(11), random.pick([-16, -8, -4, 0, 1, 2, 4, 8]));
    default:
      return operands(random.pick(ARITHMETIC), random, 0);
  }
}

function isJump({ opcode }: Insn): boolean {
  const group = opcode & 7;
  return (group === 5 || group === 6) && opcode !== CALL && opcode !== EXIT;
}

/** Puts an instruction in front of `at`; jumps and calls of functions still reach what they reached. */
export function insertAt(insns: readonly Insn[], at: number, added: Insn): Insn[] {
  const moved = insns.map((old, i) => {
    const field = old.opcode === GOTOL || (old.opcode === CALL && old.src === 1) ? "imm" : isJump(old) ? "off" : undefined;
    if (!field) return old;
    const target = i + 1 + old[field];
    const from = i < at ? i : i + 1;
    return { ...old, [field]: (target <= at ? target : target + 1) - from - 1 };
  });
  return [...moved.slice(0, at), added, ...moved.slice(at)];
}
