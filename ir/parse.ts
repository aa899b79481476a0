/**
 * Reads the IR's text form (grammar: text.ts). Owns syntax only: whether the IR makes sense is check.ts's business.
 */
import type { BoundarySignature, BoundaryType } from "../kernel/abi/boundary.ts";
import type { StatusName } from "../kernel/abi/frame.ts";
import type { Span } from "../kernel/abi/diagnostics.ts";
import { DEFAULT_SIGNATURE } from "./text.ts";
import type { AtomicFn, BinaryFn, Block, BlockId, Bytes, Check, Fault, Func, Instr, MapFn, MapSpec, Module, Predicate, Region, RegionId, Terminator, ValueId, Width } from "./types.ts";

/** A syntax error, with its place as 1-based line and column of the text. */
export class IrParseError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(`${line}:${column}: ${message}`);
    this.line = line;
    this.column = column;
  }
}

/** Parses a module. `nextValue` and `nextBlock` become one more than the largest id. Throws IrParseError. */
export function parseModule(text: string): Module {
  const p = new Parser(text);
  p.word("module");
  p.source = p.string();
  const regions = new Map<RegionId, Region>();
  const funcs: Func[] = [];
  while (!p.atEnd()) {
    if (p.isWord("region")) addRegion(regions, p);
    else funcs.push(parseFuncAt(p));
  }
  return { source: p.source, regions, funcs };
}

/** Parses one function (`func "name" { … }`) whose unnamed spans are in `source`. Throws IrParseError. */
export function parseFunc(text: string, source = ""): Func {
  const p = new Parser(text);
  p.source = source;
  const func = parseFuncAt(p);
  if (!p.atEnd()) p.fail("expected the end");
  return func;
}

const BINARY: ReadonlySet<string> = new Set<BinaryFn>(["add", "sub", "mul", "udiv", "sdiv", "umod", "smod", "and", "or", "xor", "shl", "lshr", "ashr"]);
const PREDICATES: ReadonlySet<string> = new Set<Predicate>(["eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge"]);
const REGION_KINDS: ReadonlySet<string> = new Set<Region["kind"]>(["buffer", "global", "const", "map", "arg", "result", "local"]);
const CHECK_KINDS: ReadonlySet<string> = new Set<Check["kind"]>(["bounds", "cast", "assert", "range", "result-range"]);
const MAP_FNS: ReadonlySet<string> = new Set<MapFn>(["update", "delete"]);
const ATOMIC_FNS: ReadonlySet<string> = new Set<AtomicFn>(["add", "and", "or", "xor", "xchg", "cmpxchg"]);
const STATUSES: ReadonlySet<string> = new Set<StatusName>(["EXHAUSTED", "ABORTED", "FAULT"]);
const TERMINATORS = new Set(["br", "condbr", "loop", "ret", "stop", "unreachable"]);

function parseFuncAt(p: Parser): Func {
  p.word("func");
  const name = p.string();
  const span = p.span();
  p.punct("{");
  let signature: BoundarySignature = DEFAULT_SIGNATURE;
  if (p.takeWord("signature")) signature = p.json() as BoundarySignature;
  const regions = new Map<RegionId, Region>();
  while (p.isWord("region")) addRegion(regions, p);
  const faults: Fault[] = [];
  while (p.takeWord("fault")) faults.push(parseFault(p));
  const blocks = new Map<BlockId, Block>();
  let entry: BlockId | undefined;
  let nextValue = 0;
  while (!p.takePunct("}")) {
    const id = p.id("b");
    p.punct(":");
    if (blocks.has(id)) p.fail(`b${id} defined twice`);
    entry ??= id;
    const instrs: Instr[] = [];
    while (!p.isOneOf(TERMINATORS)) {
      const instr = parseInstr(p);
      if (instr.id !== undefined) nextValue = Math.max(nextValue, instr.id + 1);
      instrs.push(instr);
    }
    blocks.set(id, { id, instrs, terminator: parseTerminator(p) });
  }
  if (entry === undefined) p.fail("a function needs a block");
  return {
    name, signature, regions, blocks, entry, faults, ...optional("span", span), nextValue, nextBlock: Math.max(...blocks.keys()) + 1,
  };
}

