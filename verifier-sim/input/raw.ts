/**
 * `anycallc raw verify`: one line of JSON in, one answer out. The contract is the tool's; nothing here knows the rules.
 * A line that is not as agreed is answered UNKNOWN with a reason, never with an exception.
 */
import { decode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import { CALL_KIND } from "../../backend-ebpf/isa/opcodes.ts";
import type { KfuncRef, LinkedProgram, MapDef } from "../../backend-ebpf/object/types.ts";
import { MAP_FLAG, MAP_TYPE, PSEUDO } from "../../kernel/abi/maps.ts";
import { opOfKfunc } from "../../kernel/abi/syscalls.ts";
import type { Verify, VerifyOptions } from "../types.ts";
import { MAP_KINDS } from "./map-kinds.ts";

export interface RawAnswer {
  /** As in the line; null if it has none. */
  readonly id: unknown;
  readonly verdict: "ACCEPT" | "REJECT" | "UNKNOWN";
  readonly error: string | null;
  readonly insn: number | null;
  readonly processed: number;
  readonly reason?: string;
}

/** The line asks for something that is not in the contract. */
class Malformed extends Error {}

const SLEEPABLE = 16;
const PROG_TYPE_SYSCALL = 31;
const LDIMM64 = 0x18;
const CALL = 0x85;

/** Answers one line. Never throws. */
export function answerLine(line: string, verify: Verify, options: VerifyOptions): RawAnswer {
  let id: unknown = null;
  try {
    const input: unknown = JSON.parse(line);
    if (typeof input !== "object" || input === null || Array.isArray(input)) throw new Malformed("the line is not a JSON object");
    id = (input as Record<string, unknown>).id ?? null;
    const verdict = verify(readProgram(input as Record<string, unknown>), options);
    const common = { id, processed: verdict.processed };
    switch (verdict.verdict) {
      case "ACCEPT":
        return { ...common, verdict: "ACCEPT", error: null, insn: null };
      case "REJECT":
        return { ...common, verdict: "REJECT", error: verdict.error, insn: verdict.insn };
      case "UNKNOWN":
        return { ...common, verdict: "UNKNOWN", error: null, insn: verdict.insn, reason: verdict.reason };
    }
  } catch (error) {
    const known = error instanceof Malformed || error instanceof SyntaxError;
    const reason = known ? `malformed line: ${error.message}` : `the simulator failed: ${error instanceof Error ? error.message : String(error)}`;
    return { id, verdict: "UNKNOWN", error: null, insn: null, processed: 0, reason };
  }
}

/** The program of one line. */
export function readProgram(input: Record<string, unknown>): LinkedProgram {
  const insns = readInsns(input.insns);
  const flags = input.load_flags === undefined ? SLEEPABLE : number(input.load_flags, "load_flags");
  const { maps, linked } = Array.isArray(input.maps) ? byIndex(input.maps, insns) : byKind(input.maps, insns);
  const { kfuncs, called } = readKfuncs(input.kfuncs, linked);
  return {
    name: "raw",
    insns: called,
    maps,
    kfuncs,
    funcInfo: pairs(input.func_info, "func_info").map(([insn, type]) => ({ insn: number(insn, "func_info"), type: number(type, "func_info") })),
    lineInfo: [],
    progType: input.prog_type === undefined ? PROG_TYPE_SYSCALL : number(input.prog_type, "prog_type"),
    loadFlags: flags,
    license: typeof input.license === "string" ? input.license : "GPL",
  };
}

function readInsns(value: unknown): Insn[] {
  if (typeof value !== "string" || !/^([0-9a-fA-F]{16})*$/.test(value)) throw new Malformed("insns is not hexadecimal, 8 bytes an instruction");
  return decode(Uint8Array.from(value.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)));
}

function number(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw new Malformed(`${what} is not a whole number`);
  return value;
}

function pairs(value: unknown, what: string): [unknown, unknown][] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((pair) => Array.isArray(pair) && pair.length === 2)) throw new Malformed(`${what} is not a list of pairs`);
  return value as [unknown, unknown][];
}

interface LinkedMaps {
  readonly maps: readonly MapDef[];
  readonly linked: Insn[];
}

