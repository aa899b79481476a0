/**
 * Resolves what one instruction refers to: a map, a place in a data section, a kernel function or variable, a subprogram.
 * The numbers put into instructions are symbolic, as LinkedProgram describes them.
 */
import { opOfKfunc } from "../../kernel/abi/syscalls.ts";
import { compatible } from "../btf/compat.ts";
import { findType, typeText } from "../btf/query.ts";
import type { Btf } from "../btf/types.ts";
import type { Insn } from "../isa/insn.ts";
import { INSN_SIZE, ObjectError, OPCODE, PSEUDO, SHN_LORESERVE, SHN_UNDEF, STB, STT } from "./elf.ts";
import type { ElfFile, ElfRelocation, ElfSymbol } from "./elf-reader.ts";
import type { ObjectFunction, ObjectFunctions } from "./functions.ts";
import type { ObjectMaps } from "./maps.ts";
import { MAPS_SECTION } from "./sections.ts";
import type { KfuncRef } from "./types.ts";

/** What calls of weak kfuncs that the kernel lacks become, as in libbpf: a helper number that no kernel has. */
const POISON_CALL = 2_002_000_000;

/** What stands at an instruction after resolving: the slot or slots, or the subprogram whose place decides. */
export type Operand = { readonly kind: "insns"; readonly insns: readonly Insn[] } | { readonly kind: "subprogram"; readonly target: ObjectFunction };

export interface OperandContext {
  readonly elf: ElfFile;
  readonly maps: ObjectMaps;
  readonly functions: ObjectFunctions;
  /** BTF of the object, in which externs must be described. */
  readonly btf: Btf | undefined;
  readonly kernelBtf: Btf | undefined;
}

/** The operand of instruction `at` of `fn`, or undefined if it needs nothing. New kfuncs are appended to `kfuncs`. */
export function resolveOperand(context: OperandContext, fn: ObjectFunction, at: number, kfuncs: KfuncRef[]): Operand | undefined {
  const insn = fn.insns[at]!;
  const relocation = fn.relocations.get(at);
  if (insn.opcode === OPCODE.CALL) return resolveCall(context, fn, at, insn, relocation, kfuncs);
  if (insn.opcode === OPCODE.LDIMM64) return resolveAddress(context, fn, at, insn, relocation);
  if (relocation) throw new ObjectError(`${fn.name}: relocation at instruction ${at}, which takes none`);
  return undefined;
}

function resolveCall(
  context: OperandContext,
  fn: ObjectFunction,
  at: number,
  insn: Insn,
  relocation: ElfRelocation | undefined,
  kfuncs: KfuncRef[],
): Operand | undefined {
  if (!relocation) {
    if (insn.src === PSEUDO.CALL) return { kind: "subprogram", target: subprogramAt(context, fn, at, fn.section.index, fn.start + at + insn.imm + 1) };
    if (insn.src === PSEUDO.KFUNC_CALL) throw new ObjectError(`${fn.name}: kfunc call at instruction ${at} without a relocation`);
    return undefined;
  }
  const { symbol } = relocation;
  if (isExtern(symbol)) return { kind: "insns", insns: [kfuncCall(context, insn, symbol, kfuncs)] };
  if (insn.src !== PSEUDO.CALL) throw new ObjectError(`${fn.name}: relocated call at instruction ${at} is none of a function`);
  return { kind: "subprogram", target: subprogramAt(context, fn, at, symbol.section, symbol.value / INSN_SIZE + insn.imm + 1) };
}

function subprogramAt({ functions }: OperandContext, fn: ObjectFunction, at: number, section: number, slot: number): ObjectFunction {
  const target = section === functions.text ? functions.subprograms.get(slot) : undefined;
  if (!target) throw new ObjectError(`${fn.name}: instruction ${at} calls or takes the address of something that is no function in .text`);
  return target;
}

function kfuncCall(context: OperandContext, insn: Insn, symbol: ElfSymbol, kfuncs: KfuncRef[]): Insn {
  const found = kfuncs.findIndex((kfunc) => kfunc.name === symbol.name);
  const index = found < 0 ? kfuncs.length : found;
  if (found < 0) kfuncs.push(resolveKfunc(context, symbol));
  const { from, weak } = kfuncs[index]!;
  if (weak && from === "missing") return { ...insn, src: 0, off: 0, imm: POISON_CALL + index };
  return { ...insn, src: PSEUDO.KFUNC_CALL, off: 0, imm: index };
}

