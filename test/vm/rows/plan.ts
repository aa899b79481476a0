/**
 * A language for scenarios of system calls that guest/rows.c plays twice, natively and in programs. A call names a row and its
 * arguments once; the plan gets both forms of it. Memory is one buffer: `at(text)` puts bytes there and answers where.
 */
import { findOp, nativeRegisters, type OpRow } from "../../../kernel/abi/syscalls.ts";
import { MEMORY, PLACE, symbolOf } from "./programs.ts";

/** Result of an earlier step, as an argument. */
export interface StepResult {
  readonly step: number;
}
/** Bytes in the shared memory. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}
/** An i32 in the shared memory, as a call left it there. */
export interface Stored {
  readonly stored: number;
}
export type Argument = number | bigint | StepResult | Stored | Range;

/** Descriptors that `prepare("pipe")` and `prepare("socketpair")` leave, and `prepare("open")`. */
export const FIRST_END: StepResult = { step: 200 };
export const SECOND_END: StepResult = { step: 201 };
export const OPENED: StepResult = { step: 202 };

/** struct stat of x86-64 is larger than the program's. */
const STAT_ROOM = 256;

const isRange = (argument: Argument): argument is Range => typeof argument === "object" && "offset" in argument;
const isStep = (argument: Argument): argument is StepResult => typeof argument === "object" && "step" in argument;

export class Scenario {
  readonly name: string;
  readonly lines: string[] = [];
  #used = 64;
  #steps = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Bytes in the memory. A text is not terminated, and what follows it is not zero. */
  at(content: string | Uint8Array): Range {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const range = this.room(bytes.length, 0xff);
    this.lines.push(`fill ${range.offset} ${Buffer.from(bytes).toString("hex")}`);
    return range;
  }

  /** Memory to be written; one byte behind it has the value `behind`. */
  room(length: number, behind = 0xee): Range {
    const range = { offset: this.#used, length };
    this.#used = Math.ceil((this.#used + length + 1) / 16) * 16;
    if (this.#used > MEMORY - STAT_ROOM) throw new Error(`${this.name}: out of memory`);
    this.lines.push(`fill ${range.offset + length} ${behind.toString(16)}`);
    return range;
  }

  /** A step of the scenario's own: "pipe", "uid 1000", … */
  prepare(what: string): this {
    this.lines.push(`do ${what}`);
    return this;
  }

  /** One system call by its row (`read`, without `sys.`). `hide`: the result differs by nature. */
  call(name: string, args: readonly Argument[], options: { readonly hide?: boolean } = {}): StepResult {
    const row = findOp(`sys.${name}`);
    if (!row) throw new Error(`no row sys.${name}`);
    const given = args.length < row.args.length ? [...args, ...defaults(row, args.length)] : args;
    const program = given.flatMap((argument, i) => programWords(argument, row.args[i]!.kind));
    const native = nativeWords(row, given);
    const stat = row.args.findIndex((arg) => arg.kind === "struct" && arg.struct === "Stat");
    const suffix = [...(stat >= 0 ? [`stat=${(given[stat] as Range).offset}`] : []), ...(options.hide ? ["hide"] : [])];
    return this.raw(symbolOf(row), program, [String(row.nr), ...native, ...suffix]);
  }

  /** A call by the words of the plan. */
  raw(symbol: string, program: readonly string[], native: readonly string[]): StepResult {
    this.lines.push(`call ${[symbol, ...program, "|", ...native].join(" ")}`);
    return { step: this.#steps++ };
  }

  /** A program of handles (programs.ts), whose paths and bytes are put in their places. */
  handle(
    symbol: string,
    what: { readonly dir?: string; readonly path?: string; readonly bytes?: string; readonly args: readonly (number | bigint)[] },
  ): StepResult {
    const texts = [
      [PLACE.directory, what.dir],
      [PLACE.path, what.path],
      [PLACE.buffer, what.bytes],
    ] as const;
    for (const [offset, text] of texts) if (text !== undefined) this.lines.push(`fill ${offset} ${Buffer.from(`${text}\xff`, "latin1").toString("hex")}`);
    const lengths = [what.dir, what.path].flatMap((text) => (text === undefined ? [] : [text.length]));
    this.lines.push(`call ${[symbol, ...lengths, ...what.args].join(" ")}`);
    return { step: this.#steps++ };
  }

  /** Prints memory, so that it is compared. */
  dump(range: Range, length = range.length + 1): this {
    this.lines.push(`dump ${range.offset} ${length}`);
    return this;
  }

  text(): string {
    return [`scenario ${this.name}`, ...this.lines].join("\n");
  }
}

function defaults(row: OpRow, from: number): Argument[] {
  return row.args.slice(from).map((arg) => {
    if ((arg.kind === "int" || arg.kind === "flags" || arg.kind === "fd") && arg.optional !== undefined) return arg.optional;
    throw new Error(`sys.${row.name}: argument ${arg.name} is missing`);
  });
}

function scalar(argument: Argument): string {
  if (isStep(argument)) return `$${argument.step}`;
  if (isRange(argument)) throw new Error("a range where a number is wanted");
  return typeof argument === "object" ? `%${argument.stored}` : String(argument);
}

function programWords(argument: Argument, kind: string): string[] {
  if (!isRange(argument)) return [scalar(argument)];
  return kind === "struct" ? [String(argument.offset)] : [String(argument.offset), String(argument.length)];
}

/** The registers of the native call in the plan's words. */
function nativeWords(row: OpRow, given: readonly Argument[]): string[] {
  const range = (arg: number): Range => {
    const argument = given[arg]!;
    if (!isRange(argument)) throw new Error(`sys.${row.name}: argument ${row.args[arg]!.name} is no memory`);
    return argument;
  };
  return nativeRegisters(row).map((register) => {
    switch (register.kind) {
      case "constant":
        return String(register.value);
      case "int":
        return scalar(given[register.arg]!);
      case "path":
        return `:${range(register.arg).offset},${range(register.arg).length}`;
      case "field":
        return `${register.preset === undefined ? "@" : `=${register.preset},`}${range(register.arg).offset + register.offset}`;
      case "bounded":
        return `%${range(register.arg).offset + register.offset}`;
      case "pointer":
        return `@${range(register.arg).offset}`;
      case "length":
        return String(Math.floor(range(register.arg).length / register.unit));
    }
  });
}
