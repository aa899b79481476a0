/** Programs that the kernels of the VM are asked about, and their form for the guest's anycall-verify. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { linkObject } from "../../../backend-ebpf/object/index.ts";
import type { LinkedProgram, MapDef } from "../../../backend-ebpf/object/types.ts";
import { encode } from "../../../backend-ebpf/isa/insn.ts";
import { HELPER_NAMES } from "../../../kernel/abi/helpers.ts";
import { PSEUDO } from "../../../kernel/abi/maps.ts";
import { CALL_KIND } from "../../../backend-ebpf/isa/opcodes.ts";
import { PROFILES } from "../../../kernel/abi/profiles.ts";
import { verify } from "../../../verifier-sim/index.ts";
import { answerLine } from "../../../verifier-sim/input/raw.ts";
import { reducedBtf } from "../../../verifier-sim/kernels/index.ts";
import { KERNEL_KFUNCS } from "../../../verifier-sim/rules/kfunc-flags.ts";
import { corpusPrograms, mutation } from "../../fuzz/bytecode/mutate.ts";
import { rawLine } from "../../fuzz/bytecode/program.ts";
import { structured } from "../../fuzz/bytecode/structured.ts";
import { Random } from "../../support/random.ts";
import { loadCorpus } from "../../parity/corpus.ts";
import { linkText } from "../../parity/objects/link.ts";
import { PROGRAMS } from "../../parity/objects/programs.ts";
import { compileObject, ROOT } from "../build.ts";
import type { KernelName } from "../kernels.ts";

export interface VerifyRecord {
  readonly group: string;
  readonly name: string;
  readonly program: LinkedProgram;
}

const LDIMM64 = 0x18;
const CALL = 0x85;
/** What our compiler makes: sources of the repository, for every kernel that takes them. */
const SOURCES: readonly (readonly [string, string])[] = [
  ["burst", "examples/burst.ts"],
  ["du", "examples/du.ts"],
  ["wc", "examples/wc.ts"],
  ["values", "test/programs/values.ts"],
  ["language", "test/programs/language.ts"],
  ["maps", "test/programs/maps.ts"],
];
const HELD = `
import { anycall, O, sys, type i64 } from "anycall";
export const held = anycall((path: string): i64 => {
  using f = sys.open(path, O.RDONLY);
  return f.ok ? 0 : f.errno;
});
`;

/** Everything that this kernel can be asked. `count`: random programs of each kind. */
export function recordsFor(kernel: KernelName, seed: number, count: number): readonly VerifyRecord[] {
  return [...objects(kernel), ...calls(kernel), ...compiled(kernel), ...corpus(), ...random(kernel, seed, count)].filter(({ program }) => canBeAsked(program));
}

/** Programs about kernel objects, as far as the kernel has what they name. */
function objects(kernel: KernelName): VerifyRecord[] {
  const btf = reducedBtf(kernel);
  return PROGRAMS.flatMap(({ feature, name, text }) => {
    try {
      return [{ group: feature, name, program: linkText(name, text, btf) }];
    } catch {
      return [];
    }
  });
}

/** Every helper and every kernel function that has a row, called with nothing: is it for these programs at all. */
function calls(kernel: KernelName): VerifyRecord[] {
  const btf = reducedBtf(kernel)!;
  const helpers = HELPER_NAMES.map((name, id) => ({ group: "helpers", name: `${name}#${id}`, program: linkText(name, `call ${id}; r0 = 0; exit`, btf) }));
  const kfuncs = KERNEL_KFUNCS.filter((name) => btf.named(name, "func").length > 0);
  return [...helpers.filter((_, id) => !NOISY.includes(id)), ...kfuncs.map((name) => ({ group: "kernel functions", name, program: linkText(name, `call ${name}; r0 = 0; exit`, btf) }))];
}

/** Of no helper; and those that the kernel's log has something to say of when they are loaded: trace_printk, probe_write_user. */
const NOISY: readonly number[] = [0, 6, 36];

