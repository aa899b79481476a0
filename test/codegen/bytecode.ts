/**
 * Generated code in the bytecode interpreter, with a Host behind its calls. Adversarial where the kernel may be: upper
 * halves of narrow kfunc results are garbage, and so are registers after calls.
 */
import { AddressSpace } from "../../backend-ebpf/isa/memory.ts";
import { type CallSite, runBytecode } from "../../backend-ebpf/isa/interpreter.ts";
import { type LinkedObject, type LinkedProgram, linkObject, type ObjectInput, writeObject } from "../../backend-ebpf/object/index.ts";
import { DEFAULT_ROUNDS, ENV } from "../../kernel/abi/frame.ts";
import type { Host, HostArg } from "../../kernel/abi/host.ts";
import { STRUCTS } from "../../kernel/abi/structs.ts";
import { type ArgSpec, findOp, type IntName, type OpRow } from "../../kernel/abi/syscalls.ts";
import type { Machine } from "./compare.ts";

const GARBAGE = 0x7ead_beefn << 32n;

export function bytecodeMachine(input: ObjectInput, index: number, host: Host, rounds = DEFAULT_ROUNDS): Machine & { steps: number } {
  const object = linkObject(writeObject(input));
  const program = object.programs[index]!;
  const memory = new AddressSpace();
  const bytes = object.maps.map((map) => {
    const value = new Uint8Array(map.valueSize);
    if (map.initial) value.set(map.initial);
    return value;
  });
  const addresses = object.maps.map((map, i) => memory.map(map.name, bytes[i]!));
  const of = (section: string) => bytes[object.maps.findIndex((map) => map.section === section)] ?? new Uint8Array(0);
  const maps = new MapHelpers(object.maps, memory);
  const machine = {
    bss: of(".bss"),
    data: of(".data"),
    steps: 0,
    run(frameOffset: number): number {
      const context = new Uint8Array(8);
      new DataView(context.buffer).setBigUint64(0, BigInt(frameOffset), true);
      const address = memory.map("context", context);
      const calls = new Calls(program, input.meta.programs[index]!.sites, host, machine.bss, rounds);
      const result = runBytecode(program, {
        memory, args: [address], rounds,
        onHelper: (id, site) => (maps.has(id) ? maps.call(id, site) : calls.helper(id, site)),
        onKfunc: (imm, site) => calls.kfunc(program.kfuncs[imm]!.name, site),
        onPseudo: (_, low, high) => (object.maps[low]!.section === undefined ? MAP_HANDLE + BigInt(low) : addresses[low]! + BigInt(high >>> 0)),
      });
      memory.unmap(address);
      if (result.kind !== "exit") throw new Error(result.kind === "fault" ? `fault at ${result.pc}: ${result.message}` : "out of steps");
      if (calls.open > 0) throw new Error("an iterator was not destroyed");
      machine.steps = result.steps;
      return Number(result.r0);
    },
  };
  return machine;
}

/** What a program holds as a map's address: never accessed. */
const MAP_HANDLE = 0x6d61_7000n;

/** Helpers 1 to 3 (uapi/linux/bpf.h) on hash maps, each element in memory of its own. */
class MapHelpers {
  readonly #maps: LinkedObject["maps"];
  readonly #memory: AddressSpace;
  readonly #elements = new Map<string, { readonly bytes: Uint8Array; readonly address: bigint }>();

  constructor(maps: LinkedObject["maps"], memory: AddressSpace) {
    this.#maps = maps;
    this.#memory = memory;
  }
  has(id: number): boolean {
    return id >= 1 && id <= 3;
  }
  call(id: number, { args, memory }: CallSite): bigint {
    const [handle, key, value, flags] = args as [bigint, bigint, bigint, bigint];
    const index = Number(handle - MAP_HANDLE);
    const map = this.#maps[index];
    if (!map || map.section !== undefined) throw new Error("helper of maps without a map");
    const name = `${index}:${memory.view(key, map.keySize).join()}`;
    const found = this.#elements.get(name);
    if (id === 1) return found?.address ?? 0n;
    if (id === 3) return this.#elements.delete(name) ? 0n : negative(2);
    const bytes = memory.view(value, map.valueSize).slice();
    if (found && flags === 1n) return negative(17);
    if (!found && flags === 2n) return negative(2);
    const size = [...this.#elements.keys()].filter((other) => other.startsWith(`${index}:`)).length;
    if (!found && size >= map.maxEntries) return negative(7);
    this.#elements.set(name, { bytes, address: this.#memory.map(`element ${name}`, bytes) });
    return 0n;
  }
}

const negative = (errno: number) => BigInt.asUintN(64, BigInt(-errno));

class Calls {
  readonly #program: LinkedProgram;
  readonly #sites: ReadonlyMap<number, string>;
  readonly #host: Host;
  readonly #bss: Uint8Array;
  /** Rounds left of each iterator, by its address. */
  readonly #iterators = new Map<bigint, number>();
  readonly #rounds: number;

