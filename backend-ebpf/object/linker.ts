/**
 * The one linker: object bytes (ours or clang's) to linked programs, as libbpf would hand them to the kernel, but with
 * maps and kfuncs symbolic. Any bytes whatever end in a result or in ObjectError.
 */
import { META_SECTION, type ObjectMeta } from "../../kernel/abi/meta.ts";
import { type BtfExt, parseBtfExt } from "../btf/ext.ts";
import { BtfError } from "../btf/format.ts";
import { type ParsedBtf, parseBtf } from "../btf/parse.ts";
import type { Btf } from "../btf/types.ts";
import type { Insn } from "../isa/insn.ts";
import { INSN_SIZE, ObjectError, OPCODE, PSEUDO } from "./elf.ts";
import { type ElfFile, readElf } from "./elf-reader.ts";
import { finalizeBtf } from "./finalize.ts";
import { collectFunctions, MAX_SLOTS, type ObjectFunction } from "./functions.ts";
import { collectMaps } from "./maps.ts";
import { parseMeta } from "./meta.ts";
import { type OperandContext, resolveOperand } from "./operands.ts";
import { LICENSE_SECTION, programTypeOf } from "./sections.ts";
import type { KfuncRef, LinkedObject, LinkedProgram } from "./types.ts";

export interface LinkOptions {
  /** BTF of the kernel that kfuncs and kernel variables are looked up in. Absent: only names known to AnyCall resolve. */
  readonly kernelBtf?: Btf;
}

/** Links an object. Throws ObjectError if it is malformed or needs what the linker can't give. */
export function linkObject(bytes: Uint8Array, options: LinkOptions = {}): LinkedObject {
  try {
    return link(bytes, options);
  } catch (error) {
    if (error instanceof BtfError) throw new ObjectError(error.message, { cause: error });
    throw error;
  }
}

