/**
 * The WebAssembly binary format, as far as the translator needs it (WebAssembly Core Specification 2.0, chapter 5): code as
 * a growing byte list, and modules put together from their parts. Knows nothing of eBPF.
 */

export const VALUE_TYPE = { i32: 0x7f, i64: 0x7e } as const;
export type ValueType = keyof typeof VALUE_TYPE;

/** Opcodes of instructions without immediates, by their names in the text format. */
export const OP = {
  "unreachable": 0x00, "return": 0x0f, "drop": 0x1a, "select": 0x1b,
  "i32.eqz": 0x45, "i32.eq": 0x46, "i32.ne": 0x47, "i32.lt_s": 0x48, "i32.lt_u": 0x49, "i32.gt_s": 0x4a, "i32.gt_u": 0x4b, "i32.le_s": 0x4c,
  "i32.le_u": 0x4d, "i32.ge_s": 0x4e, "i32.ge_u": 0x4f,
  "i64.eqz": 0x50, "i64.eq": 0x51, "i64.ne": 0x52, "i64.lt_s": 0x53, "i64.lt_u": 0x54, "i64.gt_s": 0x55, "i64.gt_u": 0x56, "i64.le_s": 0x57,
  "i64.le_u": 0x58, "i64.ge_s": 0x59, "i64.ge_u": 0x5a,
  "i32.add": 0x6a, "i32.sub": 0x6b, "i32.mul": 0x6c, "i32.div_s": 0x6d, "i32.div_u": 0x6e, "i32.rem_s": 0x6f, "i32.rem_u": 0x70, "i32.and": 0x71,
  "i32.or": 0x72, "i32.xor": 0x73, "i32.shl": 0x74, "i32.shr_s": 0x75, "i32.shr_u": 0x76,
  "i64.add": 0x7c, "i64.sub": 0x7d, "i64.mul": 0x7e, "i64.div_s": 0x7f, "i64.div_u": 0x80, "i64.rem_s": 0x81, "i64.rem_u": 0x82, "i64.and": 0x83,
  "i64.or": 0x84, "i64.xor": 0x85, "i64.shl": 0x86, "i64.shr_s": 0x87, "i64.shr_u": 0x88, "i64.rotl": 0x89,
  "i32.wrap_i64": 0xa7, "i64.extend_i32_s": 0xac, "i64.extend_i32_u": 0xad, "i32.extend8_s": 0xc0, "i32.extend16_s": 0xc1, "i64.extend8_s": 0xc2,
  "i64.extend16_s": 0xc3, "i64.extend32_s": 0xc4,
} as const;
export type OpName = keyof typeof OP;

/** Opcodes of memory accesses. */
export const ACCESS = {
  "i32.load": 0x28, "i64.load": 0x29, "i64.load8_s": 0x30, "i64.load8_u": 0x31, "i64.load16_s": 0x32, "i64.load16_u": 0x33, "i64.load32_s": 0x34,
  "i64.load32_u": 0x35, "i32.store": 0x36, "i64.store": 0x37, "i64.store8": 0x3c, "i64.store16": 0x3d, "i64.store32": 0x3e,
} as const;
export type AccessName = keyof typeof ACCESS;

/** Unsigned LEB128. */
export function uleb(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low | 0x80 : low);
  } while (value > 0);
  return bytes;
}

