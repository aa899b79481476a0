/**
 * The table of kernel operations: system calls (`sys.NAME`) and the methods of an open file (`file.NAME`).
 *
 * Everything about an operation is derived from its row: the typed declaration in the library, lowering, the kfunc's
 * prototype in BTF, the simulator's signature, the user engine's marshalling, the module's registration check, the
 * docs page. Adding an operation is one row + its C function + a test. Data only; no behaviour lives here.
 */
import { type StructName, STRUCTS } from "./structs.ts";

/**
 * One argument as the author writes it. `path`, `in` and `out` are byte ranges: two IR operands (pointer, length) and
 * two kfunc registers (`const void *p, u32 p__sz`). `struct` is one pointer to a struct of STRUCTS. `handle` is the
 * open file the method is called on. `err` is never written by authors: a pointer to an i32 that receives -errno.
 */
export type ArgSpec =
  | { readonly name: string; readonly kind: "int" | "fd" | "flags"; readonly type: IntName; readonly optional?: number }
  | { readonly name: string; readonly kind: "path" }
  | { readonly name: string; readonly kind: "in"; readonly text?: boolean }
  | { readonly name: string; readonly kind: "out" }
  | { readonly name: string; readonly kind: "struct"; readonly struct: StructName; readonly dir: "in" | "out"; readonly optional?: true }
  | { readonly name: string; readonly kind: "handle" }
  | { readonly name: string; readonly kind: "err" };

export type IntName = "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64";

export interface ResultSpec {
  /** Narrowest true type of the result. */
  readonly type: IntName | "handle";
  /** `fd`: a new descriptor or -errno; `errno`: 0 or -errno; `count`: bytes or -errno; `value`: never fails; `offset`: i64 or -errno; `handle`: null on failure. */
  readonly kind: "fd" | "errno" | "count" | "value" | "offset" | "handle";
  /** For `count`: index in `args` of the byte range whose length bounds the result. */
  readonly countOf?: number;
  /** For `count` with a fixed bound. */
  readonly max?: number;
}

/**
 * How a stock kernel answers exactly, without our module. `form` names a code sequence of the backend.
 * `exact` lists what the loader must establish first; where it can't, engine `stock` is not chosen.
 */
export interface StockForm {
  readonly form: "ns_tgid" | "ns_pid" | "uid" | "gid" | "ktime" | "sys_close";
  readonly helpers: readonly string[];
  readonly exact: readonly ("pid-namespace" | "initial-user-namespace" | "initial-time-namespace")[];
  /** Needed constant arguments: argument index → accepted values, each with the helper that serves it. */
  readonly when?: { readonly arg: number; readonly values: Readonly<Record<number, string>> };
}

export interface OpRow {
  readonly name: string;
  /** `sys`: called as `sys.NAME`; `file`: a method of an open file, `file.NAME`. */
  readonly on: "sys" | "file";
  /** x86-64 system-call number of the native equivalent. */
  readonly nr: number;
  readonly args: readonly ArgSpec[];
  readonly result: ResultSpec;
  /** Name of our module's kfunc. */
  readonly kfunc: string;
  readonly flags: readonly KfuncFlag[];
  readonly stock?: StockForm;
  /**
   * Registers of the native call, where they are not the arguments in order (a byte range being its address and its length):
   * `NAME` (an integer or an address), `NAME.length`, `NAME.length/8` (in units of 8 bytes), a constant; of a struct also
   * `&NAME.FIELD` (the field's address), `&NAME.FIELD=8` (the same, after the number was put there), and `*NAME.FIELD<=28` (the
   * field's value; -1, which every length check refuses, if it is more).
   */
  readonly registers?: readonly (string | number)[];
  /** The values of an argument that are handed on; with any other the answer is -EINVAL. */
  readonly only?: { readonly arg: string; readonly values: readonly number[] };
  /** The scripted host does not model it: it answers ENOSYS. */
  readonly scripted?: false;
  /** Section 2 man page and one sentence for completions and docs. */
  readonly man: string;
  readonly summary: string;
}

export type KfuncFlag = "acquire" | "release" | "ret-null" | "sleepable" | "trusted-args";

const path = { name: "path", kind: "path" } as const;
const fd = { name: "fd", kind: "fd", type: "i32" } as const;
const file = { name: "file", kind: "handle" } as const;
const err = { name: "err", kind: "err" } as const;
const flags = { name: "flags", kind: "flags", type: "i32" } as const;
const mode = { name: "mode", kind: "flags", type: "u32", optional: 0 } as const;
const statOut = { name: "out", kind: "struct", struct: "Stat", dir: "out" } as const;
const errno = { type: "i32", kind: "errno" } as const;
const newFd = { type: "i32", kind: "fd" } as const;
/** A number of 0 or more, or -errno. */
const number = { type: "i32", kind: "offset" } as const;
const transfer = { type: "i64", kind: "offset" } as const;
const pid = { name: "pid", kind: "int", type: "i32" } as const;
const permissions = { name: "mode", kind: "flags", type: "u32" } as const;
const pair = { name: "pair", kind: "struct", struct: "Pair", dir: "out" } as const;
const address = { name: "address", kind: "in" } as const;
const int = <Name extends string>(name: Name) => ({ name, kind: "int", type: "i32" }) as const;
const long = <Name extends string>(name: Name) => ({ name, kind: "int", type: "i64" }) as const;
const id = <Name extends string>(name: Name) => ({ name, kind: "int", type: "u32" }) as const;

