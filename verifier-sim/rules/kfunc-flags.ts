/**
 * Kernel functions that SYSCALL programs may call and what is special about them. Prototypes come from BTF; these flags (KF_* of
 * include/linux/btf.h) do not, nor which program types a function is for. As Linux 6.18 has them; a function exists where the
 * kernel's BTF has it. Rows that older kernels have differently say so.
 */
import { type KernelProfile, olderThan } from "../../kernel/abi/profiles.ts";

export type KfuncFlag =
  | "acquire" // the result is a reference that must be given back
  | "release" // gives its argument's reference back
  | "ret-null" // the result may be NULL
  | "trusted-args" // pointers must be trusted or held
  | "rcu" // pointers must be trusted, held, or under RCU
  | "rcu-protected" // an iterator that is valid in one RCU region
  | "sleepable"
  | "destructive"
  | "iter-new"
  | "iter-next"
  | "iter-destroy"
  | "untrusted-result"
  | "unmodelled" // needs what is not modelled
  | "other-programs"; // for programs of other types

const ACQUIRE_NULL: readonly KfuncFlag[] = ["acquire", "ret-null"];
const RCU_ACQUIRE: readonly KfuncFlag[] = ["acquire", "rcu", "ret-null"];

/** The three functions of an iterator. `made`: flags of `new`; `all`: flags of each. */
function iterator(name: string, made: readonly KfuncFlag[] = [], all: readonly KfuncFlag[] = []): Record<string, readonly KfuncFlag[]> {
  return {
    [`bpf_iter_${name}_new`]: ["iter-new", ...made, ...all],
    [`bpf_iter_${name}_next`]: ["iter-next", "ret-null", ...all],
    [`bpf_iter_${name}_destroy`]: ["iter-destroy", ...all],
  };
}

function each(names: readonly string[], flags: readonly KfuncFlag[]): Record<string, readonly KfuncFlag[]> {
  return Object.fromEntries(names.map((name) => [name, flags]));
}

const CPUMASK = [
  "and", "any_and_distribute", "any_distribute", "clear", "clear_cpu", "copy", "empty", "equal", "first", "first_and", "first_zero", "full", "intersects", "or",
  "set_cpu", "setall", "subset", "test_and_clear_cpu", "test_and_set_cpu", "test_cpu", "weight", "xor", "populate",
].map((name) => `bpf_cpumask_${name}`);

const STRINGS = ["strcmp", "strcasecmp", "strchr", "strchrnul", "strnchr", "strrchr", "strlen", "strnlen", "strspn", "strcspn", "strstr", "strnstr"].map((name) => `bpf_${name}`);

const UNMODELLED = [
  "bpf_arena_alloc_pages", "bpf_arena_free_pages", "bpf_arena_reserve_pages", "bpf_obj_new_impl", "bpf_obj_drop_impl", "bpf_percpu_obj_new_impl",
  "bpf_percpu_obj_drop_impl", "bpf_refcount_acquire_impl", "bpf_list_back", "bpf_list_front", "bpf_list_pop_back", "bpf_list_pop_front", "bpf_list_push_back_impl",
  "bpf_list_push_front_impl", "bpf_rbtree_add_impl", "bpf_rbtree_first", "bpf_rbtree_left", "bpf_rbtree_remove", "bpf_rbtree_right", "bpf_rbtree_root",
  "bpf_res_spin_lock", "bpf_res_spin_lock_irqsave", "bpf_res_spin_unlock", "bpf_res_spin_unlock_irqrestore", "bpf_local_irq_restore", "bpf_local_irq_save",
  "bpf_preempt_disable", "bpf_preempt_enable", "bpf_throw", "__bpf_trap", "bpf_wq_init", "bpf_wq_set_callback_impl", "bpf_wq_start", "bpf_cast_to_kern_ctx",
  "bpf_stream_vprintk_impl", "bpf_task_work_schedule_resume_impl", "bpf_task_work_schedule_signal_impl", "bpf_modify_return_test_tp", "bpf_dynptr_adjust",
  "bpf_dynptr_clone", "bpf_dynptr_copy", "bpf_dynptr_is_null", "bpf_dynptr_is_rdonly", "bpf_dynptr_memset", "bpf_dynptr_size", "bpf_dynptr_slice",
  "bpf_dynptr_slice_rdwr", "bpf_xdp_metadata_rx_hash", "bpf_xdp_metadata_rx_timestamp", "bpf_xdp_metadata_rx_vlan_tag", "crash_kexec",
];

