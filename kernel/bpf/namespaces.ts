/**
 * Facts about the namespaces of this process, on which the exactness of stock helpers rests: helpers answer in the initial
 * namespaces, and the one that takes a namespace wants its device and inode as the kernel has them. Reads /proc only.
 */
import { readFileSync, readlinkSync, statSync } from "node:fs";

/** Where facts are read; tests give others. Each throws as Node's functions do. */
export interface ProcFiles {
  readText(path: string): string;
  readLink(path: string): string;
  stat(path: string): { readonly dev: bigint; readonly ino: bigint };
}

const PROC: ProcFiles = {
  readText: (path) => readFileSync(path, "latin1"),
  readLink: (path) => readlinkSync(path),
  stat: (path) => statSync(path, { bigint: true }),
};

export interface PidNamespace {
  /** The kernel's own dev_t (20 bits of minor number), which bpf_get_ns_current_pid_tgid compares with. */
  readonly dev: bigint;
  readonly ino: bigint;
}

/** The pid namespace of this process; undefined where /proc doesn't tell. */
export function pidNamespace(files: ProcFiles = PROC): PidNamespace | undefined {
  try {
    const { dev, ino } = files.stat("/proc/self/ns/pid");
    return { dev: kernelDev(dev), ino };
  } catch {
    return undefined;
  }
}

/** MKDEV(major, minor) of a device number as stat(2) gives it (new_encode_dev: minor in bits 0–7 and 20–31, major in 8–19). */
export function kernelDev(dev: bigint): bigint {
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  return (major << 20n) | minor;
}

/** Inode number of the initial pid namespace: PROC_PID_INIT_INO of include/linux/proc_ns.h, the same on every kernel. */
const INITIAL_PID_NAMESPACE = 0xefff_fffcn;

/** The namespace in which the kernel's own ids are those that system calls give. */
export function isInitialPidNamespace({ ino }: PidNamespace): boolean {
  return ino === INITIAL_PID_NAMESPACE;
}

/** Every id means the same inside and outside: the initial user namespace, or one that maps all of it to itself. */
export function initialUserNamespace(files: ProcFiles = PROC): boolean {
  return ["uid_map", "gid_map"].every((name) => {
    try {
      return files.readText(`/proc/self/${name}`).trim().split(/\s+/).join(" ") === "0 0 4294967295";
    } catch {
      return false;
    }
  });
}

/**
 * CLOCK_MONOTONIC and CLOCK_BOOTTIME have no offset. timens_offsets shows those of the namespace that children will be in
 * (time_namespaces(7)), so this process must be in it too. Kernels without time namespaces have neither file.
 */
export function initialTimeNamespace(files: ProcFiles = PROC): boolean {
  let offsets: string;
  try {
    offsets = files.readText("/proc/self/timens_offsets");
  } catch {
    return true;
  }
  const zero = offsets.trim().split("\n").every((line) => line.trim().split(/\s+/).slice(1).every((field) => field === "0"));
  try {
    return zero && files.readLink("/proc/self/ns/time") === files.readLink("/proc/self/ns/time_for_children");
  } catch {
    return false;
  }
}