export const OPS = [
  { name: "getpid", on: "sys", nr: 39, args: [], result: { type: "i32", kind: "value" }, kfunc: "anycall_getpid", flags: ["sleepable"],
    stock: { form: "ns_tgid", helpers: ["get_ns_current_pid_tgid", "get_current_pid_tgid"], exact: ["pid-namespace"] },
    man: "getpid(2)", summary: "The calling process's id." },
  { name: "gettid", on: "sys", nr: 186, args: [], result: { type: "i32", kind: "value" }, kfunc: "anycall_gettid", flags: ["sleepable"],
    stock: { form: "ns_pid", helpers: ["get_ns_current_pid_tgid", "get_current_pid_tgid"], exact: ["pid-namespace"] },
    man: "gettid(2)", summary: "The calling thread's id." },
  { name: "getppid", on: "sys", nr: 110, args: [], result: { type: "i32", kind: "value" }, kfunc: "anycall_getppid", flags: ["sleepable"],
    man: "getppid(2)", summary: "The parent process's id." },
  { name: "getuid", on: "sys", nr: 102, args: [], result: { type: "u32", kind: "value" }, kfunc: "anycall_getuid", flags: ["sleepable"],
    stock: { form: "uid", helpers: ["get_current_uid_gid"], exact: ["initial-user-namespace"] },
    man: "getuid(2)", summary: "The real user id." },
  { name: "getgid", on: "sys", nr: 104, args: [], result: { type: "u32", kind: "value" }, kfunc: "anycall_getgid", flags: ["sleepable"],
    stock: { form: "gid", helpers: ["get_current_uid_gid"], exact: ["initial-user-namespace"] },
    man: "getgid(2)", summary: "The real group id." },
  { name: "clock_gettime", on: "sys", nr: 228,
    args: [{ name: "clock", kind: "int", type: "i32" }, { name: "out", kind: "struct", struct: "Timespec", dir: "out" }],
    result: errno, kfunc: "anycall_clock_gettime", flags: ["sleepable"],
    stock: { form: "ktime", helpers: ["ktime_get_ns", "ktime_get_boot_ns"], exact: ["initial-time-namespace"],
      when: { arg: 0, values: { 1: "ktime_get_ns", 7: "ktime_get_boot_ns" } } },
    man: "clock_gettime(2)", summary: "The time of a clock, in seconds and nanoseconds." },
  { name: "nanosleep", on: "sys", nr: 35,
    args: [{ name: "request", kind: "struct", struct: "Timespec", dir: "in" }, { name: "remaining", kind: "struct", struct: "Timespec", dir: "out", optional: true }],
    result: errno, kfunc: "anycall_nanosleep", flags: ["sleepable"],
    man: "nanosleep(2)", summary: "Sleep for a time; -EINTR leaves what remains in `remaining`." },
  { name: "getrandom", on: "sys", nr: 318, args: [{ name: "buf", kind: "out" }, { name: "flags", kind: "flags", type: "u32", optional: 0 }],
    result: { type: "i32", kind: "count", countOf: 0 }, kfunc: "anycall_getrandom", flags: ["sleepable"],
    man: "getrandom(2)", summary: "Fill a buffer with random bytes; the number of bytes." },
  { name: "openat", on: "sys", nr: 257, args: [{ ...fd, name: "dir" }, path, flags, mode], result: { type: "i32", kind: "fd" },
    kfunc: "anycall_openat", flags: ["sleepable"], man: "openat(2)", summary: "Open a file relative to a directory; a descriptor." },
  { name: "close", on: "sys", nr: 3, args: [fd], result: errno, kfunc: "anycall_close", flags: ["sleepable"],
    stock: { form: "sys_close", helpers: ["sys_close"], exact: [] }, man: "close(2)", summary: "Close a descriptor." },
  { name: "read", on: "sys", nr: 0, args: [fd, { name: "buf", kind: "out" }], result: { type: "i32", kind: "count", countOf: 1 },
    kfunc: "anycall_read", flags: ["sleepable"], man: "read(2)", summary: "Read at the file's position; bytes read, 0 at the end." },
  { name: "write", on: "sys", nr: 1, args: [fd, { name: "buf", kind: "in", text: true }], result: { type: "i32", kind: "count", countOf: 1 },
    kfunc: "anycall_write", flags: ["sleepable"], man: "write(2)", summary: "Write at the file's position; bytes written." },
  { name: "pread64", on: "sys", nr: 17, args: [fd, { name: "buf", kind: "out" }, { name: "offset", kind: "int", type: "i64" }],
    result: { type: "i32", kind: "count", countOf: 1 }, kfunc: "anycall_pread64", flags: ["sleepable"],
    man: "pread(2)", summary: "Read at an offset, leaving the position alone." },
  { name: "lseek", on: "sys", nr: 8, args: [fd, { name: "offset", kind: "int", type: "i64" }, { name: "whence", kind: "int", type: "i32" }],
    result: { type: "i64", kind: "offset" }, kfunc: "anycall_lseek", flags: ["sleepable"], man: "lseek(2)", summary: "Move the file's position; the new position." },
  { name: "fstat", on: "sys", nr: 5, args: [fd, statOut], result: errno, kfunc: "anycall_fstat", flags: ["sleepable"],
    man: "fstat(2)", summary: "Metadata of an open descriptor." },
  { name: "newfstatat", on: "sys", nr: 262, args: [{ ...fd, name: "dir" }, path, statOut, flags], result: errno,
    kfunc: "anycall_newfstatat", flags: ["sleepable"], man: "fstatat(2)", summary: "Metadata of a path relative to a directory." },
  { name: "getdents64", on: "sys", nr: 217, args: [fd, { name: "buf", kind: "out" }], result: { type: "i32", kind: "count", countOf: 1 },
    kfunc: "anycall_getdents64", flags: ["sleepable"], man: "getdents64(2)", summary: "Directory entries as linux_dirent64 records; bytes filled, 0 at the end." },
  { name: "unlinkat", on: "sys", nr: 263, args: [{ ...fd, name: "dir" }, path, flags], result: errno,
    kfunc: "anycall_unlinkat", flags: ["sleepable"], man: "unlinkat(2)", summary: "Remove a name (AT.REMOVEDIR: a directory)." },
  { name: "mkdirat", on: "sys", nr: 258, args: [{ ...fd, name: "dir" }, path, { name: "mode", kind: "flags", type: "u32" }], result: errno,
    kfunc: "anycall_mkdirat", flags: ["sleepable"], man: "mkdirat(2)", summary: "Make a directory." },

  { name: "geteuid", on: "sys", nr: 107, args: [], result: { type: "u32", kind: "value" }, kfunc: "anycall_geteuid", flags: ["sleepable"], scripted: false,
    man: "geteuid(2)", summary: "The effective user id." },
  { name: "getegid", on: "sys", nr: 108, args: [], result: { type: "u32", kind: "value" }, kfunc: "anycall_getegid", flags: ["sleepable"], scripted: false,
    man: "getegid(2)", summary: "The effective group id." },
  { name: "getpgid", on: "sys", nr: 121, args: [pid], result: number, kfunc: "anycall_getpgid", flags: ["sleepable"], scripted: false,
    man: "getpgid(2)", summary: "The process group of a process (0: the caller)." },
  { name: "getsid", on: "sys", nr: 124, args: [pid], result: number, kfunc: "anycall_getsid", flags: ["sleepable"], scripted: false,
    man: "getsid(2)", summary: "The session of a process (0: the caller)." },
  { name: "getpriority", on: "sys", nr: 140, args: [int("which"), int("who")], result: number, kfunc: "anycall_getpriority", flags: ["sleepable"], scripted: false,
    man: "getpriority(2)", summary: "20 minus the nice value: 1 to 40." },
  { name: "sched_yield", on: "sys", nr: 24, args: [], result: errno, kfunc: "anycall_sched_yield", flags: ["sleepable"], scripted: false,
    man: "sched_yield(2)", summary: "Let others run." },
  { name: "umask", on: "sys", nr: 95, args: [int("mask")], result: { type: "i32", kind: "value" }, kfunc: "anycall_umask", flags: ["sleepable"], scripted: false,
    man: "umask(2)", summary: "Set the mask of permissions for new files; the one before." },
  { name: "kill", on: "sys", nr: 62, args: [pid, int("signal")], result: errno, kfunc: "anycall_kill", flags: ["sleepable"], scripted: false,
    man: "kill(2)", summary: "Send a signal to a process, or ask whether one could (0)." },
  { name: "tgkill", on: "sys", nr: 234, args: [int("tgid"), int("tid"), int("signal")], result: errno, kfunc: "anycall_tgkill", flags: ["sleepable"], scripted: false,
    man: "tgkill(2)", summary: "Send a signal to a thread." },
  { name: "clock_getres", on: "sys", nr: 229, args: [int("clock"), { name: "out", kind: "struct", struct: "Timespec", dir: "out" }], result: errno,
    kfunc: "anycall_clock_getres", flags: ["sleepable"], scripted: false, man: "clock_getres(2)", summary: "The resolution of a clock." },
  { name: "clock_nanosleep", on: "sys", nr: 230,
    args: [int("clock"), flags, { name: "request", kind: "struct", struct: "Timespec", dir: "in" }, { name: "remaining", kind: "struct", struct: "Timespec", dir: "out", optional: true }],
    result: errno, kfunc: "anycall_clock_nanosleep", flags: ["sleepable"], scripted: false, man: "clock_nanosleep(2)", summary: "Sleep by a clock, for a time or (TIMER_ABSTIME, 1) until one." },

  { name: "pwrite64", on: "sys", nr: 18, args: [fd, { name: "buf", kind: "in", text: true }, { name: "offset", kind: "int", type: "i64" }],
    result: { type: "i32", kind: "count", countOf: 1 }, kfunc: "anycall_pwrite64", flags: ["sleepable"], scripted: false,
    man: "pwrite(2)", summary: "Write at an offset, leaving the position alone." },
  { name: "ftruncate", on: "sys", nr: 77, args: [fd, long("length")], result: errno, kfunc: "anycall_ftruncate", flags: ["sleepable"], scripted: false,
    man: "ftruncate(2)", summary: "Set a file's length." },
  { name: "truncate", on: "sys", nr: 76, args: [path, long("length")], result: errno, kfunc: "anycall_truncate", flags: ["sleepable"], scripted: false,
    man: "truncate(2)", summary: "Set the length of the file at a path." },
  { name: "fallocate", on: "sys", nr: 285, args: [fd, int("mode"), long("offset"), long("length")], result: errno, kfunc: "anycall_fallocate", flags: ["sleepable"],
    scripted: false, man: "fallocate(2)", summary: "Allocate, free or shift a part of a file." },
  { name: "fsync", on: "sys", nr: 74, args: [fd], result: errno, kfunc: "anycall_fsync", flags: ["sleepable"], scripted: false, man: "fsync(2)", summary: "Bring a file to the disk." },
  { name: "fdatasync", on: "sys", nr: 75, args: [fd], result: errno, kfunc: "anycall_fdatasync", flags: ["sleepable"], scripted: false,
    man: "fdatasync(2)", summary: "Bring a file's contents to the disk." },
  { name: "fadvise64", on: "sys", nr: 221, args: [fd, long("offset"), long("length"), int("advice")], result: errno, kfunc: "anycall_fadvise64", flags: ["sleepable"],
    scripted: false, man: "posix_fadvise(2)", summary: "Say how a part of a file will be used." },
  { name: "sendfile", on: "sys", nr: 40, args: [{ ...fd, name: "to" }, { ...fd, name: "from" }, { name: "count", kind: "int", type: "u64" }],
    registers: ["to", "from", 0, "count"], result: transfer, kfunc: "anycall_sendfile", flags: ["sleepable"], scripted: false,
    man: "sendfile(2)", summary: "Copy from a file at its position to a descriptor; bytes copied." },
  { name: "copy_file_range", on: "sys", nr: 326, args: [{ ...fd, name: "from" }, { ...fd, name: "to" }, { name: "count", kind: "int", type: "u64" }],
    registers: ["from", 0, "to", 0, "count", 0], result: transfer, kfunc: "anycall_copy_file_range", flags: ["sleepable"], scripted: false,
    man: "copy_file_range(2)", summary: "Copy between files at their positions; bytes copied." },
  { name: "flock", on: "sys", nr: 73, args: [fd, int("operation")], result: errno, kfunc: "anycall_flock", flags: ["sleepable"], scripted: false,
    man: "flock(2)", summary: "Lock or unlock an open file (1 shared, 2 exclusive, 8 unlock, 4: don't wait)." },
  { name: "dup", on: "sys", nr: 32, args: [fd], result: newFd, kfunc: "anycall_dup", flags: ["sleepable"], scripted: false, man: "dup(2)", summary: "A second descriptor of an open file." },
  { name: "dup3", on: "sys", nr: 292, args: [fd, { ...fd, name: "to" }, flags], result: newFd, kfunc: "anycall_dup3", flags: ["sleepable"], scripted: false,
    man: "dup3(2)", summary: "Make a descriptor refer to another's open file." },
  { name: "fchmod", on: "sys", nr: 91, args: [fd, permissions], result: errno, kfunc: "anycall_fchmod", flags: ["sleepable"], scripted: false,
    man: "fchmod(2)", summary: "Set an open file's permissions." },
  { name: "fchmodat", on: "sys", nr: 268, args: [{ ...fd, name: "dir" }, path, permissions], result: errno, kfunc: "anycall_fchmodat", flags: ["sleepable"], scripted: false,
    man: "fchmodat(2)", summary: "Set the permissions of the file at a path." },
  { name: "fchown", on: "sys", nr: 93, args: [fd, id("uid"), id("gid")], result: errno, kfunc: "anycall_fchown", flags: ["sleepable"], scripted: false,
    man: "fchown(2)", summary: "Set an open file's owner and group (0xffffffff leaves one alone)." },
  { name: "chown", on: "sys", nr: 92, args: [path, id("uid"), id("gid")], result: errno, kfunc: "anycall_chown", flags: ["sleepable"], scripted: false,
    man: "chown(2)", summary: "Set owner and group of the file at a path." },
  { name: "lchown", on: "sys", nr: 94, args: [path, id("uid"), id("gid")], result: errno, kfunc: "anycall_lchown", flags: ["sleepable"], scripted: false,
    man: "lchown(2)", summary: "Set owner and group of the file at a path, of a symbolic link itself." },
  { name: "faccessat", on: "sys", nr: 269, args: [{ ...fd, name: "dir" }, path, int("mode")], result: errno, kfunc: "anycall_faccessat", flags: ["sleepable"], scripted: false,
    man: "faccessat(2)", summary: "Whether the real user may read (4), write (2), execute (1) a file, or whether it is there (0)." },
  { name: "readlinkat", on: "sys", nr: 267, args: [{ ...fd, name: "dir" }, path, { name: "buf", kind: "out" }], result: { type: "i32", kind: "count", countOf: 2 },
    kfunc: "anycall_readlinkat", flags: ["sleepable"], scripted: false, man: "readlinkat(2)", summary: "Where a symbolic link leads; bytes, without a terminator." },
  { name: "rename", on: "sys", nr: 82, args: [path, { name: "to", kind: "path" }], result: errno, kfunc: "anycall_rename", flags: ["sleepable"], scripted: false,
    man: "rename(2)", summary: "Give a file another name, replacing what has it." },
  { name: "link", on: "sys", nr: 86, args: [path, { name: "to", kind: "path" }], result: errno, kfunc: "anycall_link", flags: ["sleepable"], scripted: false,
    man: "link(2)", summary: "Give a file a second name." },
  { name: "symlinkat", on: "sys", nr: 266, args: [{ name: "target", kind: "path" }, { ...fd, name: "dir" }, path], result: errno, kfunc: "anycall_symlinkat", flags: ["sleepable"],
    scripted: false, man: "symlinkat(2)", summary: "Make a symbolic link." },
  { name: "chdir", on: "sys", nr: 80, args: [path], result: errno, kfunc: "anycall_chdir", flags: ["sleepable"], scripted: false, man: "chdir(2)", summary: "Change the working directory." },
  { name: "fchdir", on: "sys", nr: 81, args: [fd], result: errno, kfunc: "anycall_fchdir", flags: ["sleepable"], scripted: false,
    man: "fchdir(2)", summary: "Change the working directory to an open one." },
  { name: "getcwd", on: "sys", nr: 79, args: [{ name: "buf", kind: "out" }], result: { type: "i32", kind: "count", countOf: 0 }, kfunc: "anycall_getcwd", flags: ["sleepable"],
    scripted: false, man: "getcwd(2)", summary: "The working directory's path; bytes with the terminator." },
  { name: "fgetxattr", on: "sys", nr: 193, args: [fd, { name: "name", kind: "path" }, { name: "buf", kind: "out" }], registers: ["fd", "name", "buf", "buf.length"], result: number,
    kfunc: "anycall_fgetxattr", flags: ["sleepable"], scripted: false, man: "fgetxattr(2)", summary: "An extended attribute of an open file; bytes, or how many there are if `buf` is empty." },
  { name: "flistxattr", on: "sys", nr: 196, args: [fd, { name: "buf", kind: "out" }], result: number, kfunc: "anycall_flistxattr", flags: ["sleepable"], scripted: false,
    man: "flistxattr(2)", summary: "Names of an open file's extended attributes, each with a terminator; bytes." },
  { name: "fremovexattr", on: "sys", nr: 199, args: [fd, { name: "name", kind: "path" }], result: errno, kfunc: "anycall_fremovexattr", flags: ["sleepable"], scripted: false,
    man: "fremovexattr(2)", summary: "Remove an extended attribute of an open file." },
  { name: "memfd_create", on: "sys", nr: 319, args: [{ name: "name", kind: "path" }, { name: "flags", kind: "flags", type: "u32" }], result: newFd, kfunc: "anycall_memfd_create",
    flags: ["sleepable"], scripted: false, man: "memfd_create(2)", summary: "A file in memory without a name in any directory." },

  { name: "pipe2", on: "sys", nr: 293, args: [pair, flags], result: errno, kfunc: "anycall_pipe2", flags: ["sleepable"], scripted: false,
    man: "pipe(2)", summary: "A pipe: `first` reads what is written to `second`." },
  { name: "poll", on: "sys", nr: 7, args: [{ name: "fds", kind: "out" }, int("timeout")], registers: ["fds", "fds.length/8", "timeout"], result: number, kfunc: "anycall_poll",
    flags: ["sleepable"], scripted: false, man: "poll(2)", summary: "Wait for descriptors: records of { i32 fd; i16 events; i16 revents }; how many are ready." },
  { name: "eventfd2", on: "sys", nr: 290, args: [{ name: "initial", kind: "int", type: "u32" }, flags], result: newFd, kfunc: "anycall_eventfd2", flags: ["sleepable"], scripted: false,
    man: "eventfd(2)", summary: "A descriptor that counts." },
  { name: "timerfd_create", on: "sys", nr: 283, args: [int("clock"), flags], result: newFd, kfunc: "anycall_timerfd_create", flags: ["sleepable"], scripted: false,
    man: "timerfd_create(2)", summary: "A descriptor that tells when time has passed." },
  { name: "timerfd_settime", on: "sys", nr: 286,
    args: [fd, flags, { name: "value", kind: "struct", struct: "Itimerspec", dir: "in" }, { name: "before", kind: "struct", struct: "Itimerspec", dir: "out", optional: true }],
    result: errno, kfunc: "anycall_timerfd_settime", flags: ["sleepable"], scripted: false, man: "timerfd_settime(2)", summary: "Set such a timer." },
  { name: "timerfd_gettime", on: "sys", nr: 287, args: [fd, { name: "out", kind: "struct", struct: "Itimerspec", dir: "out" }], result: errno, kfunc: "anycall_timerfd_gettime",
    flags: ["sleepable"], scripted: false, man: "timerfd_gettime(2)", summary: "What such a timer is set to." },
  { name: "inotify_init1", on: "sys", nr: 294, args: [flags], result: newFd, kfunc: "anycall_inotify_init1", flags: ["sleepable"], scripted: false,
    man: "inotify_init(2)", summary: "A descriptor that tells of changes of files." },
  { name: "inotify_add_watch", on: "sys", nr: 254, args: [fd, path, { name: "mask", kind: "flags", type: "u32" }], result: number, kfunc: "anycall_inotify_add_watch",
    flags: ["sleepable"], scripted: false, man: "inotify_add_watch(2)", summary: "Watch a path; the watch's number." },
  { name: "inotify_rm_watch", on: "sys", nr: 255, args: [fd, int("watch")], result: errno, kfunc: "anycall_inotify_rm_watch", flags: ["sleepable"], scripted: false,
    man: "inotify_rm_watch(2)", summary: "End a watch." },

  { name: "epoll_create1", on: "sys", nr: 291, args: [flags], result: newFd, kfunc: "anycall_epoll_create1", flags: ["sleepable"], scripted: false,
    man: "epoll_create(2)", summary: "A descriptor that waits for many." },
  { name: "epoll_ctl", on: "sys", nr: 233, args: [fd, int("operation"), { ...fd, name: "target" }, { name: "event", kind: "struct", struct: "EpollEvent", dir: "in", optional: true }],
    result: errno, kfunc: "anycall_epoll_ctl", flags: ["sleepable"], scripted: false, man: "epoll_ctl(2)", summary: "Add (1), remove (2) or change (3) what such a descriptor waits for." },
  { name: "epoll_wait", on: "sys", nr: 232, args: [fd, { name: "events", kind: "out" }, int("timeout")], registers: ["fd", "events", "events.length/12", "timeout"], result: number,
    kfunc: "anycall_epoll_wait", flags: ["sleepable"], scripted: false, man: "epoll_wait(2)", summary: "Wait: records of 12 bytes, { u32 events; u64 data }; how many." },
  { name: "futex_wait", on: "sys", nr: 202,
    args: [{ name: "word", kind: "struct", struct: "FutexWord", dir: "out" }, id("value"), { name: "timeout", kind: "struct", struct: "Timespec", dir: "in", optional: true }],
    registers: ["word", 128, "value", "timeout"], result: errno, kfunc: "anycall_futex_wait", flags: ["sleepable"], scripted: false,
    man: "futex(2)", summary: "Sleep while the word has this value, until a thread of this process wakes it (FUTEX_WAIT_PRIVATE)." },
  { name: "futex_wake", on: "sys", nr: 202, args: [{ name: "word", kind: "struct", struct: "FutexWord", dir: "out" }, int("count")], registers: ["word", 129, "count"], result: number,
    kfunc: "anycall_futex_wake", flags: ["sleepable"], scripted: false, man: "futex(2)", summary: "Wake threads of this process that wait on the word; how many (FUTEX_WAKE_PRIVATE)." },
  { name: "fcntl", on: "sys", nr: 72, args: [fd, int("command"), { name: "value", kind: "int", type: "i32", optional: 0 }],
    only: { arg: "command", values: [0, 1, 2, 3, 4, 1024, 1025, 1030, 1031, 1032, 1033, 1034] }, result: number, kfunc: "anycall_fcntl", flags: ["sleepable"], scripted: false,
    man: "fcntl(2)", summary: "The commands that take no address: F.DUPFD to F.SETFL, leases, pipe sizes, seals; -EINVAL for others." },
  { name: "fcntl_lock", on: "sys", nr: 72, args: [fd, int("command"), { name: "lock", kind: "struct", struct: "FileLock", dir: "out" }],
    only: { arg: "command", values: [5, 6, 7, 36, 37, 38] }, result: errno, kfunc: "anycall_fcntl_lock", flags: ["sleepable"], scripted: false,
    man: "fcntl_locking(2)", summary: "Locks of a part of a file: F.GETLK, F.SETLK, F.SETLKW and F.OFD_…; -EINVAL for other commands." },
  { name: "splice", on: "sys", nr: 275, args: [{ ...fd, name: "from" }, { ...fd, name: "to" }, { name: "count", kind: "int", type: "u64" }, { name: "flags", kind: "flags", type: "u32", optional: 0 }],
    registers: ["from", 0, "to", 0, "count", "flags"], result: transfer, kfunc: "anycall_splice", flags: ["sleepable"], scripted: false,
    man: "splice(2)", summary: "Move bytes from or to a pipe; how many." },
  { name: "tee", on: "sys", nr: 276, args: [{ ...fd, name: "from" }, { ...fd, name: "to" }, { name: "count", kind: "int", type: "u64" }, { name: "flags", kind: "flags", type: "u32", optional: 0 }],
    result: transfer, kfunc: "anycall_tee", flags: ["sleepable"], scripted: false, man: "tee(2)", summary: "Copy bytes from pipe to pipe, leaving them there; how many." },
  { name: "copy_file_range_at", on: "sys", nr: 326,
    args: [{ ...fd, name: "from" }, { ...fd, name: "to" }, { name: "offsets", kind: "struct", struct: "CopyOffsets", dir: "out" }, { name: "count", kind: "int", type: "u64" }],
    registers: ["from", "&offsets.from", "to", "&offsets.to", "count", 0], result: transfer, kfunc: "anycall_copy_file_range_at", flags: ["sleepable"], scripted: false,
    man: "copy_file_range(2)", summary: "Copy between files at the offsets given, which move on; bytes copied." },

  { name: "socket", on: "sys", nr: 41, args: [int("domain"), int("type"), int("protocol")], result: newFd, kfunc: "anycall_socket", flags: ["sleepable"], scripted: false,
    man: "socket(2)", summary: "A socket." },
  { name: "socketpair", on: "sys", nr: 53, args: [int("domain"), int("type"), int("protocol"), pair], result: errno, kfunc: "anycall_socketpair", flags: ["sleepable"], scripted: false,
    man: "socketpair(2)", summary: "Two sockets that are connected." },
  { name: "bind", on: "sys", nr: 49, args: [fd, address], result: errno, kfunc: "anycall_bind", flags: ["sleepable"], scripted: false, man: "bind(2)", summary: "Give a socket its own address (struct sockaddr)." },
  { name: "connect", on: "sys", nr: 42, args: [fd, address], result: errno, kfunc: "anycall_connect", flags: ["sleepable"], scripted: false,
    man: "connect(2)", summary: "Connect a socket to an address (struct sockaddr)." },
  { name: "listen", on: "sys", nr: 50, args: [fd, int("backlog")], result: errno, kfunc: "anycall_listen", flags: ["sleepable"], scripted: false, man: "listen(2)", summary: "Take connections." },
  { name: "accept4", on: "sys", nr: 288, args: [fd, flags], registers: ["fd", 0, 0, "flags"], result: newFd, kfunc: "anycall_accept4", flags: ["sleepable"], scripted: false,
    man: "accept(2)", summary: "The next connection's socket." },
  { name: "shutdown", on: "sys", nr: 48, args: [fd, int("how")], result: errno, kfunc: "anycall_shutdown", flags: ["sleepable"], scripted: false,
    man: "shutdown(2)", summary: "End reading (0), writing (1) or both (2) of a connection." },
  { name: "send", on: "sys", nr: 44, args: [fd, { name: "buf", kind: "in", text: true }, { ...flags, optional: 0 }], registers: ["fd", "buf", "buf.length", "flags", 0, 0],
    result: { type: "i32", kind: "count", countOf: 1 }, kfunc: "anycall_send", flags: ["sleepable"], scripted: false, man: "send(2)", summary: "Send on a connected socket; bytes sent." },
  { name: "recv", on: "sys", nr: 45, args: [fd, { name: "buf", kind: "out" }, { ...flags, optional: 0 }], registers: ["fd", "buf", "buf.length", "flags", 0, 0], result: number, kfunc: "anycall_recv",
    flags: ["sleepable"], scripted: false, man: "recv(2)", summary: "Receive; bytes (with MSG_TRUNC, 32: those of the whole message)." },
  { name: "setsockopt", on: "sys", nr: 54, args: [fd, int("level"), int("option"), { name: "value", kind: "in" }], result: errno, kfunc: "anycall_setsockopt", flags: ["sleepable"],
    scripted: false, man: "setsockopt(2)", summary: "Set an option of a socket." },
  { name: "getsockname", on: "sys", nr: 51, args: [fd, { name: "out", kind: "struct", struct: "SocketAddress", dir: "out" }], registers: ["fd", "&out.family", "&out.length=28"], result: errno,
    kfunc: "anycall_getsockname", flags: ["sleepable"], scripted: false, man: "getsockname(2)", summary: "A socket's own address." },
  { name: "getpeername", on: "sys", nr: 52, args: [fd, { name: "out", kind: "struct", struct: "SocketAddress", dir: "out" }], registers: ["fd", "&out.family", "&out.length=28"], result: errno,
    kfunc: "anycall_getpeername", flags: ["sleepable"], scripted: false, man: "getpeername(2)", summary: "The address that a socket is connected to." },
  { name: "sendto", on: "sys", nr: 44, args: [fd, { name: "buf", kind: "in", text: true }, flags, { name: "to", kind: "struct", struct: "SocketAddress", dir: "in" }],
    registers: ["fd", "buf", "buf.length", "flags", "&to.family", "*to.length<=28"], result: { type: "i32", kind: "count", countOf: 1 }, kfunc: "anycall_sendto", flags: ["sleepable"],
    scripted: false, man: "send(2)", summary: "Send to an address; bytes sent." },
  { name: "recvfrom", on: "sys", nr: 45, args: [fd, { name: "buf", kind: "out" }, flags, { name: "from", kind: "struct", struct: "SocketAddress", dir: "out" }],
    registers: ["fd", "buf", "buf.length", "flags", "&from.family", "&from.length=28"], result: number, kfunc: "anycall_recvfrom", flags: ["sleepable"],
    scripted: false, man: "recv(2)", summary: "Receive, and the sender's address; bytes (with MSG.TRUNC those of the whole message)." },
  { name: "getsockopt", on: "sys", nr: 55, args: [fd, int("level"), int("option"), { name: "out", kind: "struct", struct: "SocketOption", dir: "out" }],
    registers: ["fd", "level", "option", "&out.value", "&out.length=8"], result: errno, kfunc: "anycall_getsockopt", flags: ["sleepable"],
    scripted: false, man: "getsockopt(2)", summary: "An option of a socket." },

  { name: "open", on: "sys", nr: 257, args: [path, flags, mode, err], result: { type: "handle", kind: "handle" },
    kfunc: "anycall_open", flags: ["acquire", "ret-null", "sleepable"], man: "open(2)", summary: "Open a file as a handle that `using` releases." },
  { name: "release", on: "file", nr: 3, args: [file], result: { type: "i32", kind: "value" },
    kfunc: "anycall_file_put", flags: ["release", "sleepable"], man: "close(2)", summary: "Release the handle (written by `using`, never by hand)." },
  { name: "read", on: "file", nr: 0, args: [file, { name: "buf", kind: "out" }, { name: "at", kind: "int", type: "i64", optional: -1 }],
    result: { type: "i32", kind: "count", countOf: 1 }, kfunc: "anycall_file_read", flags: ["sleepable", "trusted-args"],
    man: "pread(2)", summary: "Read at the handle's position, or at `at`; bytes read, 0 at the end." },
  { name: "write", on: "file", nr: 1, args: [file, { name: "buf", kind: "in", text: true }, { name: "at", kind: "int", type: "i64", optional: -1 }],
    result: { type: "i32", kind: "count", countOf: 1 }, kfunc: "anycall_file_write", flags: ["sleepable", "trusted-args"],
    man: "pwrite(2)", summary: "Write at the handle's position, or at `at`; bytes written." },
  { name: "seek", on: "file", nr: 8, args: [file, { name: "offset", kind: "int", type: "i64" }, { name: "whence", kind: "int", type: "i32" }],
    result: { type: "i64", kind: "offset" }, kfunc: "anycall_file_seek", flags: ["sleepable", "trusted-args"], man: "lseek(2)", summary: "Move the handle's position." },
  { name: "stat", on: "file", nr: 5, args: [file, statOut], result: errno, kfunc: "anycall_file_stat", flags: ["sleepable", "trusted-args"],
    man: "fstat(2)", summary: "Metadata of the open file." },
  { name: "open", on: "file", nr: 257, args: [file, path, { name: "how", kind: "int", type: "u64" }, err], result: { type: "handle", kind: "handle" },
    kfunc: "anycall_file_open", flags: ["acquire", "ret-null", "sleepable", "trusted-args"], man: "openat(2)",
    summary: "Open a path relative to this directory. `how` packs flags (low 32 bits) and mode (high 32 bits): five registers." },
  { name: "statAt", on: "file", nr: 262, args: [file, path, statOut, { ...flags, optional: 0 }], result: errno,
    kfunc: "anycall_file_stat_at", flags: ["sleepable", "trusted-args"], man: "fstatat(2)", summary: "Metadata of a path relative to this directory." },
  { name: "readFile", on: "file", nr: 257, args: [file, path, { name: "buf", kind: "out" }], result: { type: "i32", kind: "count", countOf: 2 },
    kfunc: "anycall_file_read_file", flags: ["sleepable", "trusted-args"], scripted: false, man: "open(2)",
    summary: "Open a file relative to this directory, read it to its end or till `buf` is full, close it; bytes read." },
  { name: "readDir", on: "file", nr: 217, args: [file, { name: "buf", kind: "out" }], result: { type: "i32", kind: "count", countOf: 1 },
    kfunc: "anycall_file_read_dir", flags: ["sleepable", "trusted-args"], scripted: false, man: "getdents64(2)",
    summary: "This directory's next entries with their metadata, as DirectoryEntry records; bytes filled, 0 at the end." },
] as const satisfies readonly OpRow[];