const FLAGS: Readonly<Record<string, readonly KfuncFlag[]>> = {
  ...each(UNMODELLED, ["unmodelled"]),
  ...iterator("num"),
  ...iterator("bits"),
  ...iterator("task", ["trusted-args", "rcu-protected"]),
  ...iterator("css", ["trusted-args", "rcu-protected"]),
  ...iterator("css_task", ["trusted-args"]),
  ...iterator("task_vma", ["rcu"]),
  ...iterator("kmem_cache", [], ["sleepable"]),
  ...iterator("dmabuf", [], ["sleepable"]),
  bpf_rcu_read_lock: [],
  bpf_rcu_read_unlock: [],
  bpf_rdonly_cast: [],
  bpf_task_acquire: RCU_ACQUIRE,
  bpf_task_release: ["release"],
  bpf_task_from_pid: ACQUIRE_NULL,
  bpf_task_from_vpid: ACQUIRE_NULL,
  bpf_task_under_cgroup: ["rcu"],
  bpf_task_get_cgroup1: RCU_ACQUIRE,
  bpf_send_signal_task: ["trusted-args"],
  bpf_cgroup_acquire: RCU_ACQUIRE,
  bpf_cgroup_ancestor: RCU_ACQUIRE,
  bpf_cgroup_release: ["release"],
  bpf_cgroup_from_id: ACQUIRE_NULL,
  ...each(CPUMASK, ["rcu"]),
  bpf_cpumask_create: ACQUIRE_NULL,
  bpf_cpumask_acquire: ["acquire", "trusted-args"],
  bpf_cpumask_release: ["release"],
  bpf_crypto_ctx_create: ["acquire", "ret-null", "sleepable"],
  bpf_crypto_ctx_acquire: RCU_ACQUIRE,
  bpf_crypto_ctx_release: ["release"],
  bpf_get_kmem_cache: ["untrusted-result"],
  bpf_map_sum_elem_count: ["trusted-args"],
  bpf_copy_from_user_str: ["sleepable"],
  bpf_copy_from_user_task_str: ["sleepable"],
  ...each(STRINGS, []),
  bpf_lookup_user_key: ["acquire", "ret-null", "sleepable"],
  bpf_lookup_system_key: ACQUIRE_NULL,
  bpf_key_put: ["release"],
  bpf_kfunc_call_test_release: ["release"],
  bpf_kfunc_call_memb_release: ["release"],
};

/** Rows that were different before a version. */
const KEYS = ["bpf_lookup_user_key", "bpf_lookup_system_key", "bpf_key_put"];
const EARLIER: readonly { readonly name: string; readonly before: readonly [number, number]; readonly flags: readonly KfuncFlag[] }[] = [
  ...KEYS.map((name) => ({ name, before: [6, 13] as const, flags: ["other-programs"] as const })),
  ...KEYS.map((name) => ({ name, before: [6, 18] as const, flags: ["unmodelled"] as const })),
  { name: "crash_kexec", before: [6, 2], flags: ["other-programs"] },
  // References could not be refused yet.
  ...["bpf_task_acquire", "bpf_cgroup_acquire", "bpf_cgroup_ancestor"].map((name) => ({ name, before: [6, 7] as const, flags: ["unmodelled"] as const })),
];

/** Flags of a function of the kernel; undefined where no row is: a function that is not modelled. */
export function kernelKfuncFlags(name: string, { version }: KernelProfile): readonly KfuncFlag[] | undefined {
  const earlier = EARLIER.find((row) => row.name === name && olderThan(version, row.before));
  return earlier?.flags ?? (Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined);
}

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

/** All functions that have a row, by name. */
export const KERNEL_KFUNCS: readonly string[] = Object.keys(FLAGS);
