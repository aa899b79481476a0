/**
 * The real Host: operations of the table as native calls, for interpreters and tests that hand over views of any memory. It
 * copies arguments through memory of its own; engine `user` calls the same native functions on its own memory without it.
 */
import { type Host, type HostArg, pathBytes } from "../abi/host.ts";
import type { ArgSpec, IntName, OpName, OpRow } from "../abi/syscalls.ts";
import { opName } from "../abi/syscalls.ts";
import { type Ffi, requireFfi, type Word } from "../ffi.ts";
import { type NativeCall, nativeCalls } from "./native.ts";

const FIRST_SIZE = 1 << 16;
const ALIGN = 16;

export class RealHost implements Host {
  readonly #system: Ffi;
  #bytes = new Uint8Array(0);
  #calls: Readonly<Record<OpName, NativeCall>> | undefined;

  /** Throws AC4014 where system calls can't be made. */
  constructor(system: Ffi = requireFfi()) {
    this.#system = system;
  }

  call(row: OpRow, args: readonly HostArg[]): bigint {
    const calls = this.#reserve(args);
    let used = ALIGN;
    /** Offset of a copy of the bytes; 0 for an absent struct, as a null pointer. */
    const place = (view: Uint8Array | null): number => {
      if (!view) return 0;
      const at = used;
      this.#bytes.set(view, at);
      // What follows is not the path's terminator by chance.
      this.#bytes[at + view.length] = 1;
      used = Math.ceil((at + view.length + 1) / ALIGN) * ALIGN;
      return at;
    };
    const registers = row.args.map((spec, i): Word[] => registersOf(spec, args[i]!, place));
    const result = calls[opName(row) as OpName](...registers.flat());
    row.args.forEach((spec, i) => {
      const view = args[i];
      const at = Number(registers[i]![0]);
      if (writable(spec) && view instanceof Uint8Array) view.set(this.#bytes.subarray(at, at + view.length));
    });
    return BigInt(result);
  }

  /** The calls on memory with room for the arguments. */
  #reserve(args: readonly HostArg[]): Readonly<Record<OpName, NativeCall>> {
    const need = args.reduce((sum, arg) => sum + (arg instanceof Uint8Array ? arg.length + 2 * ALIGN : 0), 2 * ALIGN);
    if (!this.#calls || need > this.#bytes.length) {
      this.#bytes = new Uint8Array(new ArrayBuffer(Math.max(FIRST_SIZE, need)));
      this.#calls = nativeCalls(this.#system, { bytes: this.#bytes, base: this.#system.address(this.#bytes) });
    }
    return this.#calls;
  }
}

function writable(spec: ArgSpec): boolean {
  return spec.kind === "out" || spec.kind === "err" || (spec.kind === "struct" && spec.dir === "out");
}

/** A 64-bit integer stays a bigint; all others are numbers. */
function registersOf(spec: ArgSpec, arg: HostArg, place: (view: Uint8Array | null) => number): Word[] {
  switch (spec.kind) {
    case "int":
    case "fd":
    case "flags":
      return [integer(arg as bigint, spec.type)];
    case "path": {
      const view = pathBytes(arg as Uint8Array);
      return [place(view), view.length];
    }
    case "in":
    case "out":
      return [place(arg as Uint8Array), (arg as Uint8Array).length];
    case "struct":
    case "err":
      return [place(arg as Uint8Array | null)];
    case "handle":
      return [Number(arg as bigint)];
  }
}

function integer(value: bigint, type: IntName): Word {
  if (type === "i64") return BigInt.asIntN(64, value);
  if (type === "u64") return BigInt.asUintN(64, value);
  const bits = Number(type.slice(1));
  return Number(type.startsWith("i") ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
}
