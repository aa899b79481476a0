/**
 * A kernel that looks for mistakes: Debian's sources of Linux 6.1, built small with KASAN, lockdep, kmemleak and the rest of what
 * DEBUG lists. It is built once, into the cache, which takes two idle processors ten minutes: only where it is asked for.
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptOptions } from "./apt.ts";
import { cacheFolder } from "./cache.ts";
import type { GuestKernel } from "./kernels.ts";
import { findProgram, run, Unavailable } from "./tools.ts";

export const DEBUG_LABEL = "6.1-debug";

const PACKAGE = "linux-source-6.1";
/** Debian packages beside the VM's own that building a kernel needs. */
const BUILD_PACKAGES = ["flex", "bison", "bc"] as const;
const HOURS = 3_600_000;

/** What the guest needs beyond `make tinyconfig`. */
const NEEDED = [
  ...["64BIT", "SMP", "PRINTK", "BUG", "MULTIUSER", "FUTEX", "EPOLL", "SIGNALFD", "TIMERFD", "EVENTFD", "POSIX_TIMERS", "FILE_LOCKING", "ADVISE_SYSCALLS"],
  ...["MEMBARRIER", "RSEQ", "AIO", "IO_URING", "INOTIFY_USER", "FHANDLE", "HIGH_RES_TIMERS", "NO_HZ_IDLE", "SYSVIPC", "POSIX_MQUEUE", "PREEMPT", "PREEMPT_DYNAMIC"],
  ...["TTY", "SERIAL_8250", "SERIAL_8250_CONSOLE", "BLK_DEV_INITRD", "RD_GZIP", "BINFMT_ELF", "BINFMT_SCRIPT", "ACPI"],
  ...["PROC_FS", "PROC_SYSCTL", "SYSFS", "DEVTMPFS", "SHMEM", "TMPFS", "TMPFS_XATTR", "COREDUMP", "CROSS_MEMORY_ATTACH"],
  ...["MODULES", "MODULE_UNLOAD", "KALLSYMS", "KALLSYMS_ALL", "KPROBES", "BPF_SYSCALL", "BPF_JIT", "BPF_JIT_ALWAYS_ON", "PERF_EVENTS", "JUMP_LABEL"],
  ...["NET", "UNIX", "INET", "IPV6", "NAMESPACES", "USER_NS", "PID_NS", "NET_NS", "UTS_NS", "IPC_NS", "CGROUPS", "MEMCG"],
  ...["SECURITY", "SECURITY_PATH", "SECURITY_LANDLOCK", "SECCOMP", "SECCOMP_FILTER", "AUDIT", "AUDITSYSCALL"],
  ...["FTRACE", "FTRACE_SYSCALLS", "DEBUG_KERNEL", "DEBUG_FS", "DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT", "DEBUG_INFO_BTF", "DEBUG_INFO_BTF_MODULES"],
] as const;

/** What looks for mistakes. */
const DEBUG = [
  ...["SLUB", "KASAN", "KASAN_GENERIC", "KASAN_INLINE", "KASAN_VMALLOC", "UBSAN", "UBSAN_BOUNDS", "SLUB_DEBUG", "SLUB_DEBUG_ON", "DEBUG_KMEMLEAK", "PAGE_POISONING"],
  ...["PROVE_LOCKING", "PROVE_RCU", "DEBUG_ATOMIC_SLEEP", "DEBUG_RT_MUTEXES", "DEBUG_LIST", "DEBUG_SG", "DEBUG_CREDENTIALS", "BUG_ON_DATA_CORRUPTION"],
  ...["DEBUG_OBJECTS", "DEBUG_OBJECTS_FREE", "DEBUG_OBJECTS_WORK", "DEBUG_OBJECTS_TIMERS", "DEBUG_OBJECTS_RCU_HEAD", "DEBUG_VM", "DEBUG_PREEMPT"],
  ...["SOFTLOCKUP_DETECTOR", "DETECT_HUNG_TASK", "WQ_WATCHDOG", "SCHED_STACK_END_CHECK", "DEBUG_STACK_USAGE", "STACKPROTECTOR", "STACKPROTECTOR_STRONG", "VMAP_STACK"],
] as const;

