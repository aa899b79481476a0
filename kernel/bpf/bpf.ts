/**
 * bpf(2): one function a command (the attributes are those of `union bpf_attr` in uapi/linux/bpf.h). Owns the layout of
 * attributes and the reading of the verifier's log; decides nothing about what is loaded or why. Results are descriptors or
 * negated error numbers, as the system call gives them.
 */
import { E } from "../abi/errno.ts";
import { closeDescriptor, type Ffi } from "../ffi.ts";

const NR_BPF = 321;
export const COMMAND = {
  MAP_CREATE: 0, MAP_LOOKUP_ELEM: 1, MAP_UPDATE_ELEM: 2, MAP_DELETE_ELEM: 3, MAP_GET_NEXT_KEY: 4, PROG_LOAD: 5, PROG_TEST_RUN: 10, OBJ_GET_INFO_BY_FD: 15, BTF_LOAD: 18,
  BTF_GET_FD_BY_ID: 19, MAP_FREEZE: 22, BTF_GET_NEXT_ID: 23,
} as const;
export type CommandName = keyof typeof COMMAND;

/** Byte offsets of fields in the attribute of each command. */
const MAP_CREATE = { type: 0, keySize: 4, valueSize: 8, maxEntries: 12, flags: 16, innerFd: 20, name: 28, btfFd: 48, btfKey: 52, btfValue: 56, extra: 64, size: 72 } as const;
const ELEMENT = { mapFd: 0, key: 8, value: 16, flags: 24, size: 32 } as const;
const PROG_LOAD = {
  type: 0, count: 4, insns: 8, license: 16, logLevel: 24, logSize: 28, logBuffer: 32, flags: 44, name: 48, btfFd: 72, funcInfoSize: 76, funcInfo: 80,
  funcInfoCount: 88, lineInfoSize: 92, lineInfo: 96, lineInfoCount: 104, fdArray: 120, size: 144,
} as const;
const BTF_LOAD = { btf: 0, logBuffer: 8, size: 16, logSize: 20, logLevel: 24, attrSize: 28 } as const;
/** BTF_GET_NEXT_ID and BTF_GET_FD_BY_ID. */
const OBJECT_ID = { id: 0, nextId: 4, size: 12 } as const;
/** OBJ_GET_INFO_BY_FD, and struct bpf_btf_info. */
const OBJECT_INFO = { fd: 0, length: 4, info: 8, size: 16 } as const;
const BTF_INFO = { name: 16, nameLength: 24, size: 32 } as const;
/** Longest name of a module, terminator included (MODULE_NAME_LEN). */
const MODULE_NAME_SIZE = 56;
const TEST_RUN = { fd: 0, retval: 4, contextSize: 40, context: 48, size: 80 } as const;
/** Bytes of a kernel object's name, terminator included. */
const NAME_SIZE = 16;

/** The verifier gives up with EAGAIN when a signal waits; loaders try again this often. */
const EAGAIN_TRIES = 5;
const FIRST_LOG = 1 << 20;
const LAST_LOG = 1 << 28;

export interface MapAttributes {
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly innerFd?: number;
  readonly btf?: { readonly fd: number; readonly key: number; readonly value: number };
}

export interface ProgramAttributes {
  readonly name: string;
  readonly progType: number;
  readonly insns: Uint8Array;
  readonly license: string;
  /** BPF_F_*. */
  readonly flags: number;
  readonly btfFd?: number;
  readonly funcInfo?: { readonly recordSize: number; readonly records: Uint8Array };
  readonly lineInfo?: { readonly recordSize: number; readonly records: Uint8Array };
  /** Descriptors that instructions name by index: BTF of modules. Index 0 stands for vmlinux. */
  readonly fdArray?: readonly number[];
}

/** A descriptor, or the negated error number with what the verifier had to say. */
export interface LoadOutcome {
  readonly fd: number;
  readonly log: string;
}

/** One command's attribute in memory that stays where it is, with what it points to. */
class Attribute {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #system: Ffi;
  readonly #referenced: Uint8Array[] = [];

  constructor(system: Ffi, size: number) {
    this.#system = system;
    this.bytes = new Uint8Array(new ArrayBuffer(size));
    this.view = new DataView(this.bytes.buffer);
  }
  u32(at: number, value: number): this {
    this.view.setUint32(at, value, true);
    return this;
  }
  u64(at: number, value: bigint): this {
    this.view.setBigUint64(at, value, true);
    return this;
  }
  pointer(at: number, target: Uint8Array): this {
    this.#referenced.push(target);
    return this.u64(at, BigInt(this.#system.address(target)));
  }
  name(at: number, name: string): this {
    this.bytes.set(objectName(name), at);
    return this;
  }
}

/** What the kernel accepts as a name: letters, digits, `_` and `.`, at most 15 of them. */
export function objectName(name: string): Uint8Array {
  return new TextEncoder().encode(name.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, NAME_SIZE - 1));
}

/** Memory outside V8's heap holding a copy of `bytes`. */
function pinned(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(Math.max(bytes.length, 1)));
  copy.set(bytes);
  return copy;
}

