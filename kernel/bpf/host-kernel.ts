/**
 * What the running kernel lets this process do with bpf(2): whether at all and why not, its version, and which features
 * SYSCALL programs have, asked by loading small programs. Runs one of them (to compare a helper's answer with the system
 * call's); attaches nothing.
 */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import * as asm from "../../backend-ebpf/isa/asm.ts";
import { encode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import { findType, parseBtf } from "../../backend-ebpf/btf/index.ts";
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import { E } from "../abi/errno.ts";
import { helperId } from "../abi/helpers.ts";
import { MAP_FLAG, MAP_TYPE } from "../abi/maps.ts";
import { type Feature, type KernelProfile, profileOf } from "../abi/profiles.ts";
import { errnoText } from "../errors.ts";
import { type Ffi, ffi, type FfiMissing, isMissing } from "../ffi.ts";
import { Bpf } from "./bpf.ts";
import { initialTimeNamespace, initialUserNamespace, type PidNamespace, pidNamespace } from "./namespaces.ts";

export const PROG_TYPE_SYSCALL = 31;
export const F_SLEEPABLE = 16;
const VMLINUX_BTF = "/sys/kernel/btf/vmlinux";
const { R0, R1, R2, R3, R4, R10 } = asm;

/** bpf(2) as it is usable here, or the reason why it is not. */
export type BpfAccess = { readonly ok: true; readonly bpf: Bpf } | { readonly ok: false; readonly reason: string };

/** Tries a map and a program; never throws. */
export function probeBpf(system: Ffi | FfiMissing = ffi(), readSysctl: () => string = readUnprivileged): BpfAccess {
  if (isMissing(system)) return { ok: false, reason: system.reason };
  const bpf = new Bpf(system);
  const map = bpf.createMap({ name: "anycall_probe", type: MAP_TYPE.ARRAY, keySize: 4, valueSize: 8, maxEntries: 1, flags: MAP_FLAG.MMAPABLE });
  if (map >= 0) bpf.close(map);
  const loaded = map >= 0 ? loads(bpf, [asm.mov64(R0, 0), asm.exit()]) : map;
  return loaded === 0 ? { ok: true, bpf } : { ok: false, reason: refusal(-loaded, readSysctl) };
}

function readUnprivileged(): string {
  return readFileSync("/proc/sys/kernel/unprivileged_bpf_disabled", "latin1").trim();
}

/** Why bpf(2) fails with `errno`, in one sentence. */
export function refusal(errno: number, readSysctl: () => string = readUnprivileged): string {
  if (errno === E.NOSYS) return "the kernel was built without bpf(2)";
  if (errno !== E.PERM && errno !== E.ACCES) return `bpf(2) fails with ${errnoText(errno)}`;
  let sysctl = "";
  try {
    sysctl = readSysctl();
  } catch {
    // No such file: an older kernel, or /proc is not mounted.
  }
  if (process.getuid?.() === 0) return "bpf(2) is refused even to root: a seccomp filter, a container without CAP_BPF, or kernel lockdown";
  const unprivileged = sysctl === "" || sysctl === "0" ? "" : ` (kernel.unprivileged_bpf_disabled = ${sysctl})`;
  return `bpf(2) is refused to this user${unprivileged}: SYSCALL programs need root, or CAP_BPF with CAP_PERFMON`;
}

/** 0 if the kernel accepts the program, else the negated error number. */
function loads(bpf: Bpf, insns: readonly Insn[]): number {
  const { fd } = bpf.loadProgram({ name: "anycall_probe", progType: PROG_TYPE_SYSCALL, insns: encode(insns), license: "GPL", flags: F_SLEEPABLE });
  if (fd < 0) return fd;
  bpf.close(fd);
  return 0;
}

/** [major, minor] of the running kernel; [0, 0] where it is no Linux. */
export function kernelVersion(text: string = process.platform === "linux" ? release() : ""): readonly [number, number] {
  const found = /^(\d+)\.(\d+)/.exec(text);
  return found ? [Number(found[1]), Number(found[2])] : [0, 0];
}

let kernelTypes: Btf | null | undefined;

/** BTF of the running kernel; undefined where it has none that can be read. Read once. */
export function kernelBtf(): Btf | undefined {
  if (kernelTypes === undefined) {
    try {
      kernelTypes = parseBtf(new Uint8Array(readFileSync(VMLINUX_BTF)));
    } catch {
      kernelTypes = null;
    }
  }
  return kernelTypes ?? undefined;
}

let symbols: ReadonlySet<string> | undefined;

/** Names that the running kernel has an address for, functions and variables; read when first asked. Empty where they can't be read. */
export function kernelSymbols(): { has(name: string): boolean } {
  return {
    has: (name) => {
      symbols ??= readSymbols();
      return symbols.has(name);
    },
  };
}

function readSymbols(): ReadonlySet<string> {
  try {
    // address type name [module]
    const lines = readFileSync("/proc/kallsyms", "latin1").split("\n");
    return new Set(lines.flatMap((line) => (line.includes("[") ? [] : [line.slice(line.lastIndexOf(" ") + 1)])));
  } catch {
    return new Set();
  }
}

/** A small program or map for each feature that can be asked for; the others go by version. */
const FEATURE_PROBES: Partial<Record<Feature, (bpf: Bpf, kfunc: (name: string) => number | undefined) => boolean>> = {
  isa_v4: (bpf) => loads(bpf, [asm.mov64(R1, 0), asm.movsx(8, 64, R0, R1), asm.bswap(64, R0), asm.mov64(R0, 0), asm.gotol(0), asm.exit()]) === 0,
  may_goto: (bpf) => loads(bpf, [asm.mov64(R0, 0), asm.mayGoto(0), asm.exit()]) === 0,
  iter_num: (bpf, kfunc) => {
    const [start, destroy] = [kfunc("bpf_iter_num_new"), kfunc("bpf_iter_num_destroy")];
    if (start === undefined || destroy === undefined) return false;
    const iterator = [asm.mov64(R1, R10), asm.add64(R1, -8)];
    const create = [...iterator, asm.mov64(R2, 0), asm.mov64(R3, 1), asm.callKfunc(start)];
    return loads(bpf, [...create, ...iterator, asm.callKfunc(destroy), asm.mov64(R0, 0), asm.exit()]) === 0;
  },
  rcu_kfuncs: (bpf, kfunc) => {
    const [lock, unlock] = [kfunc("bpf_rcu_read_lock"), kfunc("bpf_rcu_read_unlock")];
    return lock !== undefined && unlock !== undefined && loads(bpf, [asm.callKfunc(lock), asm.callKfunc(unlock), asm.mov64(R0, 0), asm.exit()]) === 0;
  },
  iter_task: (_, kfunc) => kfunc("bpf_iter_task_new") !== undefined,
  arena: (bpf) => {
    const fd = bpf.createMap({ name: "anycall_probe", type: MAP_TYPE.ARENA, keySize: 0, valueSize: 0, maxEntries: 1, flags: MAP_FLAG.MMAPABLE });
    if (fd >= 0) bpf.close(fd);
    return fd >= 0;
  },
};

export interface HostProfile {
  readonly profile: KernelProfile;
  /** Features were asked of the kernel; else they are those of its version. */
  readonly probed: boolean;
}

/** The profile named `host`: the running kernel's version, corrected by probes where bpf(2) allows. */
export function probeProfile(access: BpfAccess, version = kernelVersion(), btf: Btf | undefined = access.ok ? kernelBtf() : undefined): HostProfile {
  const expected = profileOf("host", version);
  if (!access.ok) return { profile: expected, probed: false };
  const kfunc = (name: string) => btf && findType(btf, name, "func");
  const features = new Set(expected.features);
  for (const [feature, probe] of Object.entries(FEATURE_PROBES) as [Feature, NonNullable<(typeof FEATURE_PROBES)[Feature]>][]) {
    if (probe(access.bpf, kfunc)) features.add(feature);
    else features.delete(feature);
  }
  return { profile: { ...expected, features }, probed: true };
}

/** What the loader writes into an instance's environment cell, and what of it is exact. */
export interface HostFacts {
  readonly pidNamespace: PidNamespace | undefined;
  /** Names as in StockForm.exact. */
  readonly exact: readonly string[];
}

/** Establishes what makes stock helpers exact. The pid helper is run and compared with this process's own id. */
export function probeFacts(access: BpfAccess): HostFacts {
  const namespace = pidNamespace();
  const exact: string[] = [];
  if (access.ok && namespace && namespacePid(access.bpf, namespace) === process.pid) exact.push("pid-namespace");
  if (initialUserNamespace()) exact.push("initial-user-namespace");
  if (initialTimeNamespace()) exact.push("initial-time-namespace");
  return { pidNamespace: namespace, exact };
}

/** The tgid that bpf_get_ns_current_pid_tgid answers in `namespace`; undefined when it fails. */
function namespacePid(bpf: Bpf, { dev, ino }: PidNamespace): number | undefined {
  const helper = helperId("get_ns_current_pid_tgid")!;
  const insns = [
    asm.store(64, R10, -8, 0),
    ...asm.ldimm64(R1, dev),
    ...asm.ldimm64(R2, ino),
    asm.mov64(R3, R10),
    asm.add64(R3, -8),
    asm.mov64(R4, 8),
    asm.callHelper(helper),
    asm.load(32, R0, R10, -4),
    asm.exit(),
  ];
  const { fd } = bpf.loadProgram({ name: "anycall_probe", progType: PROG_TYPE_SYSCALL, insns: encode(insns), license: "GPL", flags: F_SLEEPABLE });
  if (fd < 0) return undefined;
  const test = bpf.testRun(fd, new Uint8Array(0));
  const error = test.run();
  bpf.close(fd);
  return error === 0 ? test.retval : undefined;
}

/** Everything about this process and kernel, found out once. */
export class HostKernel {
  static #here: HostKernel | undefined;
  /** The one of this process. */
  static here(): HostKernel {
    HostKernel.#here ??= new HostKernel();
    return HostKernel.#here;
  }

  #access: BpfAccess | undefined;
  #profile: HostProfile | undefined;
  #facts: HostFacts | undefined;
  readonly #probe: () => BpfAccess;

  constructor(probe: () => BpfAccess = probeBpf) {
    this.#probe = probe;
  }
  get access(): BpfAccess {
    this.#access ??= this.#probe();
    return this.#access;
  }
  get profile(): HostProfile {
    this.#profile ??= probeProfile(this.access);
    return this.#profile;
  }
  get facts(): HostFacts {
    this.#facts ??= probeFacts(this.access);
    return this.#facts;
  }
}

/** The profile of the running kernel, for `--kernel host`. */
export function hostProfile(): KernelProfile {
  return HostKernel.here().profile.profile;
}
