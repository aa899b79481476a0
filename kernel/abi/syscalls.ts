/**
 * The table of kernel operations: system calls (`sys.NAME`) and the methods of an open file (`file.NAME`).
 *
 * Everything about an operation is derived from its row: the typed declaration in the library, lowering, the kfunc's
 * prototype in BTF, the simulator's signature, the user engine's marshalling, the module's registration check, the
 * docs page. Adding an operation is one row + its C function + a test. Data only; no behaviour lives here.
 */
import type { StructName } from "./structs.ts";

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

export const OPS = [
  { name: "getpid", on: "sys", nr: 39, args: [], result: { type: "i32", kind: "value" }, kfunc: "anycall_getpid", flags: [],
    stock: { form: "ns_tgid", helpers: ["get_ns_current_pid_tgid", "get_current_pid_tgid"], exact: ["pid-namespace"] },
    man: "getpid(2)", summary: "The calling process's id." },
  { name: "gettid", on: "sys", nr: 186, args: [], result: { type: "i32", kind: "value" }, kfunc: "anycall_gettid", flags: [],
    stock: { form: "ns_pid", helpers: ["get_ns_current_pid_tgid", "get_current_pid_tgid"], exact: ["pid-namespace"] },
    man: "gettid(2)", summary: "The calling thread's id." },
  { name: "getppid", on: "sys", nr: 110, args: [], result: { type: "i32", kind: "value" }, kfunc: "anycall_getppid", flags: [],
    man: "getppid(2)", summary: "The parent process's id." },
  { name: "getuid", on: "sys", nr: 102, args: [], result: { type: "u32", kind: "value" }, kfunc: "anycall_getuid", flags: [],
    stock: { form: "uid", helpers: ["get_current_uid_gid"], exact: ["initial-user-namespace"] },
    man: "getuid(2)", summary: "The real user id." },
  { name: "getgid", on: "sys", nr: 104, args: [], result: { type: "u32", kind: "value" }, kfunc: "anycall_getgid", flags: [],
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

/** C name of the opaque kernel object behind a handle. */
export const FILE_STRUCT = "anycall_file";
/** Upper bound of a count result, whatever the buffer: Linux's MAX_RW_COUNT. */
export const MAX_RW_COUNT = 0x7ffff000;