/** The steps, in order. CO-RE relocations, when they come, are applied to `functions` before operands are resolved. */
function link(bytes: Uint8Array, { kernelBtf }: LinkOptions): LinkedObject {
  // A Buffer's slice() shares memory, a Uint8Array's copies: what is changed on the way must not be the caller's file.
  const elf = readElf(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const { btf, btfBytes, ext } = readTypes(elf);
  const maps = collectMaps(elf, btf);
  const functions = collectFunctions(elf, btf, ext);
  if (ext && ext.coreCount > 0) throw new ObjectError(`the object needs ${ext.coreCount} CO-RE relocations, which are not supported yet`);
  const metaSection = contentsOf(elf, META_SECTION);
  const meta = metaSection && parseMeta(metaSection);
  const license = cString(contentsOf(elf, LICENSE_SECTION));
  const context: OperandContext = { elf, maps, functions, btf, kernelBtf };
  const budget = { slots: MAX_SLOTS };
  const programs = functions.programs.map((main): LinkedProgram => {
    const programMeta = meta?.programs.find((program) => program.symbol === main.name);
    return {
      name: main.name,
      maps: maps.maps,
      license,
      ...programTypeOf(main.section.name),
      ...appendSubprograms(context, main, budget),
      ...infoOf(btf),
      ...(kernelBtf && { kernelBtf }),
      ...(programMeta && { meta: programMeta }),
    };
  });
  return { programs, maps: maps.maps, license, ...(meta && { meta }), ...(btfBytes && { btfBytes }) };
}

function infoOf(btf: Btf | undefined): { btf?: Btf } {
  return btf ? { btf } : {};
}

/** The object's types, ready for the kernel, and its records. Without `.BTF` there are neither. */
function readTypes(elf: ElfFile): { btf?: ParsedBtf; btfBytes?: Uint8Array; ext?: BtfExt } {
  const section = contentsOf(elf, ".BTF");
  if (!section) return {};
  const btfBytes = finalizeBtf(parseBtf(section), elf);
  const ext = contentsOf(elf, ".BTF.ext");
  return { btf: parseBtf(btfBytes), btfBytes, ...(ext && { ext: parseBtfExt(ext) }) };
}

function contentsOf(elf: ElfFile, name: string): Uint8Array | undefined {
  const section = elf.sections.find((candidate) => candidate.name === name);
  return section && section.bytes.length > 0 ? section.bytes : undefined;
}

function cString(bytes: Uint8Array | undefined): string {
  if (!bytes) return "";
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

type Code = Pick<LinkedProgram, "insns" | "kfuncs" | "funcInfo" | "lineInfo">;

/**
 * The main program followed by the subprograms it reaches. Each is appended where it is first called and then followed
 * itself before the caller goes on (depth first), which is the order that libbpf gives.
 */
function appendSubprograms(context: OperandContext, main: ObjectFunction, budget: { slots: number }): Code {
  const insns: Insn[] = [];
  const kfuncs: KfuncRef[] = [];
  const placed = new Map<ObjectFunction, number>();
  const place = (fn: ObjectFunction) => {
    budget.slots -= fn.insns.length;
    if (budget.slots < 0) throw new ObjectError("the programs are too large");
    placed.set(fn, insns.length);
    for (const insn of fn.insns) insns.push(insn);
    return { fn, base: placed.get(fn)!, at: 0 };
  };
  const work = [place(main)];
  for (let top = work.at(-1); top; top = work.at(-1)) {
    const { fn, base } = top;
    if (top.at >= fn.insns.length) {
      work.pop();
      continue;
    }
    const at = top.at;
    const operand = resolveOperand(context, fn, at, kfuncs);
    if (operand?.kind === "insns") insns.splice(base + at, operand.insns.length, ...operand.insns);
    if (operand?.kind === "subprogram") {
      if (!placed.has(operand.target)) {
        // The call is looked at again when the subprogram has its place.
        work.push(place(operand.target));
        continue;
      }
      const insn = fn.insns[at]!;
      const src = insn.opcode === OPCODE.LDIMM64 ? PSEUDO.FUNC : PSEUDO.CALL;
      insns[base + at] = { ...insn, src, imm: placed.get(operand.target)! - (base + at) - 1 };
      if (insn.opcode === OPCODE.LDIMM64) insns[base + at + 1] = { ...fn.insns[at + 1]!, imm: 0 };
    }
    top.at += fn.insns[at]!.opcode === OPCODE.LDIMM64 ? 2 : 1;
  }
  return { insns, kfuncs, ...records(context, placed) };
}

/** Function and line records of the functions at their places. */
function records({ btf }: OperandContext, placed: ReadonlyMap<ObjectFunction, number>): Pick<LinkedProgram, "funcInfo" | "lineInfo"> {
  const strings = btf as ParsedBtf | undefined;
  if (!strings) return { funcInfo: [], lineInfo: [] };
  const slot = (fn: ObjectFunction, base: number, offset: number) => offset / INSN_SIZE - fn.start + base;
  const funcInfo = [...placed].flatMap(([fn, base]) =>
    fn.funcs.map(({ offset, type }) => {
      const func = strings.type(type);
      if (func.kind !== "func") throw new ObjectError(`${fn.name}: function record of type ${type}, which is no function`);
      return { insn: slot(fn, base, offset), type, name: func.name };
    }),
  );
  const lineInfo = [...placed].flatMap(([fn, base]) =>
    fn.lines.map(({ offset, file, text, line, column }) => ({
      insn: slot(fn, base, offset),
      file: strings.stringAt(file),
      line,
      column,
      text: strings.stringAt(text),
    })),
  );
  return { funcInfo, lineInfo };
}

/** The metadata of an object, without linking it; undefined if it has none. Throws ObjectError as linkObject does. */
export function readMeta(bytes: Uint8Array): ObjectMeta | undefined {
  const section = contentsOf(readElf(bytes), META_SECTION);
  return section && parseMeta(section);
}