function addRegion(regions: Map<RegionId, Region>, p: Parser): void {
  p.word("region");
  const id = p.name();
  const kind = p.oneOf(REGION_KINDS) as Region["kind"];
  p.word("size");
  const size = p.int();
  p.word("align");
  const align = p.int();
  p.word("name");
  const name = p.string();
  const frameOffset = p.takeWord("at") ? p.int() : undefined;
  const init = p.takeWord("init") ? p.hex() : undefined;
  const map = p.takeWord("map") ? (p.json() as MapSpec) : undefined;
  const type = p.takeWord("type") ? (p.json() as BoundaryType) : undefined;
  const span = p.span();
  if (regions.has(id)) p.fail(`region ${id} defined twice`);
  regions.set(id, {
    id, kind, size, align, name, ...optional("init", init), ...optional("map", map), ...optional("type", type), ...optional("span", span), ...optional("frameOffset", frameOffset),
  });
}

function parseFault(p: Parser): Fault {
  const kind = p.oneOf(CHECK_KINDS) as Check["kind"];
  const message = p.string();
  const code = p.takeWord("code") ? p.int() : undefined;
  return { kind, message, ...optional("span", p.span()), ...optional("code", code) };
}

function parseInstr(p: Parser): Instr {
  const id = p.isId("v") ? p.id("v") : undefined;
  if (id !== undefined) p.punct("=");
  const core = parseOperation(p, id);
  const name = p.isString() ? p.string() : undefined;
  return { ...core, ...optional("name", name), ...optional("span", p.span()) };
}

function parseOperation(p: Parser, id: ValueId | undefined): Instr {
  const op = p.anyWord();
  const [head = "", suffix = ""] = op.split(".");
  if (op === "call") return { op, ...optional("id", id), ...callTail(p) };
  if (head === "store") {
    if (id !== undefined) p.fail("store defines no value");
    const bytes = accessBytes(p, suffix);
    const { ptr, offset } = address(p);
    p.punct(",");
    return { op: "store", ptr, offset, bytes, value: p.id("v") };
  }
  if (id === undefined) p.fail(`${op} needs a value to define`);
  const width: Width = head.endsWith("32") ? 32 : 64;
  const fn = width === 32 ? head.slice(0, -2) : head;
  if (BINARY.has(fn) && suffix === "") {
    const { a, b } = pair(p);
    return { op: "bin", id, fn: fn as BinaryFn, width, a, b };
  }
  if (fn === "cmp" && PREDICATES.has(suffix)) {
    const { a, b } = pair(p);
    return { op: "cmp", id, pred: suffix as Predicate, width, a, b };
  }
  switch (head) {
    case "const":
      return { op: "const", id, value: p.bigint() };
    case "ext": {
      const from = Number(suffix.slice(1));
      if (!/^[su](8|16|32)$/.test(suffix)) p.fail(`unknown operation ${op}`);
      return { op: "ext", id, from: from as 8 | 16 | 32, signed: suffix[0] === "s", a: p.id("v") };
    }
    case "phi":
      return parsePhi(p, id);
    case "addr":
      return { op: "addr", id, region: p.name() };
    case "ptradd": {
      const { a, b } = pair(p);
      return { op: "ptradd", id, base: a, offset: b };
    }
    case "field": {
      const base = p.id("v");
      p.punct(",");
      const struct = p.string();
      p.punct("[");
      const path: string[] = [];
      while (!p.takePunct("]")) {
        if (path.length > 0) p.punct(",");
        path.push(p.string());
      }
      return { op: "field", id, base, struct, path, offset: p.offset() };
    }
    case "load": {
      if (!/^[su]\d+$/.test(suffix)) p.fail(`unknown operation ${op}`);
      const bytes = accessBytes(p, suffix.slice(1));
      return { op: "load", id, ...address(p), bytes, signed: suffix[0] === "s" };
    }
    case "isnull":
      return { op: "isnull", id, handle: p.id("v") };
    case "lookup": {
      const map = p.name();
      p.punct(",");
      return { op: "lookup", id, map, key: p.id("v") };
    }
    case "map":
      return parseMapCall(p, id, suffix);
    case "atomic":
      return parseAtomic(p, id, op);
  }
  return p.fail(`unknown operation ${op}`);
}

function parseMapCall(p: Parser, id: ValueId, fn: string): Instr {
  if (!MAP_FNS.has(fn)) p.fail(`unknown operation map.${fn}`);
  const map = p.name();
  p.punct("(");
  const args: ValueId[] = [];
  while (!p.takePunct(")")) {
    if (args.length > 0) p.punct(",");
    args.push(p.id("v"));
  }
  return { op: "mapcall", id, fn: fn as MapFn, map, args, flags: p.int() };
}

