/** Calls of kernel functions: arguments by the types of their parameters and by flags, results, references, RCU regions. */
import type { BtfType } from "../../backend-ebpf/btf/types.ts";
import { resolveId, sizeOf } from "../../backend-ebpf/btf/index.ts";
import { constSigned, isConst } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { Refusal, refuse, unmodelled } from "../failure.ts";
import { MESSAGES } from "../messages.ts";
import { isNull, isTrusted, kindName, MODIFIER, type Reg } from "../state/register.ts";
import { checkMemory, checkSize } from "./arguments.ts";
import { type Iteration, iteratorArgument, nextRound } from "./iterators.ts";
import { isForOtherPrograms } from "./kfunc-flags.ts";
import { iteratorKfunc, type Kfunc, kfuncOf, type Parameter } from "./kfunc-table.ts";
import { isNumber, isNumbersOnly, isStruct, structName } from "./kernel-types.ts";
import { isGpl } from "./license.ts";
import { checkFixed } from "./memory.ts";
import { setObject, typeOf } from "./objects.ts";
import { lockRcu, requireRcu, unlockRcu } from "./rcu.ts";
import { acquire, release } from "./references.ts";

/** What the arguments of one call say about the rest of it. */
interface CallFacts {
  /** Reference of an argument; of a releasing function the one that is given back. */
  reference: number;
  released: boolean;
  constant: number | undefined;
  iteration: Iteration | undefined;
}

export function callKfunc(m: Machine): void {
  const reference = m.program.kfuncs[m.current.imm];
  const name = reference?.name ?? "unknown";
  if (reference?.from === "missing" && reference.btfId === 0) {
    // Number 0 stands for a function that was not found: passed over here, refused at the end if it is still there.
    m.missingFunctions = true;
    return;
  }
  if (isForOtherPrograms(name)) refuse("kfunc-not-allowed", name);
  const kfunc = kfuncOf(name, m.options.profile, m.kernelBtf);
  if (kfunc?.flags.includes("other-programs")) refuse("kfunc-not-allowed", name);
  if (kfunc?.gpl !== false && !isGpl(m.program)) refuse("kfunc-gpl");
  if (!kfunc || kfunc.flags.includes("unmodelled")) return unmodelled(`kernel function ${name}`);
  const facts: CallFacts = { reference: 0, released: false, constant: undefined, iteration: undefined };
  for (let i = 0; i < kfunc.params.length; i++) if (checkParameter(m, kfunc, i, facts)) i++;
  if (kfunc.flags.includes("release") && !facts.released) refuse("kfunc-release", name);
  if (kfunc.flags.includes("rcu-protected")) requireRcu(m, name);
  changeRegion(m, kfunc);
  if (facts.released) release(m, facts.reference);
  for (let r = 0; r <= 5; r++) m.regs[r]!.setNotInit();
  m.touched.registers |= 0b11_1111;
  setResult(m, kfunc, facts);
  if (facts.iteration) nextRound(m, facts.iteration);
}

function changeRegion(m: Machine, { name, flags }: Kfunc): void {
  if (name === "bpf_rcu_read_lock") lockRcu(m, name);
  else if (name === "bpf_rcu_read_unlock") unlockRcu(m, name);
  else if (m.state.rcu > 0 && flags.includes("sleepable")) refuse("kfunc-sleeps-rcu", name);
}

// ---- arguments ------------------------------------------------------------------------------------------------------

/** True: the argument behind it, a size, was checked with it. */
function checkParameter(m: Machine, kfunc: Kfunc, index: number, facts: CallFacts): boolean {
  const param = kfunc.params[index]!;
  const number = index + 1;
  const reg = m.regs[number]!;
  m.touched.registers |= 1 << number;
  if (param.ignored) return false;
  if (param.kind === "scalar") {
    checkNumber(m, param, number, facts);
    return false;
  }
  if (param.kind !== "pointer") unmodelled(`argument ${param.name} of ${kfunc.name}`);
  const { flags } = kfunc;
  const needsTrust = flags.includes("trusted-args") || flags.includes("release");
  if ((needsTrust || flags.includes("rcu")) && (isNull(reg) || reg.nullable) && !param.nullable) refuse("kfunc-null", index);
  if (reg.ref !== 0) {
    facts.reference = reg.ref;
    if (flags.includes("release")) facts.released = true;
  }
  if (param.nullable && isNull(reg)) return false;
  if (index === 0 && iteratorKfunc(kfunc.name)) {
    checkRegisterOffset(m, kfunc, number);
    facts.iteration = iteratorArgument(m, kfunc, number, facts);
    return false;
  }
  if (NOT_MODELLED.some((suffix) => param.name.endsWith(suffix)) || UNMODELLED_STRUCTS.has(nameOf(param.target))) unmodelled(`argument ${param.name} of ${kfunc.name}`);
  if (reg.type === "btf" || (reg.type === "map_ptr" && !reg.nullable)) {
    checkObject(m, kfunc, index);
    return false;
  }
  if (param.target.kind === "func_proto") unmodelled(`callbacks (${kfunc.name})`);
  return checkPlainMemory(m, kfunc, index, facts);
}

