/**
 * A linked object into the kernel: types, maps, programs with their records. Owns the order of the steps and what a failure
 * is called; what is loaded was decided before.
 */
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { encode } from "../../backend-ebpf/isa/insn.ts";
import { CLASS, isWide, JUMP, SOURCE } from "../../backend-ebpf/isa/opcodes.ts";
import { FUNC_INFO_SIZE, LINE_INFO_SIZE, type LinkedObject, type LinkedProgram, loadInfo, type MapDef } from "../../backend-ebpf/object/index.ts";
import { PSEUDO, PSEUDO_CALL } from "../abi/maps.ts";
import { AnycallError, errnoText } from "../errors.ts";
import type { Bpf } from "./bpf.ts";

/** Descriptors of an object in the kernel. `programs` by ELF symbol; `maps` parallel to the object's. */
export interface KernelObject {
  readonly maps: readonly number[];
  readonly programs: ReadonlyMap<string, number>;
  close(): void;
}

/** The kernel's verifier refused a program; `log` is its log. */
export class VerifierRefusal extends AnycallError {
  readonly program: LinkedProgram;
  constructor(program: LinkedProgram, errno: number, log: string) {
    const verdict = log.trimEnd().split("\n").findLast((line) => line !== "" && !/^(processed \d|cur state|old state|verification time|stack depth)/.test(line));
    super("AC4012", `the kernel refuses ${program.meta?.name ?? program.name}: ${verdict ?? errnoText(errno)}`, { errno, syscall: "bpf(BPF_PROG_LOAD)", log });
    this.program = program;
  }
}

/** Where kernel functions of our module are found: descriptor of its types, and id of each by name. */
export interface ModuleKfuncs {
  readonly btfFd: number;
  readonly ids: ReadonlyMap<string, number>;
}

/**
 * Loads maps and the named programs; `module` is wanted by programs that call its functions. Throws VerifierRefusal, or AC4013
 * for other steps; leaves nothing behind then.
 */
export function loadObject(bpf: Bpf, object: LinkedObject, symbols: readonly string[], module?: ModuleKfuncs): KernelObject {
  const open: number[] = [];
  const keep = (step: string, fd: number, log = ""): number => {
    if (fd < 0) throw new AnycallError("AC4013", `${step}: ${errnoText(-fd)}`, { errno: -fd, syscall: "bpf", ...(log && { log }) });
    open.push(fd);
    return fd;
  };
  const close = () => {
    for (const fd of open.splice(0)) bpf.close(fd);
  };
  try {
    let btfFd: number | undefined;
    if (object.btfBytes) {
      const { fd, log } = bpf.loadBtf(object.btfBytes);
      btfFd = keep("loading the object's types", fd, log);
    }
    const maps = object.maps.map((map) => keep(`creating map ${map.name}`, createMap(bpf, map, btfFd)));
    object.maps.forEach((map, i) => fillMap(bpf, map, maps[i]!));
    const programs = new Map<string, number>();
    object.programs.forEach((program, index) => {
      if (!symbols.includes(program.name)) return;
      const { funcInfo, lineInfo } = loadInfo(object, index);
      const { fd, log } = bpf.loadProgram({
        name: program.name,
        progType: program.progType,
        insns: encode(relocate(program, maps, module)),
        license: program.license,
        flags: program.loadFlags,
        ...(btfFd !== undefined && { btfFd }),
        funcInfo: { recordSize: FUNC_INFO_SIZE, records: funcInfo },
        lineInfo: { recordSize: LINE_INFO_SIZE, records: lineInfo },
        // The first place stands for the kernel's own types and is not read.
        ...(module && { fdArray: [0, module.btfFd] }),
      });
      if (fd < 0) throw new VerifierRefusal(program, -fd, log);
      open.push(fd);
      programs.set(program.name, fd);
    });
    return { maps, programs, close };
  } catch (error) {
    close();
    throw error;
  }
}

function createMap(bpf: Bpf, map: MapDef, btfFd: number | undefined): number {
  const inner = map.inner && createMap(bpf, map.inner, btfFd);
  if (inner !== undefined && inner < 0) return inner;
  const { name, type, keySize, valueSize, maxEntries, flags, btfKey, btfValue } = map;
  const btf = btfFd !== undefined && btfValue ? { btf: { fd: btfFd, key: btfKey ?? 0, value: btfValue } } : {};
  const fd = bpf.createMap({ name, type, keySize, valueSize, maxEntries, flags, ...btf, ...(inner !== undefined && { innerFd: inner }) });
  if (inner !== undefined) bpf.close(inner);
  return fd;
}

/** Initial contents must be there before a map is frozen, and both before the verifier looks at it. */
function fillMap(bpf: Bpf, map: MapDef, fd: number): void {
  const steps = [() => (map.initial ? bpf.update(fd, new Uint8Array(map.keySize), map.initial) : 0), () => (map.frozen ? bpf.freeze(fd) : 0)];
  for (const step of steps) {
    const result = step();
    if (result < 0) throw new AnycallError("AC4013", `filling map ${map.name}: ${errnoText(-result)}`, { errno: -result, syscall: "bpf" });
  }
}

const CALL = CLASS.JMP | JUMP.CALL | SOURCE.K;

/** Place of the module's types in the array of descriptors. */
const MODULE_BTF = 1;

/** Instructions with descriptors and BTF ids in the places of indexes. */
function relocate(program: LinkedProgram, maps: readonly number[], module: ModuleKfuncs | undefined): Insn[] {
  return program.insns.map((insn) => {
    if (isWide(insn) && (insn.src === PSEUDO.MAP_FD || insn.src === PSEUDO.MAP_VALUE)) return { ...insn, imm: maps[insn.imm]! };
    if (insn.opcode === CALL && insn.src === PSEUDO_CALL.KFUNC) {
      const { name, from, btfId } = program.kfuncs[insn.imm]!;
      return from === "anycall" && module ? { ...insn, imm: module.ids.get(name) ?? 0, off: MODULE_BTF } : { ...insn, imm: btfId };
    }
    return insn;
  });
}