/** `{kind: [insn…]}`: the ldimm64 at each of the slots names the kind's map. */
function byKind(value: unknown, insns: readonly Insn[]): LinkedMaps {
  if (value !== undefined && (typeof value !== "object" || value === null)) throw new Malformed("maps is neither an object nor a list");
  const maps: MapDef[] = [];
  const linked = [...insns];
  const placed = new Set<number>();
  for (const [name, slots] of Object.entries(value ?? {})) {
    const map = MAP_KINDS.get(name);
    if (!map) throw new Malformed(`there is no map kind '${name}'`);
    if (!Array.isArray(slots)) throw new Malformed(`maps.${name} is not a list of instructions`);
    for (const slot of slots) {
      const at = number(slot, `maps.${name}`);
      const insn = linked[at];
      if (!insn) throw new Malformed(`maps.${name}: there is no instruction ${at}`);
      linked[at] = { ...insn, imm: maps.length };
      placed.add(at);
    }
    maps.push(map);
  }
  // What names no map keeps its number as a descriptor that is not open.
  linked.forEach((insn, i) => {
    if (namesMap(insn) && !placed.has(i)) linked[i] = { ...insn, imm: insn.imm >= 0 && insn.imm < maps.length ? -1 : insn.imm };
  });
  return { maps, linked };
}

function namesMap({ opcode, src }: Insn): boolean {
  return opcode === LDIMM64 && (src === PSEUDO.MAP_FD || src === PSEUDO.MAP_VALUE);
}

/** A list of definitions: imm is the index. */
function byIndex(value: readonly unknown[], insns: readonly Insn[]): LinkedMaps {
  return { maps: value.map(readMap), linked: [...insns] };
}

function readMap(value: unknown, index: number): MapDef {
  if (typeof value !== "object" || value === null) throw new Malformed(`maps[${index}] is not an object`);
  const map = value as Record<string, unknown>;
  const size = (name: string) => (map[name] === undefined ? 0 : number(map[name], `maps[${index}].${name}`));
  if (map.btf_value !== undefined) throw new Malformed(`maps[${index}].btf_value: values with BTF are not modelled`);
  return {
    name: typeof map.name === "string" ? map.name : `map${index}`,
    type: named(map.type, MAP_TYPE, `maps[${index}].type`, /^BPF_MAP_TYPE_/),
    keySize: size("key"),
    valueSize: size("value"),
    maxEntries: size("max"),
    flags: readFlags(map.flags, `maps[${index}].flags`),
    ...(map.frozen !== undefined && { frozen: map.frozen === true }),
    ...(typeof map.elem0 === "string" && { initial: bytes(map.elem0, `maps[${index}].elem0`) }),
  };
}

function named(value: unknown, names: Readonly<Record<string, number>>, what: string, prefix: RegExp): number {
  if (typeof value !== "string") return number(value, what);
  const found = names[value.toUpperCase().replace(prefix, "")];
  if (found === undefined) throw new Malformed(`${what} '${value}' is not known`);
  return found;
}

function readFlags(value: unknown, what: string): number {
  if (value === undefined || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((flags: number, flag) => flags | named(flag, MAP_FLAG, what, /^BPF_F_/), 0);
  if (typeof value === "string") return value.split("|").reduce((flags, flag) => flags | named(flag.trim(), MAP_FLAG, what, /^BPF_F_/), 0);
  return number(value, what);
}

function bytes(text: string, what: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw new Malformed(`${what} is not hexadecimal`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** `[[insn, name]…]`, in either order of the pair. */
/**
 * Functions of bpf_testmod, the module of the kernel's self-tests: in no kernel that is not under test, so a loader finds none.
 * Two of them are in every kernel (net/bpf/test_run.c).
 */
const TEST_MODULE = /^bpf_(kfunc_call_test_(?!release$)|kfunc_call_(?:int|memb[0-9])|testmod)/;

function readKfuncs(value: unknown, insns: readonly Insn[]): { kfuncs: KfuncRef[]; called: Insn[] } {
  const kfuncs: KfuncRef[] = [];
  const called = [...insns];
  for (const pair of pairs(value, "kfuncs")) {
    const [at, name] = typeof pair[0] === "string" ? [pair[1], pair[0]] : pair;
    const slot = number(at, "kfuncs");
    const insn = called[slot];
    if (typeof name !== "string" || !insn) throw new Malformed("kfuncs is not a list of [instruction, name]");
    called[slot] = { ...insn, imm: kfuncs.length };
    kfuncs.push({ name, from: opOfKfunc(name) ? "anycall" : TEST_MODULE.test(name) ? "missing" : "vmlinux", btfId: 0 });
  }
  called.forEach((insn, i) => {
    if (insn.opcode !== CALL || insn.src !== CALL_KIND.KFUNC || called[i] !== insns[i]) return;
    called[i] = { ...insn, imm: kfuncs.length };
    kfuncs.push({ name: `#${insn.imm}`, from: "missing", btfId: insn.imm });
  });
  return { kfuncs, called };
}