export class Bpf {
  readonly system: Ffi;

  constructor(system: Ffi) {
    this.system = system;
  }

  createMap(map: MapAttributes): number {
    const attr = new Attribute(this.system, MAP_CREATE.size);
    attr.u32(MAP_CREATE.type, map.type).u32(MAP_CREATE.keySize, map.keySize).u32(MAP_CREATE.valueSize, map.valueSize);
    attr.u32(MAP_CREATE.maxEntries, map.maxEntries).u32(MAP_CREATE.flags, map.flags).name(MAP_CREATE.name, map.name);
    if (map.innerFd !== undefined) attr.u32(MAP_CREATE.innerFd, map.innerFd);
    if (map.btf) attr.u32(MAP_CREATE.btfFd, map.btf.fd).u32(MAP_CREATE.btfKey, map.btf.key).u32(MAP_CREATE.btfValue, map.btf.value);
    return this.#run("MAP_CREATE", attr);
  }

  /** Copies element `key` into `value` (of the map's value size). 0 or the negated error number. */
  lookup(mapFd: number, key: Uint8Array, value: Uint8Array): number {
    return this.#element("MAP_LOOKUP_ELEM", mapFd, key, value);
  }
  update(mapFd: number, key: Uint8Array, value: Uint8Array): number {
    return this.#element("MAP_UPDATE_ELEM", mapFd, key, value);
  }
  delete(mapFd: number, key: Uint8Array): number {
    const copy = pinned(key);
    return this.#run("MAP_DELETE_ELEM", new Attribute(this.system, ELEMENT.size).u32(ELEMENT.mapFd, mapFd).pointer(ELEMENT.key, copy));
  }
  /** Puts the key behind `key` (the first behind null) into `next`; -ENOENT at the end. */
  nextKey(mapFd: number, key: Uint8Array | null, next: Uint8Array): number {
    const [from, to] = [key && pinned(key), pinned(next)];
    const attr = new Attribute(this.system, ELEMENT.size).u32(ELEMENT.mapFd, mapFd).pointer(ELEMENT.value, to);
    if (from) attr.pointer(ELEMENT.key, from);
    const result = this.#run("MAP_GET_NEXT_KEY", attr);
    next.set(to.subarray(0, next.length));
    return result;
  }
  /** From now on user space can't write the map; with BPF_F_RDONLY_PROG the verifier may read it. */
  freeze(mapFd: number): number {
    return this.#run("MAP_FREEZE", new Attribute(this.system, ELEMENT.size).u32(ELEMENT.mapFd, mapFd));
  }

  /** Loads a BTF blob; the log is that of a refusal. */
  loadBtf(btf: Uint8Array): LoadOutcome {
    const attr = new Attribute(this.system, BTF_LOAD.attrSize).pointer(BTF_LOAD.btf, pinned(btf)).u32(BTF_LOAD.size, btf.length);
    return this.#withLog("BTF_LOAD", attr, { level: BTF_LOAD.logLevel, size: BTF_LOAD.logSize, buffer: BTF_LOAD.logBuffer });
  }

  /** Descriptor of the types of a loaded module, or a negated error number; -ENOENT if no such module has types. */
  moduleBtf(module: string): number {
    const next = new Attribute(this.system, OBJECT_ID.size);
    for (let id = 0; ; id = next.view.getUint32(OBJECT_ID.nextId, true)) {
      const error = this.#run("BTF_GET_NEXT_ID", next.u32(OBJECT_ID.id, id));
      if (error < 0) return error;
      const fd = this.#run("BTF_GET_FD_BY_ID", new Attribute(this.system, OBJECT_ID.size).u32(OBJECT_ID.id, next.view.getUint32(OBJECT_ID.nextId, true)));
      // One may have gone meanwhile.
      if (fd === -E.NOENT) continue;
      if (fd < 0) return fd;
      if (this.#btfName(fd) === module) return fd;
      this.close(fd);
    }
  }

  /** Name of the types behind a descriptor: vmlinux, a module, or empty for those of programs. */
  #btfName(fd: number): string {
    const name = new Uint8Array(new ArrayBuffer(MODULE_NAME_SIZE));
    const info = new Attribute(this.system, BTF_INFO.size).pointer(BTF_INFO.name, name).u32(BTF_INFO.nameLength, MODULE_NAME_SIZE);
    const attr = new Attribute(this.system, OBJECT_INFO.size).u32(OBJECT_INFO.fd, fd).u32(OBJECT_INFO.length, BTF_INFO.size).pointer(OBJECT_INFO.info, info.bytes);
    return this.#run("OBJ_GET_INFO_BY_FD", attr) < 0 ? "" : cString(name);
  }

