/** Runs a compiled function in the IR's interpreter: arguments go into the frame's regions as the runtime puts them there. */
import { interpret, type InterpretResult } from "../../../ir/interpret.ts";
import type { Module, RegionId } from "../../../ir/types.ts";
import { type BoundaryType, layoutFields } from "../../../kernel/abi/boundary.ts";
import { FRAME } from "../../../kernel/abi/frame.ts";
import type { Host } from "../../../kernel/abi/host.ts";

export type Argument = number | bigint | boolean | string | Uint8Array;

export interface Run {
  readonly status: InterpretResult["status"];
  readonly detail: number;
  /** Decoded by the signature: bigint, boolean, null, arrays for tuples, records for structs. */
  readonly result: unknown;
  readonly memory: Map<RegionId, Uint8Array>;
}

/** Decodes memory independently of the compiler: BigInt over single bytes. */
export function decode(type: BoundaryType, bytes: Uint8Array, at: number): unknown {
  const integer = (size: number, signed: boolean) => {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
    return signed ? BigInt.asIntN(size * 8, value) : value;
  };
  switch (type.kind) {
    case "int":
      return integer(type.bits / 8, type.signed);
    case "bool":
      return integer(1, false) !== 0n;
    case "struct":
      return Object.fromEntries(type.fields.map((field) => [field.name, decode(field.type, bytes, at + field.offset)]));
    case "tuple":
      return type.elements.map((element, i) => decode(element, bytes, at + layoutFields(type.elements).offsets[i]!));
    case "union": {
      const tag = Number(integer(4, false));
      const value = decode(type.alternatives[tag]!, bytes, at + 8);
      if (!type.result) return value;
      return tag === 0 ? { ok: true, value } : { ok: false, error: value };
    }
    case "str": {
      const text = bytes.subarray(at, at + type.max);
      const end = text.indexOf(0);
      return new TextDecoder().decode(end < 0 ? text : text.subarray(0, end));
    }
    case "null":
      return null;
    default:
      return undefined;
  }
}

export function run(module: Module, name: string, args: readonly Argument[] = [], options: { host?: Host; rounds?: number; memory?: Map<RegionId, Uint8Array> } = {}): Run {
  const func = module.funcs.find((candidate) => candidate.name === name);
  if (!func) throw new Error(`no function ${name}`);
  const memory = options.memory ?? new Map<RegionId, Uint8Array>();
  const slots = new Uint8Array(func.regions.get("args")!.size);
  const view = new DataView(slots.buffer);
  func.signature.params.forEach((param, i) => {
    const value = args[i] ?? param.defaultValue;
    if (value === undefined) throw new Error(`${param.name} is missing`);
    const slot = param.offset - FRAME.args;
    if (typeof value === "string") {
      const text = new TextEncoder().encode(value);
      const area = new Uint8Array(func.regions.get(`arg.${param.name}`)!.size);
      area.set(text);
      memory.set(`arg.${param.name}`, area);
      view.setUint32(slot, param.data!, true);
      view.setUint32(slot + 4, text.length, true);
    } else if (value instanceof Uint8Array) memory.set(`arg.${param.name}`, value);
    else view.setBigInt64(slot, BigInt(value), true);
  });
  memory.set("args", slots);
  const { status, detail, result } = interpret(module, name, { memory, ...(options.host ? { host: options.host } : {}), ...(options.rounds === undefined ? {} : { rounds: options.rounds }) });
  const type = func.signature.result;
  const decoded = status !== "OK" ? undefined : type.kind === "int" ? (type.signed ? result : BigInt.asUintN(64, result!)) : type.kind === "bool" ? result !== 0n : type.kind === "void" ? undefined : decode(type, memory.get("result") ?? new Uint8Array(0), 0);
  return { status, detail, result: decoded, memory };
}