function compiled(kernel: KernelName): VerifyRecord[] {
  const sources = [["held", HELD] as const, ...SOURCES.map(([name, path]) => [name, readFileSync(join(ROOT, path), "utf8")] as const)];
  return sources.flatMap(([name, source]) => {
    let object: Uint8Array;
    try {
      object = compileObject(`verify-${name}`, source, kernel);
    } catch {
      // Not for this kernel: says the compiler, whose own tests cover that.
      return [];
    }
    return linkObject(object).programs.map((program) => ({ group: "compiled", name: `${name}: ${program.name}`, program }));
  });
}

function corpus(): VerifyRecord[] {
  const recorded = loadCorpus();
  if (typeof recorded === "string") return [];
  return recorded.flatMap(({ id, descr, line }) => readLine("corpus", `${id} ${descr}`, line));
}

/** Programs that nobody wrote: of the shapes of the fuzzer, and changed ones of the corpus. */
function random(kernel: KernelName, seed: number, count: number): VerifyRecord[] {
  const profile = PROFILES.find(({ name }) => name === kernel)!;
  const source = new Random(seed);
  const grown = Array.from({ length: count }, (_, i) => ({ name: `${seed}/${i}`, program: structured(source) }));
  const seeds = corpusPrograms();
  const changed = seeds ? Array.from({ length: count }, (_, i) => ({ name: `${seed}/changed ${i}`, program: mutation(seeds, source) })) : [];
  return [...grown, ...changed]
    .flatMap(({ name, program }) => readLine("random", name, rawLine(program)))
    .filter(({ program }) => verify(program, { profile }).processed <= MOST_PROCESSED);
}
/** Emulated, the guest takes ten seconds for a million instructions. */
const MOST_PROCESSED = 20_000;

function readLine(group: string, name: string, line: string): VerifyRecord[] {
  let program: LinkedProgram | undefined;
  answerLine(
    line,
    (read) => {
      program = read;
      return { verdict: "ACCEPT", processed: 0, stackDepth: [], log: [] };
    },
    { profile: PROFILES.at(-1)! },
  );
  return program ? [{ group, name, program }] : [];
}

/** Programs that bare instructions say all of: without BTF, and with maps that need nothing but sizes. */
function canBeAsked({ insns, maps, kfuncs, funcInfo, progType }: LinkedProgram): boolean {
  const used = new Set<MapDef | undefined>(insns.filter(namesMap).map(({ imm }) => maps[imm]));
  const plain = [...used].every((map) => map !== undefined && !map.fields && !map.inner && !map.frozen && map.type !== MAP_IN_MAP && map.type !== MAP_IN_MAP + 1);
  return progType === 31 && plain && kfuncs.every(({ from }) => from !== "missing") && (funcInfo.length === 0 || insns.every(({ opcode, src }) => opcode !== CALL || src !== CALL_KIND.SUBPROGRAM));
}
const MAP_IN_MAP = 12;

function namesMap({ opcode, src }: LinkedProgram["insns"][number]): boolean {
  const kinds: readonly number[] = [PSEUDO.MAP_FD, PSEUDO.MAP_VALUE];
  return opcode === LDIMM64 && kinds.includes(src);
}

/** One line of anycall-verify's input. `kernel`: whose numbers kernel variables have in the program. */
export function encodeRecord({ program }: VerifyRecord, kernel: KernelName): string {
  const { insns, maps, kfuncs, loadFlags, license } = program;
  const btf = reducedBtf(kernel);
  const words: string[] = [];
  insns.forEach((insn, at) => {
    if (namesMap(insn)) {
      const { type, keySize, valueSize, maxEntries, flags } = maps[insn.imm]!;
      words.push(`m:${at}:${type}:${keySize}:${valueSize}:${maxEntries}:${flags}`);
    } else if (insn.opcode === LDIMM64 && insn.src === PSEUDO.BTF_ID) {
      const variable = btf?.type(insn.imm);
      words.push(`v:${at}:${variable && "name" in variable ? variable.name : "?"}`);
    } else if (insn.opcode === CALL && insn.src === CALL_KIND.KFUNC) words.push(`k:${at}:${kfuncs[insn.imm]?.name ?? "?"}`);
  });
  const hex = Array.from(encode(insns), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [loadFlags.toString(16), hex, license.replaceAll(" ", "_") || "-", ...words].join(" ");
}
