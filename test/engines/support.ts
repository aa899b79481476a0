/** What the tests of engines share: compiled objects, engines over given parts, hand-made programs as linked objects. */
import { generate } from "../../backend-ebpf/codegen/index.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { type LinkedObject, type LinkedProgram, linkObject, type MapDef, writeObject } from "../../backend-ebpf/object/index.ts";
import { checkModule } from "../../ir/check.ts";
import { parseModule } from "../../ir/parse.ts";
import type { Module } from "../../ir/types.ts";
import { MAP_FLAG, MAP_TYPE } from "../../kernel/abi/maps.ts";
import type { ProgramMeta } from "../../kernel/abi/meta.ts";
import { type KernelProfile, PROFILES } from "../../kernel/abi/profiles.ts";
import { F_SLEEPABLE, HostKernel, kernelBtf, PROG_TYPE_SYSCALL } from "../../kernel/bpf/host-kernel.ts";
import type { Verify } from "../../verifier-sim/types.ts";

/** Why the kernel can't be asked here; empty if it can. */
export const noBpf = (() => {
  const { access } = HostKernel.here();
  return access.ok ? "" : access.reason;
})();

/** For programs that the test itself knows to be safe. */
export const accepting: Verify = () => ({ verdict: "ACCEPT", processed: 0, stackDepth: [], log: [] });

export interface Compiled {
  readonly module: Module;
  /** The object file. */
  readonly bytes: Uint8Array;
  readonly linked: LinkedObject;
}

/** Compiles IR text without optimizations. Undefined where the profile has no form for a loop. */
export function compileText(text: string, profile: KernelProfile = PROFILES.at(-1)!, countCalls = false): Compiled | undefined {
  const module = parseModule(text);
  const problems = checkModule(module);
  if (problems.length > 0) throw new Error(problems.map(String).join("\n"));
  const { object, diagnostics } = generate(module, { profile, license: "GPL", compiler: "test", sources: new Map(), countCalls });
  if (diagnostics.length > 0) return undefined;
  const bytes = writeObject(object);
  const types = kernelBtf();
  return { module, bytes, linked: linkObject(bytes, types ? { kernelBtf: types } : {}) };
}

export interface HandMade {
  readonly maps?: readonly MapDef[];
  readonly kfuncs?: LinkedProgram["kfuncs"];
  readonly meta?: ProgramMeta;
  readonly bssSize?: number;
}

/** A linked object of one program called `main` with a `.bss` as map 0. */
export function handMade(insns: readonly Insn[], { maps = [], kfuncs = [], meta, bssSize = 4096 }: HandMade = {}): LinkedObject {
  const bss: MapDef = { name: ".bss", section: ".bss", type: MAP_TYPE.ARRAY, keySize: 4, valueSize: bssSize, maxEntries: 1, flags: MAP_FLAG.MMAPABLE };
  const all = [bss, ...maps];
  const program: LinkedProgram = {
    name: "main",
    insns,
    maps: all,
    kfuncs,
    funcInfo: [],
    lineInfo: [],
    progType: PROG_TYPE_SYSCALL,
    loadFlags: F_SLEEPABLE,
    license: "GPL",
    ...(meta && { meta }),
  };
  return { programs: [program], maps: all, license: "GPL" };
}

