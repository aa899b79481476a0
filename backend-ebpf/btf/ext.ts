/**
 * Section .BTF.ext: which function starts where and which source line an instruction came from. Offsets of instructions
 * are bytes inside the ELF section here (the bpf(2) attributes want instruction numbers).
 */
import { BTF_MAGIC, BTF_VERSION, BtfError } from "./format.ts";
import { packWords } from "./words.ts";

export interface FuncRecord {
  /** Bytes from the section's start. */
  readonly offset: number;
  /** BTF id of the FUNC. */
  readonly type: number;
}

export interface LineRecord {
  /** Bytes from the section's start. */
  readonly offset: number;
  /** Offsets into the BTF's strings: file name, and the line's text. */
  readonly file: number;
  readonly text: number;
  /** 1-based; 0 where unknown. At most MAX_LINE and MAX_COLUMN. */
  readonly line: number;
  readonly column: number;
}

export const MAX_LINE = 0x3fffff;
export const MAX_COLUMN = 1023;

/** Records of one code section; `section` is the name's offset in the BTF's strings. */
export interface ExtSection<Record> {
  readonly section: number;
  readonly records: readonly Record[];
}

export interface BtfExt {
  readonly funcs: readonly ExtSection<FuncRecord>[];
  readonly lines: readonly ExtSection<LineRecord>[];
  /** Number of CO-RE relocations, which are not decoded. */
  readonly coreCount: number;
}

/** Header with the CO-RE part; older files end after line info (24 bytes). */
const HEADER_SIZE = 32;
const OLD_HEADER_SIZE = 24;
export const FUNC_RECORD_SIZE = 8;
export const LINE_RECORD_SIZE = 16;

/** A line and column as struct bpf_line_info packs them. */
export function packLineColumn(line: number, column: number): number {
  return ((Math.min(line, MAX_LINE) << 10) | Math.min(column, MAX_COLUMN)) >>> 0;
}

/** Encodes the records; the CO-RE part is empty. Records must be in ascending order of offset. */
export function encodeBtfExt(ext: Omit<BtfExt, "coreCount">): Uint8Array {
  const funcs = encodePart(ext.funcs, FUNC_RECORD_SIZE, (record) => [record.offset, record.type]);
  const lines = encodePart(ext.lines, LINE_RECORD_SIZE, (record) => [record.offset, record.file, record.text, packLineColumn(record.line, record.column)]);
  const [funcsSize, linesSize] = [funcs.length * 4, lines.length * 4];
  const header = [BTF_MAGIC | (BTF_VERSION << 16), HEADER_SIZE, 0, funcsSize, funcsSize, linesSize, funcsSize + linesSize, 0];
  return packWords([...header, ...funcs, ...lines]);
}

function encodePart<Record>(sections: readonly ExtSection<Record>[], size: number, words: (record: Record) => readonly number[]): number[] {
  if (sections.length === 0) return [];
  return [size, ...sections.flatMap(({ section, records }) => [section, records.length, ...records.flatMap(words)])];
}

/** Decodes the section. Records may be longer than what is known here. Throws BtfError if malformed. */
export function parseBtfExt(bytes: Uint8Array): BtfExt {
  if (bytes.length < OLD_HEADER_SIZE) throw new BtfError(".BTF.ext is shorter than its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0, true) !== BTF_MAGIC) throw new BtfError("bad .BTF.ext magic");
  if (view.getUint8(2) !== BTF_VERSION) throw new BtfError(`unknown .BTF.ext version ${view.getUint8(2)}`);
  const header = view.getUint32(4, true);
  if (header < OLD_HEADER_SIZE || header > bytes.length) throw new BtfError(`bad .BTF.ext header length ${header}`);
  const part = <Record>(at: number, least: number, read: (u32: (offset: number) => number) => Record) =>
    parsePart(view, header + view.getUint32(at, true), view.getUint32(at + 4, true), least, read);
  return {
    funcs: part(8, FUNC_RECORD_SIZE, (u32) => ({ offset: u32(0), type: u32(4) })),
    coreCount: header < HEADER_SIZE ? 0 : part(24, 4, () => 0).reduce((sum, { records }) => sum + records.length, 0),
    lines: part(16, LINE_RECORD_SIZE, (u32) => ({ offset: u32(0), file: u32(4), text: u32(8), line: u32(12) >>> 10, column: u32(12) & MAX_COLUMN })),
  };
}

function parsePart<Record>(
  view: DataView,
  start: number,
  size: number,
  least: number,
  read: (u32: (offset: number) => number) => Record,
): ExtSection<Record>[] {
  if (size === 0) return [];
  const end = start + size;
  if (end > view.byteLength || size < 4) throw new BtfError(".BTF.ext reaches beyond the end");
  const recordSize = view.getUint32(start, true);
  if (recordSize < least || recordSize % 4 !== 0) throw new BtfError(`bad .BTF.ext record size ${recordSize}`);
  const sections: ExtSection<Record>[] = [];
  for (let at = start + 4; at < end; ) {
    if (at + 8 > end) throw new BtfError(".BTF.ext section is cut off");
    const section = view.getUint32(at, true);
    const count = view.getUint32(at + 4, true);
    at += 8;
    if (at + count * recordSize > end) throw new BtfError(".BTF.ext section is cut off");
    const records: Record[] = [];
    for (let i = 0; i < count; i++, at += recordSize) records.push(read((offset) => view.getUint32(at + offset, true)));
    sections.push({ section, records });
  }
  return sections;
}