function resolveKfunc({ btf, kernelBtf }: OperandContext, symbol: ElfSymbol): KfuncRef {
  const local = btf && findType(btf, symbol.name, "func");
  if (!btf || local === undefined) throw new ObjectError(`extern function '${symbol.name}' is not described in BTF`);
  const id = kernelBtf && findType(kernelBtf, symbol.name, "func");
  if (kernelBtf && id !== undefined) checkPrototype(btf, local, kernelBtf, id);
  const from = id !== undefined ? "vmlinux" : opOfKfunc(symbol.name) ? "anycall" : "missing";
  return { name: symbol.name, from, btfId: id ?? 0, ...(symbol.bind === STB.WEAK && { weak: true as const }) };
}

function checkPrototype(btf: Btf, local: number, kernelBtf: Btf, id: number): void {
  const [ours, theirs] = [btf.type(local), kernelBtf.type(id)];
  if (ours.kind !== "func" || theirs.kind !== "func" || compatible(btf, ours.type, kernelBtf, theirs.type)) return;
  throw new ObjectError(`kfunc '${ours.name}' is declared as '${typeText(btf, ours.type)}', but the kernel has '${typeText(kernelBtf, theirs.type)}'`);
}

function resolveAddress(context: OperandContext, fn: ObjectFunction, at: number, insn: Insn, relocation: ElfRelocation | undefined): Operand | undefined {
  const second = fn.insns[at + 1];
  if (!second) throw new ObjectError(`${fn.name}: the last instruction lacks its second half`);
  if (!relocation) {
    const needsOne = insn.src === PSEUDO.MAP_FD || insn.src === PSEUDO.MAP_VALUE || insn.src === PSEUDO.FUNC;
    if (needsOne) throw new ObjectError(`${fn.name}: operand at instruction ${at} without a relocation`);
    return undefined;
  }
  const { symbol } = relocation;
  const pair = (src: number, low: number, high: number): Operand => ({
    kind: "insns",
    insns: [
      { ...insn, src, imm: low | 0 },
      { ...second, imm: high | 0 },
    ],
  });
  if (isExtern(symbol)) return pair(...externAddress(context, symbol));
  if (symbol.section >= SHN_LORESERVE) throw new ObjectError(`${fn.name}: '${symbol.name}' is in a special section`);
  if (symbol.section === context.functions.text && (symbol.type === STT.FUNC || symbol.type === STT.SECTION)) {
    return { kind: "subprogram", target: subprogramAt(context, fn, at, symbol.section, (symbol.value + insn.imm) / INSN_SIZE) };
  }
  if (context.elf.sections[symbol.section]!.name === MAPS_SECTION) {
    const index = context.maps.defined.get(symbol.value);
    if (index === undefined) throw new ObjectError(`${fn.name}: no map is defined at offset ${symbol.value} of .maps`);
    return pair(PSEUDO.MAP_FD, index, 0);
  }
  const index = context.maps.data.get(symbol.section);
  if (index === undefined) throw new ObjectError(`${fn.name}: '${symbol.name}' is in section ${context.elf.sections[symbol.section]!.name}, which is no data`);
  return pair(PSEUDO.MAP_VALUE, index, insn.imm + symbol.value);
}

/** src_reg and both immediates of the address of a kernel variable or function; 0 for a weak one that is missing. */
function externAddress({ kernelBtf }: OperandContext, symbol: ElfSymbol): [number, number, number] {
  const id = kernelBtf && (findType(kernelBtf, symbol.name, "var") ?? findType(kernelBtf, symbol.name, "func"));
  if (id !== undefined) return [PSEUDO.BTF_ID, id, 0];
  if (symbol.bind === STB.WEAK) return [0, 0, 0];
  throw new ObjectError(`extern variable '${symbol.name}' is not in the kernel's BTF`);
}

function isExtern(symbol: ElfSymbol): boolean {
  return symbol.section === SHN_UNDEF && symbol.type === STT.NOTYPE && symbol.bind !== STB.LOCAL;
}