/** Signed LEB128 of any 64-bit value. */
export function sleb(value: bigint): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    if ((value === 0n && !(low & 0x40)) || (value === -1n && low & 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** Kind of a label that branches can name. */
type Block = "block" | "loop" | "if";
const BLOCK: Readonly<Record<Block, number>> = { block: 0x02, loop: 0x03, if: 0x04 };
const VOID = 0x40;

/** The body of one function under construction. */
export class Code {
  readonly bytes: number[] = [];
  readonly #locals: ValueType[] = [];
  readonly #params: number;

  constructor(params: number) {
    this.#params = params;
  }

  /** Index of a new local, zero at the start. */
  local(type: ValueType): number {
    return this.#params + this.#locals.push(type) - 1;
  }
  op(...names: OpName[]): this {
    for (const name of names) this.bytes.push(OP[name]);
    return this;
  }
  get(local: number): this {
    return this.#with(0x20, uleb(local));
  }
  set(local: number): this {
    return this.#with(0x21, uleb(local));
  }
  tee(local: number): this {
    return this.#with(0x22, uleb(local));
  }
  getGlobal(index: number): this {
    return this.#with(0x23, uleb(index));
  }
  setGlobal(index: number): this {
    return this.#with(0x24, uleb(index));
  }
  /** `value` is any 32 bits, signed or unsigned. */
  i32(value: number): this {
    return this.#with(0x41, sleb(BigInt(value | 0)));
  }
  i64(value: bigint): this {
    return this.#with(0x42, sleb(BigInt.asIntN(64, value)));
  }
  /** A memory access at the i32 address on the stack plus `offset`; alignment is never promised. */
  access(name: AccessName, offset = 0): this {
    this.bytes.push(ACCESS[name], 0);
    return this.#bytes(uleb(offset));
  }
  open(kind: Block, result?: ValueType): this {
    this.bytes.push(BLOCK[kind], result ? VALUE_TYPE[result] : VOID);
    return this;
  }
  else(): this {
    this.bytes.push(0x05);
    return this;
  }
  end(): this {
    this.bytes.push(0x0b);
    return this;
  }
  /** Branches to the label `depth` levels out. */
  br(depth: number): this {
    return this.#with(0x0c, uleb(depth));
  }
  brIf(depth: number): this {
    return this.#with(0x0d, uleb(depth));
  }
  brTable(depths: readonly number[], otherwise: number): this {
    this.bytes.push(0x0e);
    this.#bytes(uleb(depths.length));
    for (const depth of depths) this.#bytes(uleb(depth));
    return this.#bytes(uleb(otherwise));
  }
  call(func: number): this {
    return this.#with(0x10, uleb(func));
  }

  /** The entry of the code section. */
  finish(): number[] {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    const locals = [...uleb(runs.length), ...runs.flatMap(({ type, count }) => [...uleb(count), VALUE_TYPE[type]])];
    return concat([uleb(locals.length + this.bytes.length + 1), locals, this.bytes, [0x0b]]);
  }

  #with(opcode: number, immediate: readonly number[]): this {
    this.bytes.push(opcode);
    return this.#bytes(immediate);
  }
  #bytes(bytes: readonly number[]): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }
}

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly result?: ValueType;
}

export interface ModuleParts {
  /** Memory is imported as `env.memory` with exactly this many pages. */
  readonly pages: number;
  /** Functions imported as `env.NAME`: indexes 0 and on. */
  readonly imports: readonly { readonly name: string; readonly type: FunctionType }[];
  /** Functions of the module: indexes follow the imports. */
  readonly functions: readonly { readonly type: FunctionType; readonly code: Code; readonly exported?: string }[];
  /** Mutable i32 globals, all exported. */
  readonly globals: readonly { readonly name: string; readonly initial: number }[];
}

/** The module's bytes. */
export function assembleModule({ pages, imports, functions, globals }: ModuleParts): Uint8Array<ArrayBuffer> {
  const types = new Map<string, number>();
  const encodedTypes: number[][] = [];
  const typeIndex = ({ params, result }: FunctionType): number => {
    const key = `${params.join()}:${result ?? ""}`;
    let index = types.get(key);
    if (index === undefined) {
      index = encodedTypes.push([0x60, ...vector(params.map((p) => [VALUE_TYPE[p]])), ...vector(result ? [[VALUE_TYPE[result]]] : [])]) - 1;
      types.set(key, index);
    }
    return index;
  };
  const importEntries = [
    [...text("env"), ...text("memory"), 0x02, 0x01, ...uleb(pages), ...uleb(pages)],
    ...imports.map(({ name, type }) => [...text("env"), ...text(name), 0x00, ...uleb(typeIndex(type))]),
  ];
  const functionEntries = functions.map(({ type }) => uleb(typeIndex(type)));
  const globalEntries = globals.map(({ initial }) => [VALUE_TYPE.i32, 0x01, 0x41, ...sleb(BigInt(initial)), 0x0b]);
  const exportEntries = [
    ...functions.flatMap(({ exported }, i) => (exported === undefined ? [] : [[...text(exported), 0x00, ...uleb(imports.length + i)]])),
    ...globals.map(({ name }, i) => [...text(name), 0x03, ...uleb(i)]),
  ];
  const sections = [
    section(1, encodedTypes),
    section(2, importEntries),
    section(3, functionEntries),
    section(6, globalEntries),
    section(7, exportEntries),
    section(10, functions.map(({ code }) => code.finish())),
  ];
  return Uint8Array.from(concat([[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], ...sections]));
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const body = vector(entries);
  return concat([[id, ...uleb(body.length)], body]);
}
function vector(entries: readonly (readonly number[])[]): number[] {
  return concat([uleb(entries.length), ...entries]);
}
/** Without spread arguments, whose number is limited. */
function concat(parts: readonly (readonly number[])[]): number[] {
  const all: number[] = [];
  for (const part of parts) for (const byte of part) all.push(byte);
  return all;
}
function text(name: string): number[] {
  const bytes = new TextEncoder().encode(name);
  return [...uleb(bytes.length), ...bytes];
}
