/** Addresses of kernel variables and functions (ldimm64 by BTF id): what the register that is loaded points to. */
import { resolve, resolveId, sizeOf } from "../../backend-ebpf/btf/index.ts";
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import type { LinkedProgram } from "../../backend-ebpf/object/types.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse, unmodelled } from "../failure.ts";
import { MODIFIER, type Reg } from "../state/register.ts";
import { reducedBtf } from "../kernels/index.ts";
import type { VerifyOptions } from "../types.ts";
import { structName } from "./kernel-types.ts";
import { setObject } from "./objects.ts";

const PER_CPU = ".data..percpu";
const perCpu = new WeakMap<Btf, ReadonlySet<number>>();

function isPerCpu(btf: Btf, id: number): boolean {
  let ids = perCpu.get(btf);
  if (!ids) {
    const section = btf.named(PER_CPU, "datasec")[0];
    const type = section === undefined ? undefined : btf.type(section);
    ids = new Set(type?.kind === "datasec" ? type.vars.map((variable) => variable.type) : []);
    perCpu.set(btf, ids);
  }
  return ids.has(id);
}

/** Before exploration: the number is that of a variable or function of the kernel itself. */
export function checkVariable(program: LinkedProgram, { profile, kernelBtf: btf, kernelSymbols }: VerifyOptions, insn: Insn, module: number): void {
  // Numbers count in the BTF that the program was linked with, or in the one that is given; in a reduced one only if linked with it.
  const foreign = program.kernelBtf ? program.kernelBtf !== btf : btf !== undefined && btf === reducedBtf(profile.name);
  if (foreign) return unmodelled("kernel variables of a program that was linked for another kernel");
  if (module !== 0) return unmodelled("variables of modules");
  if (!btf) return unmodelled("kernel variables without the kernel's BTF");
  if (insn.imm < 0 || insn.imm >= btf.count) refuse("variable-id", insn.imm);
  const type = btf.type(insn.imm);
  if (type.kind !== "var" && type.kind !== "func") return refuse("variable-kind", insn.imm);
  // Functions are always among the kernel's symbols; variables where it was built so.
  if (type.kind === "func") return;
  if (!kernelSymbols) return unmodelled("kernel variables without the kernel's symbols");
  if (!kernelSymbols.has(type.name)) refuse("variable-symbol", type.name);
}

/** The address of variable `id` goes to `reg`. */
export function loadVariable(m: Machine, reg: Reg, id: number): void {
  const btf = m.kernelBtf!;
  const type = btf.type(id);
  if (type.kind !== "var") return setMemory(reg, 0);
  const typeId = resolveId(btf, type.type);
  if (isPerCpu(btf, id)) return setObject(reg, btf, typeId, structName(btf, typeId), MODIFIER.PERCPU);
  const target = btf.type(typeId);
  if (target.kind === "struct" || target.kind === "union") return setObject(reg, btf, typeId, structName(btf, typeId), 0);
  const size = sizeOf(btf, typeId);
  if (size === undefined) return unmodelled(`the size of variable ${type.name}`);
  setMemory(reg, size);
}

/** What bpf_per_cpu_ptr and bpf_this_cpu_ptr give for a variable of each CPU. */
export function setCpuVariable(result: Reg, btf: Btf, typeId: number): void {
  const target = resolve(btf, typeId);
  if (target.kind === "struct" || target.kind === "union") return setObject(result, btf, resolveId(btf, typeId), target.name, 0);
  const size = sizeOf(btf, typeId);
  if (size === undefined) return unmodelled("the size of a variable");
  setMemory(result, size);
}

function setMemory(reg: Reg, size: number): void {
  reg.setPointer("mem");
  reg.memSize = size;
  reg.readOnly = true;
}
