/** The least of bpf(2) that the tests of this folder need: load types, maps and programs, read back the verifier's log. */
import { createRequire } from "node:module";
import type { LinkedObject } from "../../backend-ebpf/object/index.ts";
import { FUNC_INFO_SIZE, LINE_INFO_SIZE, loadInfo } from "../../backend-ebpf/object/index.ts";
import { encode } from "../../backend-ebpf/isa/insn.ts";

const SYS_BPF = 321;
const COMMAND = { MAP_CREATE: 0, MAP_UPDATE: 2, PROG_LOAD: 5, BTF_LOAD: 18 } as const;
const ATTR_SIZE = 152;

export interface Loaded {
  readonly ok: boolean;
  readonly errno: number;
  readonly log: string;
}

export interface Kernel {
  /** Passes a BTF blob to BPF_BTF_LOAD. */
  loadBtf(bytes: Uint8Array): Loaded;
  /** Loads program `index` with its maps, types and records. The log is kept on refusal, at level 2 always. */
  loadProgram(object: LinkedObject, index: number, level?: 1 | 2): Loaded;
}

/** The running kernel, or why it can't be asked. */
export function openKernel(): Kernel | string {
  let koffi: typeof import("koffi");
  try {
    koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  } catch {
    return "koffi is not installed";
  }
  if (process.platform !== "linux" || process.arch !== "x64") return "not Linux on x86-64";
  const libc = koffi.load("libc.so.6");
  const syscall = libc.func("long syscall(long, long, void *, long)");
  const close = libc.func("int close(int)");
  const kept: Uint8Array[] = [];
  const address = (bytes: Uint8Array) => {
    kept.push(bytes);
    return BigInt(koffi.address(bytes));
  };
  const bpf = (command: number, attr: Buffer): number => {
    const result = Number(syscall(SYS_BPF, command, attr, attr.length));
    return result < 0 ? -koffi.errno() : result;
  };
  /** Runs one command whose result is a descriptor, with a log. */
  const withLog = (
    command: number,
    attr: Buffer,
    log: { level: number; size: number; buf: number },
    { keep = false, level = 1 } = {},
  ): Loaded & { fd: number } => {
    const text = Buffer.alloc(1 << 20);
    attr.writeUInt32LE(level, log.level);
    attr.writeUInt32LE(text.length, log.size);
    attr.writeBigUInt64LE(address(text), log.buf);
    const fd = bpf(command, attr);
    if (fd >= 0 && !keep) close(fd);
    return { ok: fd >= 0, errno: Math.max(0, -fd), log: text.toString("utf8", 0, Math.max(0, text.indexOf(0))), fd };
  };
  const loadBtf = (bytes: Uint8Array, keep = false) => {
    const attr = Buffer.alloc(32);
    attr.writeBigUInt64LE(address(bytes), 0);
    attr.writeUInt32LE(bytes.length, 16);
    return withLog(COMMAND.BTF_LOAD, attr, { buf: 8, size: 20, level: 24 }, { keep });
  };

  const probe = Buffer.alloc(ATTR_SIZE);
  probe.writeUInt32LE(2, 0);
  probe.writeUInt32LE(4, 4);
  probe.writeUInt32LE(8, 8);
  probe.writeUInt32LE(1, 12);
  const fd = bpf(COMMAND.MAP_CREATE, probe);
  if (fd < 0) return `bpf(2) is refused (errno ${-fd})`;
  close(fd);

  return {
    loadBtf: (bytes) => loadBtf(bytes),
    loadProgram(object, index, level = 1) {
      const program = object.programs[index]!;
      const descriptors: number[] = [];
      try {
        const btf = loadBtf(object.btfBytes!, true);
        if (!btf.ok) return btf;
        descriptors.push(btf.fd);
        const maps = object.maps.map((map) => {
          const attr = Buffer.alloc(ATTR_SIZE);
          for (const [i, word] of [map.type, map.keySize, map.valueSize, map.maxEntries, map.flags].entries()) attr.writeUInt32LE(word, i * 4);
          if (map.btfValue) {
            attr.writeUInt32LE(btf.fd, 48);
            attr.writeUInt32LE(map.btfKey ?? 0, 52);
            attr.writeUInt32LE(map.btfValue, 56);
          }
          const created = bpf(COMMAND.MAP_CREATE, attr);
          if (created < 0) throw new Error(`map ${map.name}: errno ${-created}`);
          descriptors.push(created);
          return created;
        });
        const insns = program.insns.map((insn) => {
          if (insn.opcode === 0x18 && (insn.src === 1 || insn.src === 2)) return { ...insn, imm: maps[insn.imm]! };
          if (insn.opcode === 0x85 && insn.src === 2) return { ...insn, imm: program.kfuncs[insn.imm]!.btfId };
          return insn;
        });
        const { funcInfo, lineInfo } = loadInfo(object, index);
        const attr = Buffer.alloc(ATTR_SIZE);
        attr.writeUInt32LE(program.progType, 0);
        attr.writeUInt32LE(insns.length, 4);
        attr.writeBigUInt64LE(address(encode(insns)), 8);
        attr.writeBigUInt64LE(address(Buffer.from(`${program.license}\0`)), 16);
        attr.writeUInt32LE(program.loadFlags, 44);
        attr.write(program.name.slice(0, 15), 48);
        attr.writeUInt32LE(btf.fd, 72);
        attr.writeUInt32LE(FUNC_INFO_SIZE, 76);
        attr.writeBigUInt64LE(address(funcInfo), 80);
        attr.writeUInt32LE(funcInfo.length / FUNC_INFO_SIZE, 88);
        attr.writeUInt32LE(LINE_INFO_SIZE, 92);
        attr.writeBigUInt64LE(address(lineInfo), 96);
        attr.writeUInt32LE(lineInfo.length / LINE_INFO_SIZE, 104);
        return withLog(COMMAND.PROG_LOAD, attr, { level: 24, size: 28, buf: 32 }, { level });
      } finally {
        for (const descriptor of descriptors) close(descriptor);
      }
    },
  };
}
