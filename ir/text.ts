/**
 * The text form of the IR: what `--emit ir` prints and tests are written in. `parse.ts` reads it back, without loss.
 * Owns the printed syntax; changes nothing.
 *
 *   module "logs.ts"
 *   region page buffer size 65536 align 8 name "page" @0+30
 *   func "Logs.countLines" @120+400 {
 *     signature `{"params":[],"result":{"kind":"void"},"resultOffset":8}`    absent: no parameters, i64 result
 *     region args arg size 8 align 8 name "args" at 32
 *     fault bounds "index 3 is beyond page" code 7 @200+4                    index = position
 *   b0:                                                                      the first block is the entry
 *     v0 = const -1 "lines" @140+1                                           "source variable" @start+length [in "file"]
 *     v1 = add v0, v0                                                        add32, sub, … : bin, 64 bits or 32
 *     v2 = ext.s8 v1                                                         s8 s16 s32 u8 u16 u32
 *     v3 = cmp.slt v1, v2                                                    cmp32.ult, …
 *     v4 = phi int [b0: v0, b3: v3]
 *     v5 = addr page
 *     v6 = ptradd v5, v1
 *     v7 = field v6, "Stat" ["mtime", "sec"] + 48
 *     v8 = load.u8 [v6 + 0]                                                  u8 … u64, s8 … s64
 *     store.32 [v6 + 4], v8                                                  bits
 *     v9 = call sys.read(v1, v6, v2)                                         null for an absent struct
 *     v10 = isnull v9
 *     v11 = lookup counts, v5                                                key; a map's value or null
 *     v12 = map.update counts (v5, v6) 1                                     flags
 *     v13 = atomic.cmpxchg.64 [v11 + 8], v1, v2                              bits; value, expected
 *     br b1 | condbr v10, b1, b2 | condbr v10, b1, b2 check bounds keep access "…" requires "…"
 *     loop b1, b2 #0 trips 16 | ret | ret v1 | stop FAULT | stop FAULT fault 0 | unreachable
 *   }
 *
 * Comments run from `//` to the end of the line. Spans without `in` are in the module's source file.
 */
import { FRAME } from "../kernel/abi/frame.ts";
import { INT, type BoundarySignature } from "../kernel/abi/boundary.ts";
import type { Span } from "../kernel/abi/diagnostics.ts";
import type { Block, Fault, Func, Instr, Module, Region, Terminator } from "./types.ts";

/** The signature that is left out of the text: no parameters, an i64 in FRAME.result. */
export const DEFAULT_SIGNATURE: BoundarySignature = { params: [], result: INT.i64, resultOffset: FRAME.result };

export interface PrintOptions {
  /** Source spans; default true. Without them the text does not round-trip. */
  readonly spans?: boolean;
  /** Boundary signatures; default true. Without them the text does not round-trip. */
  readonly signatures?: boolean;
  /** A comment behind an instruction or a terminator (ranges, source lines). */
  readonly note?: (item: Instr | Terminator, block: Block) => string | undefined;
}

/** The whole module, regions first, with a final newline. */
export function printModule(module: Module, options: PrintOptions = {}): string {
  const lines = [`module ${JSON.stringify(module.source)}`];
  for (const region of module.regions.values()) lines.push(printRegion(region, module.source, options));
  let text = `${lines.join("\n")}\n`;
  for (const func of module.funcs) text += `\n${printFunc(func, module.source, options)}`;
  return text;
}

