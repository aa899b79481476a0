/**
 * The foreign-function interface: libc through koffi, an optional dependency that is loaded when first asked for. Owns the
 * binding and raw memory (addresses, mappings, views); knows no system call by meaning. Where koffi is missing or the
 * machine is none it can serve, everything that doesn't call the system still works and the reason is at hand.
 */
import { createRequire } from "node:module";
import { AnycallError, errnoText } from "./errors.ts";

/** An argument of a system call: a number (addresses are below 2^47), or a bigint for 64 bits that a number can't hold. */
export type Word = number | bigint;

/** syscall(2) with 0 to 6 arguments: the result, or the negated error number. */
export type Syscall = (nr: number, ...args: Word[]) => Word;

export interface Ffi {
  /** syscall(2) bound for each number of arguments, since every declared argument costs time. */
  readonly syscalls: readonly Syscall[];
  /** Address of the bytes. They must stay referenced while it is used; V8 doesn't move the memory of an ArrayBuffer. */
  address(bytes: ArrayBufferLike | ArrayBufferView): number;
  /** `length` bytes at `address` as an ArrayBuffer, which does not own them. */
  view(address: number, length: number): ArrayBuffer;
}

/** Why there is none. */
export interface FfiMissing {
  readonly reason: string;
}

type Native = (...args: Word[]) => Word;

/** What koffi offers of use here. */
interface Koffi {
  load(library: string): { func(name: string, result: string, args: string[]): Native };
  address(value: ArrayBufferLike | ArrayBufferView): bigint;
  view(address: number, length: number): ArrayBuffer;
  errno(): number;
}

export interface FfiEnvironment {
  readonly platform: string;
  readonly arch: string;
  /** Loads koffi or throws. */
  readonly loadKoffi: () => unknown;
}

const HERE: FfiEnvironment = { platform: process.platform, arch: process.arch, loadKoffi: () => createRequire(import.meta.url)("koffi") };

/** Binds libc; never throws. `environment` is this process unless a test says otherwise. */
export function openFfi(environment: FfiEnvironment = HERE): Ffi | FfiMissing {
  if (environment.platform !== "linux" || environment.arch !== "x64") {
    return { reason: `system calls are made on Linux on x86-64 only, this is ${environment.platform} on ${environment.arch}` };
  }
  try {
    return bind(environment.loadKoffi() as Koffi);
  } catch (error) {
    return { reason: `the optional package koffi can't be loaded: ${(error as Error).message.split("\n", 1)[0]}` };
  }
}

function bind(koffi: Koffi): Ffi {
  const libc = koffi.load("libc.so.6");
  // errno belongs to the thread and is overwritten by the next call: read at once.
  const checked = (result: Word): Word => (result === -1 ? -koffi.errno() : result);
  const bound = (args: number) => libc.func("syscall", "long", new Array<string>(args + 1).fill("long"));
  const [call0, call1, call2, call3, call4, call5, call6] = [0, 1, 2, 3, 4, 5, 6].map(bound) as [Native, Native, Native, Native, Native, Native, Native];
  // Written out: collecting arguments into an array takes as long as the system call.
  const syscalls: readonly Syscall[] = [
    (nr) => checked(call0(nr)),
    (nr, a) => checked(call1(nr, a!)),
    (nr, a, b) => checked(call2(nr, a!, b!)),
    (nr, a, b, c) => checked(call3(nr, a!, b!, c!)),
    (nr, a, b, c, d) => checked(call4(nr, a!, b!, c!, d!)),
    (nr, a, b, c, d, e) => checked(call5(nr, a!, b!, c!, d!, e!)),
    (nr, a, b, c, d, e, f) => checked(call6(nr, a!, b!, c!, d!, e!, f!)),
  ];
  return { syscalls, address: (bytes) => Number(koffi.address(bytes)), view: (address, length) => koffi.view(address, length) };
}

let cached: Ffi | FfiMissing | undefined;

/** The interface of this process, bound on first use. */
export function ffi(): Ffi | FfiMissing {
  cached ??= openFfi();
  return cached;
}

export function isMissing(found: Ffi | FfiMissing): found is FfiMissing {
  return "reason" in found;
}

/** The interface, or AC4014. */
export function requireFfi(found: Ffi | FfiMissing = ffi()): Ffi {
  if (isMissing(found)) throw new AnycallError("AC4014", found.reason);
  return found;
}

const NR = { mmap: 9, munmap: 11, close: 3 } as const;
const PROT_RW = 3;
const MAP = { SHARED: 0x01, PRIVATE: 0x02, FIXED: 0x10, ANONYMOUS: 0x20, NORESERVE: 0x4000 } as const;

function checked(syscall: string, result: Word): number {
  const number = Number(result);
  if (number < 0 && number >= -4095) throw new AnycallError("AC4013", `${syscall}: ${errnoText(-number)}`, { errno: -number, syscall });
  return number;
}

/** Reserves `length` bytes of address space without access. Throws AC4013. */
export function reserve(system: Ffi, length: number): number {
  return checked("mmap", system.syscalls[6]!(NR.mmap, 0, length, 0, MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE, -1, 0));
}
/** Maps the first `length` bytes of a descriptor at `address`, over what is there. Throws AC4013. */
export function mapDescriptor(system: Ffi, address: number, length: number, fd: number): void {
  checked("mmap", system.syscalls[6]!(NR.mmap, address, length, PROT_RW, MAP.SHARED | MAP.FIXED, fd, 0));
}
/** Puts private zeroed memory at `address`, over what is there. Throws AC4013. */
export function mapZeros(system: Ffi, address: number, length: number): void {
  checked("mmap", system.syscalls[6]!(NR.mmap, address, length, PROT_RW, MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED, -1, 0));
}
export function unmap(system: Ffi, address: number, length: number): void {
  checked("munmap", system.syscalls[2]!(NR.munmap, address, length));
}
/** close(2); errors are of no use to anyone here. */
export function closeDescriptor(system: Ffi, fd: number): void {
  system.syscalls[1]!(NR.close, fd);
}