  constructor(program: LinkedProgram, sites: readonly { insn: number; op: string }[], host: Host, bss: Uint8Array, rounds: number) {
    this.#program = program;
    this.#sites = new Map(sites.map(({ insn, op }) => [insn, op]));
    this.#host = host;
    this.#bss = bss;
    this.#rounds = rounds;
  }

  #row({ pc }: CallSite): OpRow {
    const row = findOp(this.#sites.get(pc) ?? "");
    if (!row) throw new Error(`call at ${pc} of ${this.#program.name} is no site of the metadata`);
    return row;
  }

  kfunc(name: string, site: CallSite): bigint {
    if (name.startsWith("bpf_iter_num_")) return this.#iterator(name, site);
    const row = this.#row(site);
    if (row.kfunc !== name) throw new Error(`${name} at ${site.pc} is said to be ${row.name}`);
    const registers = [...site.args];
    const next = () => registers.shift()!;
    const result = this.#host.call(row, row.args.map((spec) => this.#argument(spec, next, site)));
    const wide = row.result.type === "i64" || row.result.type === "u64" || row.result.type === "handle";
    return wide ? result : GARBAGE | BigInt.asUintN(32, result);
  }

  #argument(spec: ArgSpec, next: () => bigint, { memory }: CallSite): HostArg {
    switch (spec.kind) {
      case "int":
      case "fd":
      case "flags":
        return narrow(next(), spec.type);
      case "path":
      case "in":
      case "out": {
        const [address, length] = [next(), next()];
        return memory.view(address, Number(length));
      }
      case "struct": {
        const address = next();
        return address === 0n && spec.optional ? null : memory.view(address, STRUCTS[spec.struct].size);
      }
      case "err":
        return memory.view(next(), 4);
      case "handle":
        return next();
    }
  }

  /** Helpers of the stock forms (uapi/linux/bpf.h). */
  helper(id: number, site: CallSite): bigint {
    const row = this.#row(site);
    const [r1, r2, r3, r4] = site.args as [bigint, bigint, bigint, bigint];
    switch (id) {
      case 5:
      case 125: {
        const time = new Uint8Array(16);
        this.#host.call(row, [id === 5 ? 1n : 7n, time]);
        const view = new DataView(time.buffer);
        return view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true);
      }
      case 15: {
        const result = BigInt.asUintN(32, this.#host.call(row, []));
        return row.name === "getuid" ? GARBAGE | result : (result << 32n) | 0x5555n;
      }
      case 120: {
        const env = new DataView(this.#bss.buffer, this.#bss.byteOffset);
        const [dev, ino] = [ENV.pidnsDev, ENV.pidnsIno].map((at) => env.getBigUint64(at, true));
        if (r1 !== dev || r2 !== ino || r4 !== 8n) throw new Error("wrong arguments of helper 120");
        const result = this.#host.call(row, []);
        site.memory.store(r3, 32, row.name === "gettid" ? result : 0x5555n);
        site.memory.store(r3 + 4n, 32, row.name === "getpid" ? result : 0x5555n);
        return 0n;
      }
      case 168:
        return BigInt.asUintN(64, this.#host.call(row, [narrow(r1, "i32")]));
      default:
        throw new Error(`helper ${id}`);
    }
  }

  #iterator(name: string, { args, memory }: CallSite): bigint {
    const [at, start, end] = args as [bigint, bigint, bigint];
    memory.view(at, 8, true);
    switch (name) {
      case "bpf_iter_num_new":
        if (this.#iterators.has(at)) throw new Error("iterator made twice");
        this.#iterators.set(at, Math.min(this.#rounds, Number(BigInt.asIntN(32, end) - BigInt.asIntN(32, start))));
        return 0n;
      case "bpf_iter_num_next": {
        const left = this.#iterators.get(at);
        if (left === undefined) throw new Error("next of no iterator");
        if (left === 0) return 0n;
        this.#iterators.set(at, left - 1);
        return at;
      }
      case "bpf_iter_num_destroy":
        if (!this.#iterators.delete(at)) throw new Error("destroy of no iterator");
        return GARBAGE;
      default:
        throw new Error(name);
    }
  }

  /** Iterators that were not destroyed. */
  get open(): number {
    return this.#iterators.size;
  }
}

function narrow(value: bigint, type: IntName): bigint {
  const bits = Number(type.slice(1));
  return type.startsWith("u") ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
}