/** One function with a final newline. `source`: the file whose spans are printed without a name. */
export function printFunc(func: Func, source = "", options: PrintOptions = {}): string {
  const lines = [`func ${JSON.stringify(func.name)}${spanText(func.span, source, options)} {`];
  const signature = JSON.stringify(func.signature);
  if ((options.signatures ?? true) && signature !== JSON.stringify(DEFAULT_SIGNATURE)) lines.push(`  signature ${quoteJson(signature)}`);
  for (const region of func.regions.values()) lines.push(`  ${printRegion(region, source, options)}`);
  for (const fault of func.faults) lines.push(`  ${printFault(fault, source, options)}`);
  for (const block of entryFirst(func)) {
    lines.push(`b${block.id}:`);
    for (const instr of block.instrs) lines.push(`  ${printInstr(instr, source, options)}${noteText(instr, block, options)}`);
    lines.push(`  ${printTerminator(block.terminator, source, options)}${noteText(block.terminator, block, options)}`);
  }
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

/** One instruction on one line, without newline. */
export function printInstr(instr: Instr, source = "", options: PrintOptions = {}): string {
  const target = instr.id === undefined ? "" : `v${instr.id} = `;
  const name = instr.name === undefined ? "" : ` ${JSON.stringify(instr.name)}`;
  return `${target}${instrText(instr)}${name}${spanText(instr.span, source, options)}`;
}

/** One terminator on one line, without newline. */
export function printTerminator(terminator: Terminator, source = "", options: PrintOptions = {}): string {
  return `${terminatorText(terminator)}${spanText(terminator.span, source, options)}`;
}

function instrText(instr: Instr): string {
  switch (instr.op) {
    case "const":
      return `const ${instr.value}`;
    case "bin":
      return `${instr.fn}${instr.width === 32 ? "32" : ""} v${instr.a}, v${instr.b}`;
    case "ext":
      return `ext.${instr.signed ? "s" : "u"}${instr.from} v${instr.a}`;
    case "cmp":
      return `cmp${instr.width === 32 ? "32" : ""}.${instr.pred} v${instr.a}, v${instr.b}`;
    case "phi":
      return `phi ${instr.type} [${instr.incoming.map(({ from, value }) => `b${from}: v${value}`).join(", ")}]`;
    case "addr":
      return `addr ${regionName(instr.region)}`;
    case "ptradd":
      return `ptradd v${instr.base}, v${instr.offset}`;
    case "field":
      return `field v${instr.base}, ${JSON.stringify(instr.struct)} [${instr.path.map((part) => JSON.stringify(part)).join(", ")}]${offsetText(instr.offset)}`;
    case "load":
      return `load.${instr.signed ? "s" : "u"}${instr.bytes * 8} [v${instr.ptr}${offsetText(instr.offset)}]`;
    case "store":
      return `store.${instr.bytes * 8} [v${instr.ptr}${offsetText(instr.offset)}], v${instr.value}`;
    case "call":
      return `call ${instr.row}(${instr.args.map((arg) => (arg === null ? "null" : `v${arg}`)).join(", ")})`;
    case "isnull":
      return `isnull v${instr.handle}`;
    case "lookup":
      return `lookup ${regionName(instr.map)}, v${instr.key}`;
    case "mapcall":
      return `map.${instr.fn} ${regionName(instr.map)} (${instr.args.map((arg) => `v${arg}`).join(", ")}) ${instr.flags}`;
    case "atomic": {
      const expected = instr.expected === undefined ? "" : `, v${instr.expected}`;
      return `atomic.${instr.fn}.${instr.bytes * 8} [v${instr.ptr}${offsetText(instr.offset)}], v${instr.value}${expected}`;
    }
  }
}

function terminatorText(terminator: Terminator): string {
  switch (terminator.op) {
    case "br":
      return `br b${terminator.to}`;
    case "condbr": {
      const { check } = terminator;
      const text = `condbr v${terminator.cond}, b${terminator.then}, b${terminator.else}`;
      if (!check) return text;
      const access = check.access === undefined ? "" : ` access ${JSON.stringify(check.access)}`;
      const requirement = check.requirement === undefined ? "" : ` requires ${JSON.stringify(check.requirement)}`;
      return `${text} check ${check.kind}${check.keep ? " keep" : ""}${access}${requirement}`;
    }
    case "loop": {
      const trips = terminator.loop.maxTrips === undefined ? "" : ` trips ${terminator.loop.maxTrips}`;
      return `loop b${terminator.body}, b${terminator.exhausted} #${terminator.loop.id}${trips}`;
    }
    case "ret":
      return terminator.value === undefined ? "ret" : `ret v${terminator.value}`;
    case "stop":
      return `stop ${terminator.status}${terminator.fault === undefined ? "" : ` fault ${terminator.fault}`}`;
    case "unreachable":
      return "unreachable";
  }
}

function printRegion(region: Region, source: string, options: PrintOptions): string {
  const parts = [`region ${regionName(region.id)} ${region.kind} size ${region.size} align ${region.align} name ${JSON.stringify(region.name)}`];
  if (region.frameOffset !== undefined) parts.push(`at ${region.frameOffset}`);
  if (region.init) parts.push(`init #${Array.from(region.init, (byte) => byte.toString(16).padStart(2, "0")).join("")}`);
  if (region.map) parts.push(`map ${quoteJson(JSON.stringify(region.map))}`);
  if (region.type) parts.push(`type ${quoteJson(JSON.stringify(region.type))}`);
  return parts.join(" ") + spanText(region.span, source, options);
}

function printFault(fault: Fault, source: string, options: PrintOptions): string {
  const code = fault.code === undefined ? "" : ` code ${fault.code}`;
  return `fault ${fault.kind} ${JSON.stringify(fault.message)}${code}${spanText(fault.span, source, options)}`;
}

function spanText(span: Span | undefined, source: string, options: PrintOptions): string {
  if (!span || options.spans === false) return "";
  return ` @${span.start}+${span.length}${span.file === source ? "" : ` in ${JSON.stringify(span.file)}`}`;
}

function noteText(item: Instr | Terminator, block: Block, options: PrintOptions): string {
  const note = options.note?.(item, block);
  return note ? `  // ${note}` : "";
}

function offsetText(offset: number): string {
  return offset === 0 ? "" : offset < 0 ? ` - ${-offset}` : ` + ${offset}`;
}

/** Ids that are plain words stand bare. */
function regionName(id: string): string {
  return /^[A-Za-z_$][\w$.]*$/.test(id) ? id : JSON.stringify(id);
}

/** JSON between backticks; a backtick inside becomes its escape. */
function quoteJson(json: string): string {
  return `\`${json.replaceAll("`", "\\u0060")}\``;
}

function entryFirst(func: Func): Block[] {
  const entry = func.blocks.get(func.entry);
  return [...(entry ? [entry] : []), ...[...func.blocks.values()].filter((block) => block.id !== func.entry)];
}
