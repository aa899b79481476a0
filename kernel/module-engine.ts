/**
 * Engine `module`: programs with the kernel functions of anycall.ko, bound to /dev/anycall and run by one ioctl a call. Owns
 * the probe (is the module there, does it match, may this task use it) and the instances; the module's side is kernel/module,
 * its interface kernel/module/uapi/anycall.h.
 */
import { closeSync, openSync, readFileSync } from "node:fs";
import { findType, parseBtf } from "../backend-ebpf/btf/index.ts";
import type { LinkedObject, LinkedProgram } from "../backend-ebpf/object/index.ts";
import { STATUS_NAMES, type StatusName } from "./abi/frame.ts";
import { opName, OPS, type OpRow } from "./abi/syscalls.ts";
import type { Bpf } from "./bpf/bpf.ts";
import { HostKernel } from "./bpf/host-kernel.ts";
import { type KernelObject, loadObject, type ModuleKfuncs } from "./bpf/load.ts";
import { bpfMapStore } from "./bpf/map-store.ts";
import { mapSections, type Sections } from "./bpf/sections.ts";
import { refuseUnlessLicensed } from "./bpf/stock.ts";
import type { Engine, Instance, LoadOptions, MapStore, Probe } from "./engine.ts";
import { AnycallError, errnoText } from "./errors.ts";
import { type Ffi, ffi, isMissing, type Word } from "./ffi.ts";
import { selectPrograms } from "./programs.ts";

export const MODULE_DEVICE = "/dev/anycall";
const MODULE_NAME = "anycall";
const BTF_FOLDER = "/sys/kernel/btf";

/** uapi/anycall.h: the interface's number, commands, and layouts in bytes. */
const INTERFACE = 1;
const ROUTE_ENTRY = 2;
const NR_IOCTL = 16;
const INFO = { command: 0x8010_b900, interface: 0, routes: 4, size: 16 } as const;
const BIND = { command: 0x4020_b901, program: 0, count: 4, regions: 8, scratch: 16, scratchSize: 24, size: 32 } as const;
const CALL_COMMAND = 0xb902;
const REGION_SIZE = 16;
const SCRATCH_SIZE = 3 * 4096;

/** What a probe reads of the machine; tests give others. */
export interface ModuleFiles {
  /** Opens the device; throws as Node's openSync. */
  readonly open: (path: string) => number;
  /** Text of /proc/self/status. */
  readonly status: () => string;
  /** Types of the kernel and of the module, together: which kernel functions there are. Throws if they can't be read. */
  readonly kfuncs: () => ReadonlyMap<string, number>;
}

const FILES: ModuleFiles = {
  open: (path) => openSync(path, "r+"),
  status: () => readFileSync("/proc/self/status", "latin1"),
  kfuncs: () => {
    const kernel = parseBtf(new Uint8Array(readFileSync(`${BTF_FOLDER}/vmlinux`)));
    const module = parseBtf(new Uint8Array(readFileSync(`${BTF_FOLDER}/${MODULE_NAME}`)), kernel);
    return new Map(
      OPS.flatMap(({ kfunc }) => {
        const id = findType(module, kfunc, "func");
        return id === undefined ? [] : [[kfunc, id] as const];
      }),
    );
  },
};

/** The module as it can be used here, or the reason why not. */
type Access =
  | { readonly ok: true; readonly bpf: Bpf; readonly kfuncs: ReadonlyMap<string, number>; readonly missing: readonly string[] }
  | { readonly ok: false; readonly reason: string };

export class ModuleEngine implements Engine {
  readonly name = "module";
  readonly #device: string;
  readonly #kernel: HostKernel;
  readonly #files: ModuleFiles;
  #access: Access | undefined;

  constructor(device: string = MODULE_DEVICE, kernel: HostKernel = HostKernel.here(), files: ModuleFiles = FILES) {
    this.#device = device;
    this.#kernel = kernel;
    this.#files = files;
  }

