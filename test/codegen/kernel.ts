/** bpf(2) for the tests of generated code: verify, run by BPF_PROG_TEST_RUN, read memory back. Rests on koffi alone. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { FUNC_INFO_SIZE, type LinkedObject, linkObject, loadInfo, type ObjectInput, writeObject } from "../../backend-ebpf/object/index.ts";
import { parseBtf } from "../../backend-ebpf/btf/index.ts";
import { encode } from "../../backend-ebpf/isa/insn.ts";

const SYS_BPF = 321;
const COMMAND = { MAP_CREATE: 0, MAP_LOOKUP: 1, MAP_UPDATE: 2, PROG_LOAD: 5, TEST_RUN: 10, BTF_LOAD: 18 } as const;
const LOG_SIZE = 1 << 24;

export interface Verified {
  readonly ok: boolean;
  readonly errno: number;
  readonly log: string;
  /** Instructions that the verifier processed; undefined on refusal. */
  readonly processed?: number;
}

export interface KernelInstance {
  readonly verified: Verified;
  readonly bss: Uint8Array;
  readonly data: Uint8Array;
  /** Writes `bss` and `data` to the maps, runs the program, reads them back; the return value. */
  run(frameOffset: number): number;
  close(): void;
}

export interface Kernel {
  /** Loads program `index`; `run` only when it was accepted. */
  load(object: ObjectInput, index: number, log?: 0 | 1 | 2): KernelInstance;
}

let cached: Kernel | string | undefined;

/** The running kernel, or why it can't be asked. */
export function openKernel(): Kernel | string {
  cached ??= connect();
  return cached;
}

