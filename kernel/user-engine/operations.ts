/**
 * Operations as functions that WebAssembly imports: their registers are those of the row's kfunc. Two makers: native system
 * calls straight on the linear memory, or any Host, which is given views of it.
 */
import type { Host, HostArg } from "../abi/host.ts";
import { STRUCTS } from "../abi/structs.ts";
import { type ArgSpec, type IntName, type KfuncParam, kfuncParams, type OpName, opName, type OpRow } from "../abi/syscalls.ts";
import type { Ffi, Word } from "../ffi.ts";
import { nativeCalls } from "../host/native.ts";
import type { ValueType } from "./wasm.ts";

/** A function of the operation; what it takes and gives is `operationType(row)`. */
// biome-ignore lint/suspicious/noExplicitAny: parameters differ from row to row and are described by operationType.
export type Operation = (...registers: any[]) => Word;

export interface Operations {
  of(row: OpRow): Operation;
}

export interface OperationType {
  readonly params: readonly ValueType[];
  readonly result: "i32_s" | "i32_u" | "i64";
}

/** 64-bit integers and handles pass as bigint, all else as 32-bit numbers. */
export function operationType(row: OpRow): OperationType {
  return { params: kfuncParams(row).map(paramType), result: resultType(row) };
}

function paramType(param: KfuncParam): ValueType {
  return param.kind === "file" || (param.kind === "int" && isWide(param.type)) ? "i64" : "i32";
}
function resultType({ result }: OpRow): OperationType["result"] {
  if (result.type === "handle" || isWide(result.type)) return "i64";
  return result.type.startsWith("i") ? "i32_s" : "i32_u";
}
const isWide = (type: IntName) => type === "i64" || type === "u64";

/** System calls of this process on the memory itself. */
export function nativeOperations(system: Ffi, memory: Uint8Array): Operations {
  const calls = nativeCalls(system, { bytes: memory, base: system.address(memory) });
  return {
    of: (row) => {
      const call = calls[opName(row) as OpName];
      // WebAssembly wants a bigint for an i64, whatever the size of the number.
      return resultType(row) === "i64" ? (...registers) => BigInt(call(...registers)) : (call as Operation);
    },
  };
}

/** A host that is given views of the memory. */
export function hostOperations(host: Host, memory: Uint8Array): Operations {
  return {
    of: (row) => {
      const readers = row.args.map(argReader);
      const wide = resultType(row) === "i64";
      return (...registers: Word[]) => {
        const args: HostArg[] = [];
        let at = 0;
        for (const { take, read } of readers) {
          args.push(read(memory, registers, at));
          at += take;
        }
        const result = host.call(row, args);
        return wide ? BigInt.asIntN(64, result) : Number(BigInt.asIntN(32, result));
      };
    },
  };
}

interface ArgReader {
  /** Registers that the argument takes. */
  readonly take: number;
  read(memory: Uint8Array, registers: readonly Word[], at: number): HostArg;
}

function argReader(spec: ArgSpec): ArgReader {
  const view = (memory: Uint8Array, pointer: Word, length: number) => memory.subarray(Number(pointer) >>> 0, (Number(pointer) >>> 0) + length);
  switch (spec.kind) {
    case "int":
    case "fd":
    case "flags":
      return { take: 1, read: (_, registers, at) => extend(BigInt(registers[at]!), spec.type) };
    case "path":
    case "in":
    case "out":
      return { take: 2, read: (memory, registers, at) => view(memory, registers[at]!, Number(registers[at + 1]!) >>> 0) };
    case "struct":
      return { take: 1, read: (memory, registers, at) => (spec.optional && registers[at] === 0 ? null : view(memory, registers[at]!, STRUCTS[spec.struct].size)) };
    case "err":
      return { take: 1, read: (memory, registers, at) => view(memory, registers[at]!, 4) };
    case "handle":
      return { take: 1, read: (_, registers, at) => BigInt(registers[at]!) };
  }
}

function extend(value: bigint, type: IntName): bigint {
  const bits = Number(type.slice(1));
  return type.startsWith("i") ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}
