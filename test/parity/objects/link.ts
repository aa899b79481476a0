/** A program in text made ready: for the simulator, and as the bytes that the running kernel takes. */
import { findType } from "../../../backend-ebpf/btf/index.ts";
import type { Btf } from "../../../backend-ebpf/btf/types.ts";
import { encode } from "../../../backend-ebpf/isa/insn.ts";
import type { LinkedProgram } from "../../../backend-ebpf/object/types.ts";
import { type Assembled, assemble } from "../assemble.ts";
import { opOfKfunc } from "../../../kernel/abi/syscalls.ts";
import { MAPS } from "./maps.ts";

const PROG_TYPE_SYSCALL = 31;
const SLEEPABLE = 16;

/** `btf`: the kernel's types, for places in structs and numbers of variables. Throws where a name is not in it. */
export function linkText(name: string, text: string, btf: Btf | undefined): LinkedProgram {
  const { insns, kfuncs, ksyms, maps } = assemble(text, btf);
  const linked = insns.map((insn) => ({ ...insn }));
  for (const [at, map] of maps) linked[at]!.imm = MAPS.findIndex((candidate) => candidate.name === map);
  kfuncs.forEach(([at], i) => {
    linked[at]!.imm = i;
  });
  for (const [at, symbol] of ksyms) linked[at]!.imm = variable(btf, symbol);
  return {
    name,
    insns: linked,
    maps: MAPS,
    kfuncs: kfuncs.map(([, kfunc]) => ({ name: kfunc, from: opOfKfunc(kfunc) ? "anycall" : "vmlinux", btfId: 0 })),
    ...(btf && { kernelBtf: btf }),
    funcInfo: [],
    lineInfo: [],
    progType: PROG_TYPE_SYSCALL,
    loadFlags: SLEEPABLE,
    license: "GPL",
  };
}

function variable(btf: Btf | undefined, name: string): number {
  const id = btf && (findType(btf, name, "var") ?? findType(btf, name, "func"));
  if (id === undefined) throw new Error(`the kernel has no ${name}`);
  return id;
}

/** Code for a kernel with these types. `descriptors`: of the maps, by name. */
export function codeFor({ insns, kfuncs, ksyms, maps }: Assembled, btf: Btf, descriptors: ReadonlyMap<string, number>): Uint8Array {
  const code = insns.map((insn) => ({ ...insn }));
  for (const [at, map] of maps) code[at]!.imm = descriptors.get(map)!;
  for (const [at, name] of ksyms) code[at]!.imm = variable(btf, name);
  for (const [at, name] of kfuncs) {
    const id = findType(btf, name, "func");
    if (id === undefined) throw new Error(`the kernel has no ${name}`);
    code[at]!.imm = id;
  }
  return encode(code);
}