  /**
   * Has a program verified and loaded. The verdict is taken without a log, since one that runs out of room makes the kernel
   * refuse what it accepts; only a refused program is loaded again for its log.
   */
  loadProgram(program: ProgramAttributes): LoadOutcome {
    const attr = new Attribute(this.system, PROG_LOAD.size);
    attr.u32(PROG_LOAD.type, program.progType).u32(PROG_LOAD.count, program.insns.length / 8).pointer(PROG_LOAD.insns, pinned(program.insns));
    attr.pointer(PROG_LOAD.license, pinned(new TextEncoder().encode(`${program.license}\0`))).u32(PROG_LOAD.flags, program.flags).name(PROG_LOAD.name, program.name);
    if (program.btfFd !== undefined) attr.u32(PROG_LOAD.btfFd, program.btfFd);
    for (const [info, size, at, count] of [
      [program.funcInfo, PROG_LOAD.funcInfoSize, PROG_LOAD.funcInfo, PROG_LOAD.funcInfoCount],
      [program.lineInfo, PROG_LOAD.lineInfoSize, PROG_LOAD.lineInfo, PROG_LOAD.lineInfoCount],
    ] as const) {
      if (!info || info.records.length === 0) continue;
      attr.u32(size, info.recordSize).pointer(at, pinned(info.records)).u32(count, info.records.length / info.recordSize);
    }
    if (program.fdArray) attr.pointer(PROG_LOAD.fdArray, new Uint8Array(Uint32Array.from(program.fdArray).buffer));
    return this.#withLog("PROG_LOAD", attr, { level: PROG_LOAD.logLevel, size: PROG_LOAD.logSize, buffer: PROG_LOAD.logBuffer });
  }

  /** A loaded program made ready to run on `context`, whose bytes are read at each run. */
  testRun(fd: number, context: Uint8Array): TestRun {
    return new TestRun(this.system, fd, context);
  }

  close(fd: number): void {
    closeDescriptor(this.system, fd);
  }

  #element(command: CommandName, mapFd: number, key: Uint8Array, value: Uint8Array): number {
    const [keyCopy, valueCopy] = [pinned(key), pinned(value)];
    const attr = new Attribute(this.system, ELEMENT.size).u32(ELEMENT.mapFd, mapFd).pointer(ELEMENT.key, keyCopy).pointer(ELEMENT.value, valueCopy);
    const result = this.#run(command, attr);
    value.set(valueCopy.subarray(0, value.length));
    return result;
  }

  /** Runs a command once without a log; after a refusal again, with as much room as the log needs. */
  #withLog(command: CommandName, attr: Attribute, log: { level: number; size: number; buffer: number }): LoadOutcome {
    const fd = this.#run(command, attr);
    if (fd >= 0) return { fd, log: "" };
    for (let room = FIRST_LOG; ; room *= 16) {
      const text = new Uint8Array(new ArrayBuffer(room));
      attr.u32(log.level, 1).u32(log.size, room).pointer(log.buffer, text);
      const again = this.#run(command, attr);
      if (again >= 0) this.close(again);
      if (again === -E.NOSPC && room < LAST_LOG) continue;
      return { fd, log: cString(text) };
    }
  }

  #run(command: CommandName, attr: Attribute): number {
    for (let tries = EAGAIN_TRIES; ; tries--) {
      const result = Number(this.system.syscalls[3]!(NR_BPF, COMMAND[command], this.system.address(attr.bytes), attr.bytes.length));
      if (result !== -E.AGAIN || tries <= 0) return result;
    }
  }
}

/** BPF_PROG_TEST_RUN of one program with everything about it prepared. */
export class TestRun {
  readonly #syscall: Ffi["syscalls"][number];
  readonly #attr: Uint8Array;
  readonly #words: Uint32Array;
  readonly #address: number;
  /** Keeps the context's memory from being collected. */
  readonly context: Uint8Array;

  constructor(system: Ffi, fd: number, context: Uint8Array) {
    this.context = context;
    this.#syscall = system.syscalls[3]!;
    this.#attr = new Uint8Array(new ArrayBuffer(TEST_RUN.size));
    const view = new DataView(this.#attr.buffer);
    view.setUint32(TEST_RUN.fd, fd, true);
    view.setUint32(TEST_RUN.contextSize, context.length, true);
    if (context.length > 0) view.setBigUint64(TEST_RUN.context, BigInt(system.address(context)), true);
    this.#words = new Uint32Array(this.#attr.buffer);
    this.#address = system.address(this.#attr);
  }

  /** 0, or the negated error number of bpf(2) when the program didn't run. */
  run(): number {
    return Number(this.#syscall(NR_BPF, COMMAND.PROG_TEST_RUN, this.#address, TEST_RUN.size));
  }
  /** Low 32 bits of r0 of the last run. */
  get retval(): number {
    return this.#words[TEST_RUN.retval / 4]!;
  }
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
