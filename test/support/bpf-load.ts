/**
 * For tests that compare with the running kernel: have it verify a bare BPF_PROG_TYPE_SYSCALL program and return its log.
 * Independent of kernel/bpf on purpose, so that tests of the tables and of the numeric domain rest on nothing but bpf(2).
 * Never attaches and never runs anything.
 */
import { createRequire } from "node:module";

export interface LoadResult {
  readonly ok: boolean;
  /** errno of a refusal, 0 for a program that loaded. */
  readonly errno: number;
  readonly log: string;
}
export type KernelLoad = (insns: Uint8Array, logLevel: number) => LoadResult;

const BPF_PROG_LOAD = 5;
const PROG_TYPE_SYSCALL = 31;
const F_SLEEPABLE = 16;
const NR_BPF = 321;
const ATTR_SIZE = 152;
const LOG_SIZE = 1 << 22;

/** A loader, or the reason why this machine has none (`skip` reasons of tests). */
export function kernelLoader(): { readonly load: KernelLoad } | { readonly reason: string } {
  if (process.platform !== "linux" || process.arch !== "x64") return { reason: "not Linux on x86-64" };
  let load: KernelLoad;
  try {
    load = connect();
  } catch (error) {
    return { reason: `koffi is missing: ${(error as Error).message}` };
  }
  const returnZero = Uint8Array.from([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
  const probe = load(returnZero, 0);
  return probe.ok ? { load } : { reason: `bpf(2) refuses programs here (errno ${probe.errno})` };
}

function connect(): KernelLoad {
  const koffi = createRequire(import.meta.url)("koffi");
  const libc = koffi.load("libc.so.6");
  const syscall = libc.func("long syscall(long, long, void *, long)");
  const close = libc.func("int close(int)");
  const license = Buffer.from("GPL\0");
  const log = Buffer.alloc(LOG_SIZE);
  return (insns, logLevel) => {
    const code = Buffer.from(insns);
    const attr = Buffer.alloc(ATTR_SIZE);
    attr.writeUInt32LE(PROG_TYPE_SYSCALL, 0);
    attr.writeUInt32LE(code.length / 8, 4);
    attr.writeBigUInt64LE(BigInt(koffi.address(code)), 8);
    attr.writeBigUInt64LE(BigInt(koffi.address(license)), 16);
    attr.writeUInt32LE(logLevel, 24);
    attr.writeUInt32LE(logLevel === 0 ? 0 : log.length, 28);
    attr.writeBigUInt64LE(logLevel === 0 ? 0n : BigInt(koffi.address(log)), 32);
    attr.writeUInt32LE(F_SLEEPABLE, 44);
    log[0] = 0;
    const fd = Number(syscall(NR_BPF, BPF_PROG_LOAD, attr, attr.length));
    const errno = fd < 0 ? Number(koffi.errno()) : 0;
    const text = log.toString("latin1", 0, log.indexOf(0));
    if (fd >= 0) close(fd);
    return { ok: fd >= 0, errno, log: text };
  };
}
