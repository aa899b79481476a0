/**
 * "anycall/kernel": the kernel's own objects, typed. Declared for the editor; the compiler does not accept them yet and
 * says so, and as plain JavaScript every function throws AC4001.
 */
import { notCompiled } from "./not-compiled.ts";
import type { Arr, i32, i64, Str, u32, u64 } from "./types.ts";

export interface task_struct {
  readonly pid: i32;
  readonly tgid: i32;
  readonly utime: u64;
  readonly stime: u64;
  readonly comm: Str<16>;
  readonly real_parent: task_struct;
  readonly group_leader: task_struct;
  readonly mm: mm_struct | null;
  readonly signal: signal_struct;
  readonly cred: cred;
  readonly flags: u32;
  readonly __state?: u32;
  readonly prio: i32;
  readonly start_time: u64;
}
export interface mm_struct {
  readonly total_vm: u64;
  readonly exe_file: file | null;
  readonly rss_stat: Arr<percpu_counter, 4>;
}
export interface percpu_counter {
  readonly count: i64;
}
export interface file {
  readonly f_flags: u32;
  readonly f_inode: inode;
}
export interface inode {
  readonly i_ino: u64;
  readonly i_size: i64;
}
export interface signal_struct {
  readonly nr_threads: i32;
  readonly tty: object | null;
}
export interface cred {
  readonly uid: kuid_t;
  readonly gid: kgid_t;
}
export interface kuid_t {
  readonly val: u32;
}
export interface kgid_t {
  readonly val: u32;
}

/** Every process. */
export function tasks(): Iterable<task_struct> {
  throw notCompiled("tasks");
}
/** Every thread, or those of one process. */
export function threads(_of?: task_struct): Iterable<task_struct> {
  throw notCompiled("threads");
}
/** Whether the running kernel has the field. */
export function exists(_field: unknown): boolean {
  throw notCompiled("exists");
}
