/** Source positions of instructions: spans to lines, columns and text, and the rules the kernel has for line records. */
import type { CodeUnit } from "./types.ts";
import { OPCODE } from "./elf.ts";

export interface SourcePosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** The line without its terminator. */
  readonly text: string;
}

/** Longest line text kept, in UTF-16 code units: enough to read, and generated files don't blow the object up. */
const MAX_TEXT = 512;

/** Line starts of one source text, with TypeScript's line terminators. */
export class LineIndex {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    for (const match of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) this.#starts.push(match.index + match[0].length);
  }

  /** Where the code unit at `offset` is; offsets outside are moved to the nearest end. */
  position(offset: number): SourcePosition {
    const at = Math.min(Math.max(offset, 0), this.#text.length);
    let low = 0;
    for (let high = this.#starts.length; high - low > 1; ) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle;
    }
    const start = this.#starts[low]!;
    const text = this.#text.slice(start, this.#starts[low + 1] ?? this.#text.length).replace(/[\r\n\u2028\u2029]+$/, "");
    return { line: low + 1, column: at - start + 1, text: text.slice(0, MAX_TEXT).replaceAll("\0", " ") };
  }
}

export interface LinePosition extends SourcePosition {
  /** Instruction slot inside the function. */
  readonly insn: number;
  readonly file: string;
}

/** Positions by file, each text indexed once. */
export class SourceIndex {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #indexes = new Map<string, LineIndex>();

  constructor(sources: ReadonlyMap<string, string>) {
    this.#sources = sources;
  }

  position(file: string, offset: number): SourcePosition {
    let index = this.#indexes.get(file);
    if (!index) {
      index = new LineIndex(this.#sources.get(file) ?? "");
      this.#indexes.set(file, index);
    }
    return index.position(offset);
  }

  /**
   * The line records of a function as the kernel wants them: one at slot 0, strictly ascending, none on the second half
   * of a ldimm64 (moved behind it), none beyond the end. Of several at one slot the last counts.
   */
  linesOf(unit: CodeUnit, fallbackFile: string): LinePosition[] {
    const bySlot = new Map<number, LinePosition>();
    for (const { insn, span } of unit.lines) {
      const slot = isSecondHalf(unit, insn) ? insn + 1 : insn;
      if (slot < 0 || slot >= unit.insns.length || (slot !== insn && bySlot.has(slot))) continue;
      bySlot.set(slot, { insn: slot, file: span.file, ...this.position(span.file, span.start) });
    }
    const lines = [...bySlot.values()].sort((a, b) => a.insn - b.insn);
    const first = lines[0];
    if (first === undefined) return [{ insn: 0, file: fallbackFile, ...this.position(fallbackFile, 0) }];
    if (first.insn !== 0) lines.unshift({ ...first, insn: 0 });
    return lines.filter((line, i) => i === 0 || !samePlace(line, lines[i - 1]!));
  }
}

function isSecondHalf(unit: CodeUnit, slot: number): boolean {
  // A second half has opcode 0, which no instruction has.
  return slot > 0 && unit.insns[slot]?.opcode === 0 && unit.insns[slot - 1]!.opcode === OPCODE.LDIMM64;
}

function samePlace(a: LinePosition, b: LinePosition): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}
