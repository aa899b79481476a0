/**
 * Kernel functions that are modelled: ours, from the table of operations, the number iterator, and the few of the kernel's
 * own that SYSCALL programs may call and that need no more than objects, references and numbers. Prototypes and flags are
 * data; flags are not in BTF (include/linux/btf.h, KF_*), so they are rows here.
 */
import { FILE_STRUCT, type KfuncParam, kfuncParams, opOfKfunc } from "../../kernel/abi/syscalls.ts";

export type IteratorStep = "new" | "next" | "destroy";
const ITERATORS: Readonly<Record<string, IteratorStep>> = { bpf_iter_num_new: "new", bpf_iter_num_next: "next", bpf_iter_num_destroy: "destroy" };
const ITERATOR_PARAMETERS: Readonly<Record<IteratorStep, number>> = { new: 3, next: 1, destroy: 1 };

/** Which step of the number iterator a kfunc is; undefined if it is none. */
export function iteratorKfunc(name: string): IteratorStep | undefined {
  return ITERATORS[name];
}

/** What an argument must be: memory and numbers as in the table of operations, or a pointer to a kernel object. */
export type Parameter = Exclude<KfuncParam, { kind: "file" }> | { readonly name: string; readonly kind: "object"; readonly struct: string };

export interface ModelledKfunc {
  readonly name: string;
  /** acquire, release, ret-null, trusted-args, sleepable. */
  readonly flags: readonly string[];
  readonly params: readonly Parameter[];
  /** Struct of the object that is returned; absent: a number or nothing. */
  readonly result?: string;
  /** Needs a license that is compatible with the GPL: all that are not ours. */
  readonly gpl: boolean;
}

const number = (name: string, type: "i32" | "u64"): Parameter => ({ name, kind: "int", type });
const key: Parameter = { name: "bkey", kind: "object", struct: "bpf_key" };
const ACQUIRES = ["acquire", "ret-null"];

/** kernel/trace/bpf_trace.c (key_kfunc_set), since 6.1. */
const KERNEL: readonly ModelledKfunc[] = [
  { name: "bpf_lookup_user_key", flags: [...ACQUIRES, "sleepable"], params: [number("serial", "i32"), number("flags", "u64")], result: "bpf_key", gpl: true },
  { name: "bpf_lookup_system_key", flags: ACQUIRES, params: [number("id", "u64")], result: "bpf_key", gpl: true },
  { name: "bpf_key_put", flags: ["release"], params: [key], gpl: true },
];
/** Of net/bpf/test_run.c: destructors of the objects of the self-tests. */
const TEST_RELEASES = { bpf_kfunc_call_test_release: "prog_test_ref_kfunc", bpf_kfunc_call_memb_release: "prog_test_member" } as const;
const TESTS: readonly ModelledKfunc[] = Object.entries(TEST_RELEASES).map(([name, struct]) => ({ name, flags: ["release"], params: [{ name: "p", kind: "object", struct }], gpl: true }));

/** Functions of Linux 6.18 that programs of other types may call; for SYSCALL each is refused by name. As that kernel answers. */
const OTHER_TYPES: ReadonlySet<string> = new Set([
  "bpf_crypto_decrypt", "bpf_crypto_encrypt", "bpf_ct_change_status", "bpf_ct_change_timeout", "bpf_ct_insert_entry", "bpf_ct_release", "bpf_ct_set_nat_info",
  "bpf_ct_set_status", "bpf_ct_set_timeout", "bpf_dynptr_from_skb", "bpf_dynptr_from_skb_meta", "bpf_dynptr_from_xdp", "bpf_get_dentry_xattr", "bpf_get_file_xattr",
  "bpf_get_task_exe_file", "bpf_path_d_path", "bpf_put_file", "bpf_remove_dentry_xattr", "bpf_session_cookie", "bpf_session_is_return", "bpf_set_dentry_xattr",
  "bpf_sk_assign_tcp_reqsk", "bpf_skb_ct_alloc", "bpf_skb_ct_lookup", "bpf_sock_addr_set_sun_path", "bpf_sock_destroy", "bpf_sock_ops_enable_tx_tstamp",
  "bpf_xdp_ct_alloc", "bpf_xdp_ct_lookup", "bpf_xdp_get_xfrm_state", "bpf_xdp_pull_data", "bpf_xdp_xfrm_state_release", "css_rstat_flush", "css_rstat_updated",
  "tcp_cong_avoid_ai", "tcp_reno_cong_avoid", "tcp_reno_ssthresh", "tcp_reno_undo_cwnd", "tcp_slow_start",
]);
export function isForOtherPrograms(name: string): boolean {
  return OTHER_TYPES.has(name);
}

const KERNEL_BY_NAME = new Map([...KERNEL, ...TESTS].map((kfunc) => [kfunc.name, kfunc]));

/** The prototype of a kfunc, of the kernel's or of our module's; undefined if it is not modelled. */
export function modelledKfunc(name: string): ModelledKfunc | undefined {
  const row = opOfKfunc(name);
  if (!row) return KERNEL_BY_NAME.get(name);
  const params = kfuncParams(row).map((param): Parameter => (param.kind === "file" ? { name: param.name, kind: "object", struct: FILE_STRUCT } : param));
  const flags: readonly string[] = row.flags;
  return { name, flags, params, gpl: false, ...(flags.includes("acquire") && { result: FILE_STRUCT }) };
}

/** Registers that a modelled kfunc reads. */
export function kfuncParameterCount(name: string): number | undefined {
  const step = iteratorKfunc(name);
  return step ? ITERATOR_PARAMETERS[step] : modelledKfunc(name)?.params.length;
}