function parseAtomic(p: Parser, id: ValueId, op: string): Instr {
  const [, fn = "", bits = ""] = op.split(".");
  const bytes = accessBytes(p, bits);
  if (!ATOMIC_FNS.has(fn) || bytes < 4) p.fail(`unknown operation ${op}`);
  const { ptr, offset } = address(p);
  p.punct(",");
  const value = p.id("v");
  const expected = p.takePunct(",") ? p.id("v") : undefined;
  return { op: "atomic", id, fn: fn as AtomicFn, ptr, offset, bytes: bytes as 4 | 8, value, ...optional("expected", expected) };
}

function parsePhi(p: Parser, id: ValueId): Instr {
  const type = p.oneOf(new Set(["int", "handle"])) as "int" | "handle";
  p.punct("[");
  const incoming: { from: BlockId; value: ValueId }[] = [];
  while (!p.takePunct("]")) {
    if (incoming.length > 0) p.punct(",");
    const from = p.id("b");
    p.punct(":");
    incoming.push({ from, value: p.id("v") });
  }
  return { op: "phi", id, type, incoming };
}

function callTail(p: Parser): { row: string; args: (ValueId | null)[] } {
  const row = p.anyWord();
  p.punct("(");
  const args: (ValueId | null)[] = [];
  while (!p.takePunct(")")) {
    if (args.length > 0) p.punct(",");
    args.push(p.takeWord("null") ? null : p.id("v"));
  }
  return { row, args };
}

function parseTerminator(p: Parser): Terminator {
  const core = parseTerminatorCore(p);
  return { ...core, ...optional("span", p.span()) };
}

function parseTerminatorCore(p: Parser): Terminator {
  switch (p.anyWord()) {
    case "br":
      return { op: "br", to: p.id("b") };
    case "condbr": {
      const cond = p.id("v");
      p.punct(",");
      const then = p.id("b");
      p.punct(",");
      const other = p.id("b");
      return { op: "condbr", cond, then, else: other, ...optional("check", p.takeWord("check") ? parseCheck(p) : undefined) };
    }
    case "loop": {
      const body = p.id("b");
      p.punct(",");
      const exhausted = p.id("b");
      const id = p.loopId();
      return { op: "loop", body, exhausted, loop: { id, ...optional("maxTrips", p.takeWord("trips") ? p.int() : undefined) } };
    }
    case "ret":
      return { op: "ret", ...optional("value", p.isId("v") ? p.id("v") : undefined) };
    case "stop": {
      const status = p.oneOf(STATUSES) as "EXHAUSTED" | "ABORTED" | "FAULT";
      return { op: "stop", status, ...optional("fault", p.takeWord("fault") ? p.int() : undefined) };
    }
    default:
      return { op: "unreachable" };
  }
}

function parseCheck(p: Parser): Check {
  const kind = p.oneOf(CHECK_KINDS);
  const keep = p.takeWord("keep");
  const access = p.takeWord("access") ? p.string() : undefined;
  const requirement = p.takeWord("requires") ? p.string() : undefined;
  return { kind: kind as Check["kind"], keep, ...optional("access", access), ...optional("requirement", requirement) };
}

function pair(p: Parser): { a: ValueId; b: ValueId } {
  const a = p.id("v");
  p.punct(",");
  return { a, b: p.id("v") };
}

function address(p: Parser): { ptr: ValueId; offset: number } {
  p.punct("[");
  const ptr = p.id("v");
  const offset = p.offset();
  p.punct("]");
  return { ptr, offset };
}