function connect(): Kernel | string {
  if (process.platform !== "linux" || process.arch !== "x64") return "not Linux on x86-64";
  let koffi: typeof import("koffi");
  try {
    koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  } catch {
    return "koffi is not installed";
  }
  const libc = koffi.load("libc.so.6");
  const syscall = libc.func("long syscall(long, long, void *, long)");
  const closeFd = libc.func("int close(int)");
  const bpf = (command: number, attr: Buffer): number => {
    const result = Number(syscall(SYS_BPF, command, attr, attr.length));
    return result < 0 ? -koffi.errno() : result;
  };
  const address = (bytes: Uint8Array) => BigInt(koffi.address(bytes));
  const logBuffer = Buffer.alloc(LOG_SIZE);
  const kernelBtf = () => parseBtf(new Uint8Array(readFileSync("/sys/kernel/btf/vmlinux")));

  const createMap = (type: number, key: number, value: number, entries: number): number => {
    const attr = Buffer.alloc(80);
    [type, key, value, entries].forEach((word, i) => attr.writeUInt32LE(word, i * 4));
    return bpf(COMMAND.MAP_CREATE, attr);
  };
  const element = (command: number, fd: number, value: Uint8Array) => {
    const key = Buffer.alloc(4);
    const attr = Buffer.alloc(32);
    attr.writeUInt32LE(fd, 0);
    attr.writeBigUInt64LE(address(key), 8);
    attr.writeBigUInt64LE(address(value), 16);
    const result = bpf(command, attr);
    if (result < 0) throw new Error(`map element: errno ${-result}`);
  };
  const loadTypes = (bytes: Uint8Array): number => {
    const attr = Buffer.alloc(32);
    attr.writeBigUInt64LE(address(bytes), 0);
    attr.writeUInt32LE(bytes.length, 16);
    const fd = bpf(COMMAND.BTF_LOAD, attr);
    if (fd < 0) throw new Error(`types: errno ${-fd}`);
    return fd;
  };
  const loadProgram = (object: LinkedObject, index: number, maps: readonly number[], level: number): { fd: number; verified: Verified } => {
    const program = object.programs[index]!;
    const insns = encode(
      program.insns.map((insn) => {
        if (insn.opcode === 0x18 && (insn.src === 1 || insn.src === 2)) return { ...insn, imm: maps[insn.imm]! };
        return insn.opcode === 0x85 && insn.src === 2 ? { ...insn, imm: program.kfuncs[insn.imm]!.btfId } : insn;
      }),
    );
    const license = Buffer.from("GPL\0");
    const attr = Buffer.alloc(152);
    attr.writeUInt32LE(31, 0);
    attr.writeUInt32LE(insns.length / 8, 4);
    attr.writeBigUInt64LE(address(insns), 8);
    attr.writeBigUInt64LE(address(license), 16);
    attr.writeUInt32LE(level | 4, 24);
    attr.writeUInt32LE(LOG_SIZE, 28);
    attr.writeBigUInt64LE(address(logBuffer), 32);
    attr.writeUInt32LE(16, 44);
    logBuffer[0] = 0;
    // Functions that helpers call back must be described.
    const { funcInfo } = loadInfo(object, index);
    const types = funcInfo.length > FUNC_INFO_SIZE ? loadTypes(object.btfBytes!) : -1;
    if (types >= 0) {
      attr.writeUInt32LE(types, 72);
      attr.writeUInt32LE(FUNC_INFO_SIZE, 76);
      attr.writeBigUInt64LE(address(funcInfo), 80);
      attr.writeUInt32LE(funcInfo.length / FUNC_INFO_SIZE, 88);
    }
    const fd = bpf(COMMAND.PROG_LOAD, attr);
    if (types >= 0) closeFd(types);
    const log = logBuffer.toString("latin1", 0, logBuffer.indexOf(0));
    const processed = /processed (\d+) insns/.exec(log)?.[1];
    return { fd, verified: { ok: fd >= 0, errno: Math.max(0, -fd), log, ...(fd >= 0 && processed && { processed: Number(processed) }) } };
  };

  const probe = createMap(2, 4, 8, 1);
  if (probe < 0) return `bpf(2) is refused (errno ${-probe})`;
  closeFd(probe);
  return {
    load(input, index, log = 0) {
      const needsKernel = input.programs.some((p) => p.relocations.some((r) => r.kind === "kfunc"));
      const object = linkObject(writeObject(input), needsKernel ? { kernelBtf: kernelBtf() } : {});
      const fds = object.maps.map((map) => createMap(map.type, map.keySize, map.valueSize, map.maxEntries));
      const bad = fds.find((fd) => fd < 0);
      if (bad !== undefined) throw new Error(`map: errno ${-bad}`);
      const { fd, verified } = loadProgram(object, index, fds, log);
      const memory = object.maps.map((map) => {
        const bytes = new Uint8Array(map.valueSize);
        if (map.initial) bytes.set(map.initial);
        return bytes;
      });
      const of = (section: string) => memory[object.maps.findIndex((map) => map.section === section)] ?? new Uint8Array(0);
      return {
        verified,
        bss: of(".bss"),
        data: of(".data"),
        run(frameOffset) {
          const sections = [...object.maps.keys()].filter((i) => object.maps[i]!.section !== undefined);
          for (const i of sections) element(COMMAND.MAP_UPDATE, fds[i]!, memory[i]!);
          const context = Buffer.alloc(8);
          context.writeBigUInt64LE(BigInt(frameOffset));
          const attr = Buffer.alloc(80);
          attr.writeUInt32LE(fd, 0);
          attr.writeUInt32LE(8, 40);
          attr.writeBigUInt64LE(address(context), 48);
          const result = bpf(COMMAND.TEST_RUN, attr);
          if (result < 0) throw new Error(`test run: errno ${-result}`);
          for (const i of sections) element(COMMAND.MAP_LOOKUP, fds[i]!, memory[i]!);
          return attr.readUInt32LE(4);
        },
        close() {
          for (const open of [...fds, fd]) if (open >= 0) closeFd(open);
        },
      };
    },
  };
}