const VALUES = { LSM: '"landlock"', DEBUG_KMEMLEAK_MEM_POOL_SIZE: 40000, NR_CPUS: 8, HZ_250: "y", FRAME_WARN: 2048 } as const;

function need(programs: readonly string[], packages: readonly string[]): void {
  const missing = programs.filter((name) => findProgram(name) === undefined);
  if (missing.length > 0) throw new Unavailable(`${missing.join(", ")} missing; on Debian: apt-get install ${packages.join(" ")}`);
}

/** Debian's sources of Linux 6.1, unpacked in the cache: from there or the network. Throws Unavailable where they can't be had. */
export function kernelSources(): string {
  const folder = cacheFolder("source-6.1");
  const complete = join(folder, "complete");
  const tree = join(folder, PACKAGE);
  if (existsSync(complete)) return tree;
  need(["apt-get", "dpkg-deb", "tar", "xz"], ["xz-utils"]);
  const apt = aptOptions();
  run(findProgram("apt-get")!, [...apt, "update"]);
  const download = cacheFolder("apt", "debs", "source-6.1");
  try {
    run(findProgram("apt-get")!, [...apt, "download", PACKAGE], { cwd: download });
  } catch (error) {
    throw new Unavailable(`the package ${PACKAGE} can't be downloaded: ${(error as Error).message.split("\n").at(-2)}`);
  }
  for (const file of readdirSync(download)) run("dpkg-deb", ["-x", join(download, file), folder]);
  rmSync(download, { recursive: true, force: true });
  run("tar", ["-xf", join(folder, "usr/src", `${PACKAGE}.tar.xz`), "-C", folder]);
  rmSync(join(folder, "usr"), { recursive: true, force: true });
  writeFileSync(complete, "");
  return tree;
}

/** The configuration: tinyconfig and ours. What is asked for and not granted is named in the error. */
function configure(sources: string, out: string): void {
  const wanted = [...NEEDED, ...DEBUG].map((name) => `CONFIG_${name}=y`);
  const values = Object.entries(VALUES).map(([name, value]) => `CONFIG_${name}=${value}`);
  const fragment = join(out, "anycall.config");
  writeFileSync(fragment, `${[...wanted, ...values].join("\n")}\n`);
  run("make", ["-C", sources, `O=${out}`, "tinyconfig"]);
  run(join(sources, "scripts/kconfig/merge_config.sh"), ["-m", "-O", out, join(out, ".config"), fragment], { cwd: sources });
  run("make", ["-C", sources, `O=${out}`, "olddefconfig"]);
  const config = new Set(readFileSync(join(out, ".config"), "utf8").split("\n"));
  const refused = [...wanted, ...values].filter((line) => !config.has(line));
  if (refused.length > 0) throw new Error(`the kernel's configuration has not: ${refused.join(", ")}`);
}

/** The kernel, from the cache or built. Throws Unavailable where it can't be built. */
export function debugKernel(): GuestKernel {
  const sources = kernelSources();
  const out = cacheFolder("debug-6.1");
  const complete = join(out, "complete");
  if (!existsSync(complete)) {
    need(["make", "gcc", "pahole", ...BUILD_PACKAGES], [...BUILD_PACKAGES, "dwarves", "libelf-dev"]);
    configure(sources, out);
    console.log(`# building a kernel for debugging in ${out}; this takes a while`);
    run("nice", ["-n", "19", "make", "-C", sources, `O=${out}`, "-j2", "bzImage", "modules"], { timeout: 4 * HOURS });
    copyFileSync(join(out, "arch/x86/boot/bzImage"), join(out, "bzImage"));
    const release = run("make", ["-s", "-C", sources, `O=${out}`, "kernelrelease"]).trim();
    writeFileSync(complete, release);
  }
  return { name: "6.1", label: DEBUG_LABEL, debug: true, release: readFileSync(complete, "utf8"), image: join(out, "bzImage"), headers: out };
}