const NOT_MODELLED: readonly string[] = ["__alloc", "__refcounted_kptr", "__str", "__map", "__uninit", "__iter", "__irq_flag", "__prog", "__impl"];
/** Parameters that stand for something on the stack or in maps. */
const UNMODELLED_STRUCTS: ReadonlySet<string> = new Set(["bpf_dynptr", "bpf_list_head", "bpf_list_node", "bpf_rb_root", "bpf_rb_node", "bpf_wq", "bpf_res_spin_lock"]);

function checkNumber(m: Machine, param: Parameter, number: number, facts: CallFacts): void {
  const reg = m.regs[number]!;
  if (!reg.isScalar) refuse("size-scalar", number);
  if (!param.constant) return;
  if (!isConst(reg)) refuse("kfunc-constant", number);
  m.precise(number);
  facts.constant = constSigned(reg);
}

/** Kinds of registers that may be passed with any offset; kernel objects at a fixed one; nothing else with one. */
const ANY_OFFSET: readonly Reg["type"][] = ["fp", "map_value", "mem", "ringbuf_mem", "scalar"];
const FIXED_OFFSET: readonly number[] = [0, MODIFIER.TRUSTED, MODIFIER.RCU];

function checkRegisterOffset(m: Machine, { flags }: Kfunc, number: number): void {
  const reg = m.regs[number]!;
  if (flags.includes("release") && reg.ref !== 0) {
    if (reg.off !== 0) refuse("kfunc-offset", number);
    return checkFixed(reg, number, false);
  }
  if (!reg.nullable && ANY_OFFSET.includes(reg.type)) return;
  checkFixed(reg, number, reg.type === "btf" && !reg.nullable && FIXED_OFFSET.includes(reg.modifiers));
}

/** A kernel object, where the parameter is a pointer to a struct. */
function checkObject(m: Machine, kfunc: Kfunc, index: number): void {
  const { name, flags, btf } = kfunc;
  const param = kfunc.params[index]!;
  const number = index + 1;
  const reg = m.regs[number]!;
  if (param.target.kind !== "struct" && param.target.kind !== "union") refuse("kfunc-object-type", name, index, kindOf(param.target), nameOf(param.target));
  const isRcu = (reg.modifiers & MODIFIER.RCU) !== 0;
  if (flags.includes("trusted-args") || flags.includes("release") || flags.includes("rcu")) {
    if (!isTrusted(reg)) {
      if (!flags.includes("rcu")) refuse("kfunc-trusted", number);
      if (!isRcu) refuse("kfunc-rcu", number);
    }
  }
  checkRegisterOffset(m, kfunc, number);
  const unsafe = reg.nullable || (reg.modifiers & ~MODIFIER.TRUSTED) !== 0;
  if (reg.type === "btf" && unsafe && !isRcu) refuse("kfunc-unsafe", index, kindName(reg), `${reg.modifiers & MODIFIER.TRUSTED ? "trusted_" : ""}ptr_`);
  const given = reg.type === "map_ptr" ? mapType(m) : typeOf(m, reg);
  const exact = (flags.includes("release") && reg.ref !== 0) || isInitAlias(reg.struct, nameOf(param.target));
  if (given ? isStruct(given.btf, given.typeId, reg.off, btf, param.targetId, exact) : reg.off === 0 && reg.struct === nameOf(param.target)) return;
  const struct = reg.type === "map_ptr" ? "bpf_map" : reg.struct;
  refuse("kfunc-object", name, index, kindOf(param.target), nameOf(param.target), number, struct);
}

function mapType(m: Machine): ReturnType<typeof typeOf> {
  const typeId = m.kernelBtf?.named("bpf_map", "struct")[0];
  return m.kernelBtf && typeId !== undefined ? { btf: m.kernelBtf, typeId } : undefined;
}

/** Types that only differ in the suffix of those being set up are never taken for one another. */
function isInitAlias(a: string, b: string): boolean {
  return a === `${b}___init` || b === `${a}___init`;
}