/** `sys.read`, `file.read`, …: the operation's unique name everywhere (IR text, traces, metadata). */
export type OpName = NameOf<(typeof OPS)[number]>;
/** Distributes over the rows, so that only names of rows are in it. */
type NameOf<Row> = Row extends { on: infer On extends string; name: infer Name extends string } ? `${On}.${Name}` : never;

const byName = new Map<string, OpRow>(OPS.map((row) => [`${row.on}.${row.name}`, row]));
const byKfunc = new Map<string, OpRow>(OPS.map((row) => [row.kfunc, row]));

/** The row of `name` (`sys.read`), or undefined. */
export function findOp(name: string): OpRow | undefined {
  return byName.get(name);
}
/** The row behind a kfunc of ours, or undefined. */
export function opOfKfunc(kfunc: string): OpRow | undefined {
  return byKfunc.get(kfunc);
}
/** The operation's unique name. */
export function opName(row: OpRow): string {
  return `${row.on}.${row.name}`;
}

/** Register kinds of the kfunc call that an argument becomes, in order. At most 5 in all (checked by a test). */
export type KfuncParam =
  | { readonly name: string; readonly kind: "int"; readonly type: IntName }
  | { readonly name: string; readonly kind: "mem"; readonly const: boolean }
  | { readonly name: string; readonly kind: "size" }
  | { readonly name: string; readonly kind: "struct"; readonly struct: StructName; readonly const: boolean; readonly nullable: boolean }
  | { readonly name: string; readonly kind: "err" }
  | { readonly name: string; readonly kind: "file" };

