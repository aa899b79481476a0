/** Kernel objects as arguments and results of helpers. */
import type { HelperArg, HelperProto } from "../../kernel/abi/helpers.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse, unmodelled } from "../failure.ts";
import { kindName, MODIFIER, type Reg } from "../state/register.ts";
import { isStruct } from "./kernel-types.ts";
import { setCpuVariable } from "./kernel-variables.ts";
import { checkFixed } from "./memory.ts";
import { setObject, typeOf } from "./objects.ts";
import { habitsOf } from "./versions.ts";

const PLAIN_MODIFIERS: readonly number[] = [0, MODIFIER.TRUSTED, MODIFIER.RCU];
const PER_CPU_MODIFIERS: readonly number[] = PLAIN_MODIFIERS.map((modifier) => modifier | MODIFIER.PERCPU);

/** A kernel object of the argument's type, at any fixed place inside a bigger one. */
export function checkHelperObject(m: Machine, number: number, arg: HelperArg, name: string): void {
  const reg = m.regs[number]!;
  const { expected } = habitsOf(m.options.profile);
  const worth = PLAIN_MODIFIERS.includes(reg.modifiers);
  if (reg.type !== "btf" || (reg.nullable && !arg.nullable) || !worth) refuse("argument-type", number, kindName(reg), expected.object);
  if (arg.btf === undefined) return unmodelled(`argument btf-id of ${name}`);
  const given = typeOf(m, reg);
  const wanted = m.kernelBtf?.named(arg.btf, "struct")[0];
  if (!given || !m.kernelBtf || wanted === undefined) return unmodelled(`argument btf-id of ${name} without BTF`);
  if (!isStruct(given.btf, given.typeId, reg.off, m.kernelBtf, wanted, arg.release === true)) refuse("helper-object", number, reg.struct, arg.btf);
  checkFixed(reg, number, true);
}

/** A variable of each CPU; kept for the result. */
export function checkPerCpu(m: Machine, number: number, reg: Reg): Reg {
  if (reg.type !== "btf" || reg.nullable || !PER_CPU_MODIFIERS.includes(reg.modifiers)) refuse("argument-type", number, kindName(reg), habitsOf(m.options.profile).expected.perCpu);
  checkFixed(reg, number, false);
  return reg.copy();
}

/** The object, or the memory of a variable, that a helper gives. */
export function setHelperObject(m: Machine, proto: HelperProto, variable: Reg | undefined, name: string): void {
  const result = m.regs[0]!;
  if (proto.ret === "mem-or-btf-id") {
    if (!variable?.btf) return unmodelled(`result of ${name}`);
    setCpuVariable(result, variable.btf, variable.typeId);
  } else {
    const typeId = proto.retBtf === undefined ? undefined : m.kernelBtf?.named(proto.retBtf, "struct")[0];
    if (proto.retBtf === undefined || !m.kernelBtf || typeId === undefined || proto.acquires || proto.castsPointer) return unmodelled(`result of ${name}`);
    setObject(result, m.kernelBtf, typeId, proto.retBtf, proto.retTrusted && habitsOf(m.options.profile).trust === "tracked" ? MODIFIER.TRUSTED : 0);
  }
  result.nullable = proto.retNullable === true;
  if (result.nullable) result.id = m.newId();
}
