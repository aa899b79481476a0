/** Function and line records as bpf(2) takes them with BPF_PROG_LOAD: arrays of struct bpf_func_info and bpf_line_info. */
import { FUNC_RECORD_SIZE, LINE_RECORD_SIZE, packLineColumn } from "../btf/ext.ts";
import { type ParsedBtf, parseBtf } from "../btf/parse.ts";
import { packWords } from "../btf/words.ts";
import { OPCODE, PSEUDO } from "./elf.ts";
import type { LinkedObject, LinkedProgram } from "./types.ts";

export interface LoadInfo {
  /** struct bpf_func_info {u32 insn_off, type_id}: 8 bytes a record, insn_off in instruction slots. */
  readonly funcInfo: Uint8Array;
  /** struct bpf_line_info {u32 insn_off, file_name_off, line_off, line_col}: 16 bytes a record. */
  readonly lineInfo: Uint8Array;
}

/** Record sizes for the attributes func_info_rec_size and line_info_rec_size. */
export const FUNC_INFO_SIZE = FUNC_RECORD_SIZE;
export const LINE_INFO_SIZE = LINE_RECORD_SIZE;

const NONE: LoadInfo = { funcInfo: new Uint8Array(0), lineInfo: new Uint8Array(0) };

/**
 * The records of program `index`; string and type numbers are those of `object.btfBytes`. Empty arrays where the kernel
 * would refuse them: it wants records for every function or none.
 */
export function loadInfo(object: LinkedObject, index: number): LoadInfo {
  const program = object.programs[index];
  if (!program) throw new RangeError(`no program ${index}`);
  if (!object.btfBytes) return NONE;
  const starts = functionStarts(program);
  if (program.funcInfo.length !== starts.length || program.funcInfo.some(({ insn }, i) => insn !== starts[i])) return NONE;
  const funcInfo = packWords(program.funcInfo.flatMap(({ insn, type }) => [insn, type]));
  const offsets = stringOffsets(object.btfBytes);
  const withLines = new Set(program.lineInfo.map(({ insn }) => insn));
  const ascending = program.lineInfo.every(({ insn }, i) => i === 0 || insn > program.lineInfo[i - 1]!.insn);
  if (!ascending || !starts.every((start) => withLines.has(start))) return { ...NONE, funcInfo };
  const lineInfo = packWords(
    program.lineInfo.flatMap(({ insn, file, text, line, column }) => [insn, offsets.get(file) ?? 0, offsets.get(text) ?? 0, packLineColumn(line, column)]),
  );
  return { funcInfo, lineInfo };
}

/** Slots where functions start: 0 and what calls and function addresses point to, ascending. */
function functionStarts(program: LinkedProgram): number[] {
  const starts = new Set([0]);
  program.insns.forEach((insn, at) => {
    const isCall = insn.opcode === OPCODE.CALL && insn.src === PSEUDO.CALL;
    if (isCall || (insn.opcode === OPCODE.LDIMM64 && insn.src === PSEUDO.FUNC)) starts.add(at + insn.imm + 1);
  });
  return [...starts].sort((a, b) => a - b);
}

const known = new WeakMap<Uint8Array, ReadonlyMap<string, number>>();

/** Offset of every whole string in the BTF; read once per blob. */
function stringOffsets(bytes: Uint8Array): ReadonlyMap<string, number> {
  let offsets = known.get(bytes);
  if (!offsets) {
    offsets = readStrings(parseBtf(bytes));
    known.set(bytes, offsets);
  }
  return offsets;
}

function readStrings(btf: ParsedBtf): Map<string, number> {
  const offsets = new Map<string, number>();
  const { stringsAt, stringsSize } = btf.layout;
  for (let at = 0; at < stringsSize; at = btf.bytes.indexOf(0, stringsAt + at) - stringsAt + 1) {
    const text = btf.stringAt(at);
    if (!offsets.has(text)) offsets.set(text, at);
  }
  return offsets;
}