function accessBytes(p: Parser, bits: string): Bytes {
  if (!["8", "16", "32", "64"].includes(bits)) p.fail(`an access has 8, 16, 32 or 64 bits, not ${bits}`);
  return (Number(bits) / 8) as Bytes;
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

interface Token {
  readonly kind: "word" | "number" | "string" | "json" | "hash" | "punct" | "end";
  readonly text: string;
  readonly at: number;
}

const TOKEN = /(?:\s|\/\/[^\n]*)*(?:(result-range|[A-Za-z_$][\w$.]*)|(-?\d+)|("(?:[^"\\]|\\.)*")|(`[^`]*`)|(#[0-9a-f]*)|([{}()[\]:,=@+-])|($))/y;
const KINDS = ["word", "number", "string", "json", "hash", "punct", "end"] as const;

/** Token access with one token of lookahead. Every `take…` advances only when it matches; the others fail with a place. */
class Parser {
  source = "";
  readonly #text: string;
  #end = 0;
  #token: Token;

  constructor(text: string) {
    this.#text = text;
    this.#token = this.#scan();
  }

  #scan(): Token {
    TOKEN.lastIndex = this.#end;
    const match = TOKEN.exec(this.#text);
    if (!match) {
      const at = this.#end + /^(?:\s|\/\/[^\n]*)*/.exec(this.#text.slice(this.#end))![0].length;
      return this.#failAt("unexpected character", at);
    }
    this.#end = TOKEN.lastIndex;
    const index = match.slice(1).findIndex((group) => group !== undefined);
    const text = match[index + 1]!;
    return { kind: KINDS[index]!, text, at: this.#end - text.length };
  }

  #take(): string {
    const { text } = this.#token;
    this.#token = this.#scan();
    return text;
  }

  fail(message: string): never {
    return this.#failAt(`${message} at ${this.#token.kind === "end" ? "the end" : `'${this.#token.text}'`}`, this.#token.at);
  }

  #failAt(message: string, at: number): never {
    const before = this.#text.slice(0, at).split("\n");
    throw new IrParseError(message, before.length, before.at(-1)!.length + 1);
  }

  atEnd(): boolean {
    return this.#token.kind === "end";
  }
  isWord(text: string): boolean {
    return this.#token.kind === "word" && this.#token.text === text;
  }
  isString(): boolean {
    return this.#token.kind === "string";
  }
  isId(prefix: "v" | "b"): boolean {
    return this.#token.kind === "word" && /^[vb]\d+$/.test(this.#token.text) && this.#token.text[0] === prefix;
  }
  isOneOf(words: ReadonlySet<string>): boolean {
    return this.#token.kind === "word" && words.has(this.#token.text);
  }
  takeWord(text: string): boolean {
    const found = this.isWord(text);
    if (found) this.#take();
    return found;
  }
  takePunct(text: string): boolean {
    const found = this.#token.kind === "punct" && this.#token.text === text;
    if (found) this.#take();
    return found;
  }
  word(text: string): void {
    if (!this.takeWord(text)) this.fail(`expected '${text}'`);
  }
  punct(text: string): void {
    if (!this.takePunct(text)) this.fail(`expected '${text}'`);
  }
  anyWord(): string {
    return this.#token.kind === "word" ? this.#take() : this.fail("expected a word");
  }
  oneOf(words: ReadonlySet<string>): string {
    return this.isOneOf(words) ? this.#take() : this.fail(`expected one of ${[...words].join(", ")}`);
  }
  id(prefix: "v" | "b"): number {
    return this.isId(prefix) ? Number(this.#take().slice(1)) : this.fail(`expected ${prefix}N`);
  }
  int(): number {
    return Number(this.bigint());
  }
  bigint(): bigint {
    return this.#token.kind === "number" ? BigInt(this.#take()) : this.fail("expected a number");
  }
  string(): string {
    return this.isString() ? (JSON.parse(this.#take()) as string) : this.fail("expected a string");
  }
  /** A region's id: bare or quoted. */
  name(): string {
    return this.isString() ? this.string() : this.anyWord();
  }
  json(): unknown {
    return this.#token.kind === "json" ? JSON.parse(this.#take().slice(1, -1)) : this.fail("expected JSON between backticks");
  }
  hex(): Uint8Array {
    if (this.#token.kind !== "hash" || this.#token.text.length % 2 === 0) this.fail("expected #hex");
    const digits = this.#take().slice(1);
    return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
  }
  loopId(): number {
    return this.#token.kind === "hash" && /^#\d+$/.test(this.#token.text) ? Number(this.#take().slice(1)) : this.fail("expected #N");
  }
  /** ` + 4`, ` - 4` or nothing. */
  offset(): number {
    if (this.takePunct("+")) return this.int();
    if (this.takePunct("-")) return -this.int();
    return 0;
  }
  span(): Span | undefined {
    if (!this.takePunct("@")) return undefined;
    const start = this.int();
    this.punct("+");
    const length = this.int();
    return { file: this.takeWord("in") ? this.string() : this.source, start, length };
  }
}