/** The kfunc's parameters derived from a row: byte ranges become a pointer and its `__sz` length. */
export function kfuncParams(row: OpRow): readonly KfuncParam[] {
  return row.args.flatMap((arg): KfuncParam[] => {
    switch (arg.kind) {
      case "int":
      case "fd":
      case "flags":
        return [{ name: arg.name, kind: "int", type: arg.type }];
      case "path":
      case "in":
      case "out":
        return [
          { name: arg.name, kind: "mem", const: arg.kind !== "out" },
          { name: `${arg.name}__sz`, kind: "size" },
        ];
      case "struct":
        return [{ name: arg.optional ? `${arg.name}__nullable` : arg.name, kind: "struct", struct: arg.struct, const: arg.dir === "in", nullable: arg.optional === true }];
      case "err":
        return [{ name: arg.name, kind: "err" }];
      case "handle":
        return [{ name: arg.name, kind: "file" }];
    }
  });
}

/** One register of the native system call. `path`: the address of a terminated copy; `slot` counts the paths of the call. */
export type NativeRegister =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "int"; readonly arg: number }
  | { readonly kind: "pointer"; readonly arg: number }
  | { readonly kind: "length"; readonly arg: number; readonly unit: number }
  /** Address of a struct's field, where `preset` is put first. */
  | { readonly kind: "field"; readonly arg: number; readonly field: string; readonly offset: number; readonly preset: number | undefined }
  /** Value of a struct's 32-bit field; -1 if it is more than `most`. */
  | { readonly kind: "bounded"; readonly arg: number; readonly field: string; readonly offset: number; readonly most: number }
  | { readonly kind: "path"; readonly arg: number; readonly slot: number };