  probe(): Probe {
    const access = this.#find();
    if (!access.ok) return { ok: false, reason: access.reason, missingRows: OPS.map(opName), exact: [] };
    return { ok: true, reason: `anycall.ko is loaded (${this.#device})`, missingRows: access.missing, exact: this.#kernel.facts.exact };
  }

  load(object: LinkedObject, options: LoadOptions = {}): Instance {
    const access = this.#find();
    if (!access.ok) throw new AnycallError("AC4002", access.reason);
    const programs = selectPrograms(object, options.programs);
    for (const program of programs) {
      this.#refuseUnlessExact(program);
      refuseUnlessLicensed(program);
      const unknown = program.kfuncs.find(({ name, from }) => from === "anycall" && !access.kfuncs.has(name));
      if (unknown) throw new AnycallError("AC4002", `anycall.ko has no ${unknown.name}: it is older than the program's compiler`);
    }
    const btfFd = access.bpf.moduleBtf(MODULE_NAME);
    if (btfFd < 0) throw new AnycallError("AC4013", `the types of anycall.ko: ${errnoText(-btfFd)}`, { errno: -btfFd, syscall: "bpf(BPF_BTF_GET_FD_BY_ID)" });
    const module: ModuleKfuncs = { btfFd, ids: access.kfuncs };
    try {
      const loaded = loadObject(
        access.bpf,
        object,
        programs.map(({ name }) => name),
        module,
      );
      const sections = mapSections(access.bpf.system, object, loaded, this.#kernel.facts.pidNamespace);
      return new ModuleInstance(access.bpf, object, this.#device, this.#files, loaded, sections);
    } finally {
      access.bpf.close(btfFd);
    }
  }

  /** Functions that need nothing of the module ask helpers, which are inexact in other namespaces. */
  #refuseUnlessExact(program: LinkedProgram): void {
    const unknown = (program.meta?.exact ?? []).filter((fact) => !this.#kernel.facts.exact.includes(fact));
    if (unknown.length > 0)
      throw new AnycallError("AC4004", `${program.meta!.name}: helpers of this kernel would not answer exactly here (not established: ${unknown.join(", ")})`);
  }

  /** Asked once, when it is there: a module that is missing may be loaded later. */
  #find(): Access {
    if (this.#access?.ok) return this.#access;
    this.#access = this.#look();
    return this.#access;
  }

  #look(): Access {
    let fd: number;
    try {
      fd = this.#files.open(this.#device);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENXIO") return { ok: false, reason: `anycall.ko is not loaded (${this.#device} does not exist)` };
      return { ok: false, reason: `${this.#device} can't be opened: ${code}; its mode is a parameter of anycall.ko` };
    }
    try {
      const system = ffi();
      if (isMissing(system)) return { ok: false, reason: system.reason };
      const info = readInfo(system, fd);
      if (info === undefined) return { ok: false, reason: `${this.#device} is there, but this version of AnyCall can't use the module` };
      const { access } = this.#kernel;
      if (!access.ok) return { ok: false, reason: access.reason };
      if (isFiltered(this.#files.status())) return { ok: false, reason: "this process has a seccomp filter, which system calls inside programs would pass by" };
      const kfuncs = this.#files.kfuncs();
      const usable = (row: OpRow) => kfuncs.has(row.kfunc) && (info.entry || isDirect(row));
      return { ok: true, bpf: access.bpf, kfuncs, missing: OPS.filter((row) => !usable(row)).map(opName) };
    } catch (error) {
      return { ok: false, reason: `the types of anycall.ko can't be read: ${(error as Error).message}` };
    } finally {
      closeSync(fd);
    }
  }
}

/** Rows that work where the kernel's own entry was not found. */
function isDirect(row: OpRow): boolean {
  return row.on === "file" || row.result.kind === "handle" || DIRECT.has(row.name);
}
const DIRECT: ReadonlySet<string> = new Set(["getpid", "gettid", "getppid", "getuid", "getgid", "fstat"]);

/** The module's routes; undefined if the device is not its, or of another interface. */
function readInfo(system: Ffi, fd: number): { readonly entry: boolean } | undefined {
  const answer = new Uint8Array(new ArrayBuffer(INFO.size));
  if (Number(system.syscalls[3]!(NR_IOCTL, fd, INFO.command, system.address(answer))) < 0) return undefined;
  const view = new DataView(answer.buffer);
  if (view.getUint32(INFO.interface, true) !== INTERFACE) return undefined;
  return { entry: (view.getUint32(INFO.routes, true) & ROUTE_ENTRY) !== 0 };
}

/** The line "Seccomp:" of /proc/PID/status is not 0. */
function isFiltered(status: string): boolean {
  return /^Seccomp:\s*[12]$/m.test(status);
}

class ModuleInstance implements Instance {
  readonly engine = "module";
  readonly bss: Uint8Array;
  readonly data: Uint8Array;
  readonly #bpf: Bpf;
  readonly #object: LinkedObject;
  readonly #loaded: KernelObject;
  readonly #sections: Sections;
  readonly #ioctl: (nr: number, ...args: Word[]) => Word;
  readonly #bindings = new Map<string, number>();
  /** Kept: the module writes to it during calls. */
  readonly #scratch = new Uint8Array(new ArrayBuffer(SCRATCH_SIZE));
  #closed = false;

  constructor(bpf: Bpf, object: LinkedObject, device: string, files: ModuleFiles, loaded: KernelObject, sections: Sections) {
    const { system } = bpf;
    this.#bpf = bpf;
    this.#object = object;
    this.#ioctl = system.syscalls[3]!;
    this.#loaded = loaded;
    this.#sections = sections;
    this.bss = sections.bss;
    this.data = sections.data;
    try {
      for (const [name, program] of loaded.programs) {
        const fd = files.open(device);
        this.#bindings.set(name, fd);
        this.#bind(system, fd, program, name);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #bind(system: Ffi, fd: number, program: number, name: string): void {
    const { parts } = this.#sections;
    const regions = new BigUint64Array(new ArrayBuffer(REGION_SIZE * Math.max(parts.length, 1)));
    parts.forEach((part, i) => {
      regions[2 * i] = BigInt(system.address(part));
      regions[2 * i + 1] = BigInt(part.length);
    });
    const wanted = new DataView(new ArrayBuffer(BIND.size));
    wanted.setUint32(BIND.program, program, true);
    wanted.setUint32(BIND.count, parts.length, true);
    wanted.setBigUint64(BIND.regions, BigInt(system.address(regions)), true);
    wanted.setBigUint64(BIND.scratch, BigInt(system.address(this.#scratch)), true);
    wanted.setUint32(BIND.scratchSize, SCRATCH_SIZE, true);
    const result = Number(this.#ioctl(NR_IOCTL, fd, BIND.command, system.address(wanted)));
    if (result < 0) throw new AnycallError("AC4013", `binding ${name}: ${errnoText(-result)}`, { errno: -result, syscall: "ioctl(ANYCALL_BIND)" });
  }

  call(name: string, frameOffset: number): StatusName {
    const fd = this.#bindings.get(name);
    if (this.#closed || fd === undefined) throw new AnycallError("AC4019", this.#closed ? "the instance is closed" : `no program ${name} is loaded`);
    const result = Number(this.#ioctl(NR_IOCTL, fd, CALL_COMMAND, frameOffset));
    if (result < 0) throw new AnycallError("AC4013", `running ${name}: ${errnoText(-result)}`, { errno: -result, syscall: "ioctl(ANYCALL_CALL)" });
    const status = STATUS_NAMES[result];
    if (status === undefined) throw new AnycallError("AC4005", `${name} returned ${result}, which is no status`);
    return status;
  }

  map(symbol: string): MapStore | undefined {
    const index = this.#object.maps.findIndex(({ name, section }) => name === symbol && section === undefined);
    return index < 0 ? undefined : bpfMapStore(this.#bpf, this.#loaded.maps[index]!, this.#object.maps[index]!);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const fd of this.#bindings.values()) closeSync(fd);
    this.#sections.close();
    this.#loaded.close();
  }
}