/** Memory of a size that the type says, or that the argument behind it says: then true. */
function checkPlainMemory(m: Machine, kfunc: Kfunc, index: number, facts: CallFacts): boolean {
  const param = kfunc.params[index]!;
  const number = index + 1;
  const reg = m.regs[number]!;
  const next = kfunc.params[index + 1];
  const sized = next !== undefined && (next.isSize || next.isConstantSize) && next.kind === "scalar" && m.regs[number + 1]!.isScalar;
  const fits = isNumber(param.target) || isNumbersOnly(kfunc.btf, param.targetId) || (sized && param.target.kind === "void");
  if (!fits) refuse("kfunc-memory-type", index, kindOf(param.target), nameOf(param.target), sized ? "void, " : "");
  checkRegisterOffset(m, kfunc, number);
  if (!sized) {
    if (param.size === undefined) unmodelled(`argument ${param.name} of ${kfunc.name}`);
    checkFixedMemory(m, number, param.size);
    return false;
  }
  if (!(isNull(reg) && param.optional)) pair(index, () => checkSize(m, number + 1, ["read", "write"], true));
  if (next.isConstantSize) {
    if (!isConst(m.regs[number + 1]!)) refuse("kfunc-constant", number + 1);
    facts.constant = constSigned(m.regs[number + 1]!);
  }
  return true;
}

/** A refusal inside a pair of memory and length ends with the pair's own line. */
function pair(index: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(error.rule, MESSAGES["kfunc-pair"](index, index + 1), error.insn, error.register, { ...error.more, detail: error.message });
    throw error;
  }
}

/** NULL goes; what may be NULL is looked at as if it were not. */
function checkFixedMemory(m: Machine, number: number, size: number): void {
  const reg = m.regs[number]!;
  if (isNull(reg)) return;
  const { nullable } = reg;
  reg.nullable = false;
  try {
    checkMemory(m, number, size, "read", false);
    checkMemory(m, number, size, "write", false);
  } finally {
    reg.nullable = nullable;
  }
}

const nameOf = (type: BtfType): string => ("name" in type ? type.name : "");
/** As the kernel calls the kind of a type. */
const kindOf = (type: BtfType): string => (type.kind === "void" ? "UNKNOWN" : type.kind.toUpperCase());

// ---- results --------------------------------------------------------------------------------------------------------

function setResult(m: Machine, kfunc: Kfunc, facts: CallFacts): void {
  const { result, flags } = kfunc;
  const register = m.regs[0]!;
  if (result.kind === "void") return;
  if (result.kind !== "ptr") return register.setUnknown();
  if (kfunc.name === "bpf_rdonly_cast") return setCast(m, facts);
  setPointer(m, kfunc, facts);
  if (register.isScalar) return;
  if (flags.includes("ret-null")) {
    register.nullable = true;
    register.id = m.newId();
  }
  if (!flags.includes("acquire")) return;
  register.ref = acquire(m);
  if (register.nullable) register.id = register.ref;
}

function setPointer(m: Machine, { name, btf, result, flags }: Kfunc, facts: CallFacts): void {
  if (result.kind !== "ptr") return;
  const register = m.regs[0]!;
  const id = resolveId(btf, result.type);
  const type = btf.type(id);
  if (type.kind === "void") return register.setUnknown();
  if (type.kind !== "struct" && type.kind !== "union") {
    const size = sizeOf(btf, id);
    if (!size) return unmodelled(`the result of ${name}`);
    register.setPointer("mem");
    register.memSize = size;
    register.readOnly = true;
    register.ref = facts.reference;
    return;
  }
  const modifiers = facts.iteration?.step === "next" ? (facts.iteration.protection === "rcu" ? MODIFIER.RCU : MODIFIER.TRUSTED) : flags.includes("untrusted-result") ? MODIFIER.UNTRUSTED : 0;
  setObject(register, btf, id, structName(btf, id), modifiers);
}

/** bpf_rdonly_cast: any address as an object of the type with that number. */
function setCast(m: Machine, facts: CallFacts): void {
  const btf = m.options.kernelBtf;
  const id = facts.constant ?? 0;
  if (!btf) return unmodelled("bpf_rdonly_cast without the kernel's whole BTF");
  if (id === 0) return unmodelled("bpf_rdonly_cast to plain memory");
  const type = id > 0 && id < btf.count ? btf.type(id) : undefined;
  if (type?.kind !== "struct" && type?.kind !== "union") refuse("kfunc-cast");
  setObject(m.regs[0]!, btf, id, structName(btf, id), MODIFIER.UNTRUSTED);
}