/** Registers of the row's native call, for rows that hand their arguments on. Handles and `err` are not among them. */
export function nativeRegisters(row: OpRow): readonly NativeRegister[] {
  let paths = 0;
  const value = (arg: number): NativeRegister => {
    const { kind } = row.args[arg]!;
    if (kind === "path") return { kind: "path", arg, slot: paths++ };
    return { kind: kind === "int" || kind === "fd" || kind === "flags" ? "int" : "pointer", arg };
  };
  if (!row.registers) {
    return row.args.flatMap(({ kind }, arg): NativeRegister[] => [value(arg), ...(kind === "in" || kind === "out" ? [{ kind: "length", arg, unit: 1 } as const] : [])]);
  }
  const place = (name: string, field: string) => {
    const arg = row.args.findIndex((spec) => spec.name === name);
    const spec = row.args[arg];
    const found = spec?.kind === "struct" ? STRUCTS[spec.struct].fields.find((one) => one.name === field) : undefined;
    if (!found) throw new Error(`${row.name}: no field ${name}.${field}`);
    return { arg, field, offset: found.offset };
  };
  return row.registers.map((register): NativeRegister => {
    if (typeof register === "number") return { kind: "constant", value: register };
    const [, sign, struct, field, relation, bound] = /^([&*])(\w+)\.(\w+)(?:(=|<=)(\d+))?$/.exec(register) ?? [];
    if (sign === "&") return { kind: "field", ...place(struct!, field!), preset: relation === undefined ? undefined : Number(bound) };
    if (sign === "*") return { kind: "bounded", ...place(struct!, field!), most: Number(bound) };
    const [, name, unit] = /^(\w+)(?:\.length(?:\/(\d+))?)?$/.exec(register)!;
    const arg = row.args.findIndex((spec) => spec.name === name);
    if (arg < 0) throw new Error(`${row.name}: no argument ${name}`);
    return register === name ? value(arg) : { kind: "length", arg, unit: Number(unit ?? 1) };
  });
}

/** C name of the opaque kernel object behind a handle. */
export const FILE_STRUCT = "anycall_file";
/** Upper bound of a count result, whatever the buffer: Linux's MAX_RW_COUNT. */
export const MAX_RW_COUNT = 0x7ffff000;
