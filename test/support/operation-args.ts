/** Typed access to the arguments of one host call, by the kinds of the operation's row. */
import type { HostArg } from "../../kernel/abi/host.ts";
import { pathBytes } from "../../kernel/abi/host.ts";
import { STRUCTS, type StructName } from "../../kernel/abi/structs.ts";
import { type ArgSpec, type IntName, opName, type OpRow } from "../../kernel/abi/syscalls.ts";

/** The engine under test broke the contract of Host; never an outcome of the operation itself. */
export class HostContractError extends Error {}

/** `value` as the C function that takes an `type` sees it. */
export function asInt(value: bigint, type: IntName): bigint {
  const bits = Number(type.slice(1));
  return type.startsWith("i") ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

export class OperationArgs {
  readonly row: OpRow;
  readonly #args: readonly HostArg[];

  /** Throws HostContractError when number or kinds of arguments don't fit the row. */
  constructor(row: OpRow, args: readonly HostArg[]) {
    this.row = row;
    this.#args = args;
    if (args.length !== row.args.length) throw new HostContractError(`${opName(row)} takes ${row.args.length} arguments, not ${args.length}`);
    row.args.forEach((spec, i) => {
      if (!fits(spec, args[i]!)) throw new HostContractError(`${opName(row)}: argument ${spec.name} is not a ${spec.kind}`);
    });
  }

  /** An integer, descriptor or flags word, as the row's type holds it. */
  int(name: string): number {
    return Number(this.long(name));
  }
  long(name: string): bigint {
    const [spec, value] = this.#find(name);
    return asInt(value as bigint, (spec as { type: IntName }).type);
  }
  handle(name: string): bigint {
    return this.#find(name)[1] as bigint;
  }
  /** A byte range; a path ends at its first NUL. */
  bytes(name: string): Uint8Array {
    const [spec, value] = this.#find(name);
    return spec.kind === "path" ? pathBytes(value as Uint8Array) : (value as Uint8Array);
  }
  /** A struct, `err` or absent optional struct. */
  struct(name: string): DataView | null {
    const value = this.#find(name)[1] as Uint8Array | null;
    return value && new DataView(value.buffer, value.byteOffset, value.byteLength);
  }

  /** Each argument with its spec. */
  *entries(): Generator<[ArgSpec, HostArg]> {
    for (const [i, spec] of this.row.args.entries()) yield [spec, this.#args[i]!];
  }

  #find(name: string): [ArgSpec, HostArg] {
    const index = this.row.args.findIndex((spec) => spec.name === name);
    if (index < 0) throw new HostContractError(`${opName(this.row)} has no argument ${name}`);
    return [this.row.args[index]!, this.#args[index]!];
  }
}

function fits(spec: ArgSpec, value: HostArg): boolean {
  switch (spec.kind) {
    case "int":
    case "fd":
    case "flags":
    case "handle":
      return typeof value === "bigint";
    case "path":
    case "in":
    case "out":
      return value instanceof Uint8Array;
    case "err":
      return value instanceof Uint8Array && value.length >= 4;
    case "struct":
      return value === null ? spec.optional === true : value instanceof Uint8Array && value.length >= STRUCTS[spec.struct].size;
  }
}

/** Byte offset of `field` (`mtime.sec` for one inside another struct) in a struct of STRUCTS. */
export function fieldOffset(struct: StructName, field: string): number {
  let type: (typeof STRUCTS)[StructName] = STRUCTS[struct];
  let offset = 0;
  for (const part of field.split(".")) {
    const found = type.fields.find((candidate) => candidate.name === part);
    if (!found) throw new Error(`${struct} has no field ${field}`);
    offset += found.offset;
    if (found.type.kind === "struct") type = found.type;
  }
  return offset;
}
