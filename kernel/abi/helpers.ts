/**
 * The kernel's BPF helper functions (bpf-helpers(7)): names by id, first version, and for those that a sleepable SYSCALL program
 * may call under full capabilities, what they take and return as the verifier sees it. Data and look-ups only; the rules that
 * interpret an argument kind belong to the verifier simulator. helpers.test.ts asks the running kernel about every id.
 */

/** What an argument must be. */
export type HelperArgKind =
  | "const-map-ptr" // a map, known when the program is loaded
  | "map-key" // readable memory of the map's key size
  | "map-value" // memory of the map's value size
  | "mem" // memory whose size is in the next argument, or `size` bytes if given
  | "size" // byte count of the preceding mem, at least 1
  | "size-or-zero" // the same, 0 allowed
  | "alloc-size-or-zero" // a known constant: size of the memory returned
  | "ctx"
  | "anything" // any initialized value
  | "scalar" // an initialized number
  | "spin-lock"
  | "sock-common"
  | "btf-id" // a kernel object of type `btf` (absent: fixed by the call's other argument)
  | "btf-id-sock-common"
  | "percpu-btf-id"
  | "ringbuf-mem"
  | "func" // a callback subprogram
  | "stack"
  | "const-str" // NUL-terminated, in a read-only map
  | "timer"
  | "kptr-xchg-dest"
  | "dynptr";

export interface HelperArg {
  readonly kind: HelperArgKind;
  /** NULL is allowed. */
  readonly nullable?: true;
  /** mem, map-value: need not be initialized; the helper initializes it. */
  readonly uninit?: true;
  /** mem, map-value: the helper writes it. */
  readonly write?: true;
  /** mem, dynptr: the helper only reads it, so read-only memory will do. */
  readonly rdonly?: true;
  /** mem: a fixed size in bytes instead of a size argument. */
  readonly size?: number;
  /** mem: must be aligned to its size. */
  readonly aligned?: true;
  /** The reference passed is given up by the call. */
  readonly release?: true;
  /** btf-id: name of the kernel's struct. */
  readonly btf?: string;
  /** dynptr: which type it must have, or will have when `uninit`. */
  readonly dynptr?: "any" | "local" | "ringbuf";
}

/** What the result register holds. */
export type HelperReturn = "integer" | "void" | "map-value" | "ringbuf-mem" | "dynptr-mem" | "btf-id" | "mem-or-btf-id";

export interface HelperProto {
  readonly ret: HelperReturn;
  /** The result may be NULL. */
  readonly retNullable?: true;
  /** The result is a trusted pointer (PTR_TRUSTED). */
  readonly retTrusted?: true;
  /** btf-id: name of the kernel's struct; absent for kptr_xchg, whose result has the kptr's type. */
  readonly retBtf?: string;
  /**
   * Range of an integer result that the verifier assumes. memory-size: [-4095, the largest value of the size argument];
   * cpu: [0, possible CPUs - 1]. Absent: unknown.
   */
  readonly retRange?: "memory-size" | "cpu";
  /** At most five. */
  readonly args: readonly HelperArg[];
  /** Only for programs with a GPL-compatible license. */
  readonly gpl?: true;
  /** May sleep: refused inside RCU read-side critical sections and with preemption off. */
  readonly sleeps?: true;
  /** The result is a reference that must be released. (map_lookup_elem of socket maps too, which SYSCALL programs can't use.) */
  readonly acquires?: true;
  /** Calls its `func` argument before it returns (sync) or later (async). */
  readonly callback?: "sync" | "async";
  /** The result is the argument under another type and shares its reference. */
  readonly castsPointer?: true;
  /** Known to the program type, yet every call is refused with this text. */
  readonly refused?: string;
  /** As `refused`, after its arguments were found right. */
  readonly refusedByType?: string;
}

/** Names without `bpf_`, by id: 0 (unspec) to 211, the last there is. The verifier prints them as `bpf_NAME#ID`. */
export const HELPER_NAMES: readonly string[] = [
  "unspec", "map_lookup_elem", "map_update_elem", "map_delete_elem", "probe_read", "ktime_get_ns", "trace_printk", "get_prandom_u32", "get_smp_processor_id",
  "skb_store_bytes", "l3_csum_replace", "l4_csum_replace", "tail_call", "clone_redirect", "get_current_pid_tgid", "get_current_uid_gid", "get_current_comm",
  "get_cgroup_classid", "skb_vlan_push", "skb_vlan_pop", "skb_get_tunnel_key", "skb_set_tunnel_key", "perf_event_read", "redirect", "get_route_realm",
  "perf_event_output", "skb_load_bytes", "get_stackid", "csum_diff", "skb_get_tunnel_opt", "skb_set_tunnel_opt", "skb_change_proto", "skb_change_type",
  "skb_under_cgroup", "get_hash_recalc", "get_current_task", "probe_write_user", "current_task_under_cgroup", "skb_change_tail", "skb_pull_data",
  "csum_update", "set_hash_invalid", "get_numa_node_id", "skb_change_head", "xdp_adjust_head", "probe_read_str", "get_socket_cookie", "get_socket_uid",
  "set_hash", "setsockopt", "skb_adjust_room", "redirect_map", "sk_redirect_map", "sock_map_update", "xdp_adjust_meta", "perf_event_read_value",
  "perf_prog_read_value", "getsockopt", "override_return", "sock_ops_cb_flags_set", "msg_redirect_map", "msg_apply_bytes", "msg_cork_bytes", "msg_pull_data",
  "bind", "xdp_adjust_tail", "skb_get_xfrm_state", "get_stack", "skb_load_bytes_relative", "fib_lookup", "sock_hash_update", "msg_redirect_hash",
  "sk_redirect_hash", "lwt_push_encap", "lwt_seg6_store_bytes", "lwt_seg6_adjust_srh", "lwt_seg6_action", "rc_repeat", "rc_keydown", "skb_cgroup_id",
  "get_current_cgroup_id", "get_local_storage", "sk_select_reuseport", "skb_ancestor_cgroup_id", "sk_lookup_tcp", "sk_lookup_udp", "sk_release",
  "map_push_elem", "map_pop_elem", "map_peek_elem", "msg_push_data", "msg_pop_data", "rc_pointer_rel", "spin_lock", "spin_unlock", "sk_fullsock", "tcp_sock",
  "skb_ecn_set_ce", "get_listener_sock", "skc_lookup_tcp", "tcp_check_syncookie", "sysctl_get_name", "sysctl_get_current_value", "sysctl_get_new_value",
  "sysctl_set_new_value", "strtol", "strtoul", "sk_storage_get", "sk_storage_delete", "send_signal", "tcp_gen_syncookie", "skb_output", "probe_read_user",
  "probe_read_kernel", "probe_read_user_str", "probe_read_kernel_str", "tcp_send_ack", "send_signal_thread", "jiffies64", "read_branch_records",
  "get_ns_current_pid_tgid", "xdp_output", "get_netns_cookie", "get_current_ancestor_cgroup_id", "sk_assign", "ktime_get_boot_ns", "seq_printf", "seq_write",
  "sk_cgroup_id", "sk_ancestor_cgroup_id", "ringbuf_output", "ringbuf_reserve", "ringbuf_submit", "ringbuf_discard", "ringbuf_query", "csum_level",
  "skc_to_tcp6_sock", "skc_to_tcp_sock", "skc_to_tcp_timewait_sock", "skc_to_tcp_request_sock", "skc_to_udp6_sock", "get_task_stack", "load_hdr_opt",
  "store_hdr_opt", "reserve_hdr_opt", "inode_storage_get", "inode_storage_delete", "d_path", "copy_from_user", "snprintf_btf", "seq_printf_btf",
  "skb_cgroup_classid", "redirect_neigh", "per_cpu_ptr", "this_cpu_ptr", "redirect_peer", "task_storage_get", "task_storage_delete", "get_current_task_btf",
  "bprm_opts_set", "ktime_get_coarse_ns", "ima_inode_hash", "sock_from_file", "check_mtu", "for_each_map_elem", "snprintf", "sys_bpf",
  "btf_find_by_name_kind", "sys_close", "timer_init", "timer_set_callback", "timer_start", "timer_cancel", "get_func_ip", "get_attach_cookie",
  "task_pt_regs", "get_branch_snapshot", "trace_vprintk", "skc_to_unix_sock", "kallsyms_lookup_name", "find_vma", "loop", "strncmp", "get_func_arg",
  "get_func_ret", "get_func_arg_cnt", "get_retval", "set_retval", "xdp_get_buff_len", "xdp_load_bytes", "xdp_store_bytes", "copy_from_user_task",
  "skb_set_tstamp", "ima_file_hash", "kptr_xchg", "map_lookup_percpu_elem", "skc_to_mptcp_sock", "dynptr_from_mem", "ringbuf_reserve_dynptr",
  "ringbuf_submit_dynptr", "ringbuf_discard_dynptr", "dynptr_read", "dynptr_write", "dynptr_data", "tcp_raw_gen_syncookie_ipv4",
  "tcp_raw_gen_syncookie_ipv6", "tcp_raw_check_syncookie_ipv4", "tcp_raw_check_syncookie_ipv6", "ktime_get_tai_ns", "user_ringbuf_drain", "cgrp_storage_get",
  "cgrp_storage_delete",
];

const MAP: HelperArg = { kind: "const-map-ptr" };
const KEY: HelperArg = { kind: "map-key" };
const VALUE: HelperArg = { kind: "map-value" };
const VALUE_OUT: HelperArg = { kind: "map-value", uninit: true, write: true };
const VALUE_OR_NULL: HelperArg = { kind: "map-value", nullable: true };
const MEM: HelperArg = { kind: "mem" };
const MEM_IN: HelperArg = { kind: "mem", rdonly: true };
const MEM_OUT: HelperArg = { kind: "mem", uninit: true, write: true };
const MEM_WRITE_OR_NULL: HelperArg = { kind: "mem", nullable: true, write: true };
const MEM_IN_OR_NULL: HelperArg = { kind: "mem", rdonly: true, nullable: true };
/** A 64-bit result, written through a pointer. */
const LONG_OUT: HelperArg = { kind: "mem", uninit: true, write: true, size: 8, aligned: true };
const SIZE: HelperArg = { kind: "size" };
const SIZE0: HelperArg = { kind: "size-or-zero" };
const ALLOC_SIZE0: HelperArg = { kind: "alloc-size-or-zero" };
const CTX: HelperArg = { kind: "ctx" };
const ANY: HelperArg = { kind: "anything" };
const SCALAR: HelperArg = { kind: "scalar" };
const SPIN_LOCK: HelperArg = { kind: "spin-lock" };
const SOCK_COMMON: HelperArg = { kind: "sock-common" };
const BTF_SOCK_COMMON: HelperArg = { kind: "btf-id-sock-common" };
const BTF_SOCK_COMMON_OR_NULL: HelperArg = { kind: "btf-id-sock-common", nullable: true };
const PERCPU: HelperArg = { kind: "percpu-btf-id" };
const RINGBUF_RELEASE: HelperArg = { kind: "ringbuf-mem", release: true };
const FUNC: HelperArg = { kind: "func" };
const STACK_OR_NULL: HelperArg = { kind: "stack", nullable: true };
const CONST_STR: HelperArg = { kind: "const-str" };
const TIMER: HelperArg = { kind: "timer" };
const KPTR_DEST: HelperArg = { kind: "kptr-xchg-dest" };
const KPTR_OR_NULL_RELEASE: HelperArg = { kind: "btf-id", nullable: true, release: true };
function btfId(btf: string, nullable = false): HelperArg {
  return nullable ? { kind: "btf-id", btf, nullable: true } : { kind: "btf-id", btf };
}
function dynptr(type: "any" | "local" | "ringbuf", use: "init" | "use" | "release"): HelperArg {
  const arg = { kind: "dynptr", dynptr: type } as const;
  if (use === "init") return { ...arg, uninit: true, write: true };
  return use === "release" ? { ...arg, release: true } : { ...arg, rdonly: true };
}

/** Helpers that a sleepable SYSCALL program of 6.18 may name, by id. An id that is absent here is refused by program type. */
export const HELPER_PROTOS: Readonly<Record<number, HelperProto>> = {
  1: { ret: "map-value", retNullable: true, args: [MAP, KEY] },
  2: { ret: "integer", args: [MAP, KEY, VALUE, ANY] },
  3: { ret: "integer", args: [MAP, KEY] },
  4: { ret: "integer", args: [MEM_OUT, SIZE0, ANY], gpl: true },
  5: { ret: "integer", args: [] },
  6: { ret: "integer", args: [MEM_IN, SIZE], gpl: true },
  7: { ret: "integer", args: [] },
  8: { ret: "integer", args: [], retRange: "cpu" },
  12: { ret: "void", args: [CTX, MAP, ANY] },
  14: { ret: "integer", args: [] },
  15: { ret: "integer", args: [] },
  16: { ret: "integer", args: [MEM_OUT, SIZE] },
  17: { ret: "integer", args: [] },
  22: { ret: "integer", args: [MAP, ANY], gpl: true },
  25: { ret: "integer", args: [CTX, MAP, ANY, MEM_IN, SIZE0], gpl: true },
  27: { ret: "integer", args: [CTX, MAP, ANY], gpl: true },
  35: { ret: "integer", args: [], gpl: true },
  37: { ret: "integer", args: [MAP, ANY] },
  42: { ret: "integer", args: [] },
  45: { ret: "integer", args: [MEM_OUT, SIZE0, ANY], retRange: "memory-size", gpl: true },
  46: { ret: "integer", args: [BTF_SOCK_COMMON_OR_NULL] },
  55: { ret: "integer", args: [MAP, ANY, MEM_OUT, SIZE], gpl: true },
  67: { ret: "integer", args: [CTX, MEM_OUT, SIZE0, ANY], retRange: "memory-size", gpl: true },
  80: { ret: "integer", args: [] },
  87: { ret: "integer", args: [MAP, VALUE, ANY] },
  88: { ret: "integer", args: [MAP, VALUE_OUT] },
  89: { ret: "integer", args: [MAP, VALUE_OUT] },
  93: { ret: "void", args: [SPIN_LOCK] },
  94: { ret: "void", args: [SPIN_LOCK] },
  105: { ret: "integer", args: [MEM_IN, SIZE, ANY, LONG_OUT] },
  106: { ret: "integer", args: [MEM_IN, SIZE, ANY, LONG_OUT] },
  107: { ret: "map-value", retNullable: true, args: [MAP, BTF_SOCK_COMMON, VALUE_OR_NULL, ANY], refused: "helper call is not allowed in probe" },
  108: { ret: "integer", args: [MAP, BTF_SOCK_COMMON], refused: "helper call is not allowed in probe" },
  109: { ret: "integer", args: [ANY] },
  111: { ret: "integer", args: [btfId("sk_buff"), MAP, ANY, MEM_IN, SIZE0], gpl: true },
  112: { ret: "integer", args: [MEM_OUT, SIZE0, ANY], gpl: true },
  113: { ret: "integer", args: [MEM_OUT, SIZE0, ANY], gpl: true },
  114: { ret: "integer", args: [MEM_OUT, SIZE0, ANY], retRange: "memory-size", gpl: true },
  115: { ret: "integer", args: [MEM_OUT, SIZE0, ANY], retRange: "memory-size", gpl: true },
  117: { ret: "integer", args: [ANY] },
  118: { ret: "integer", args: [] },
  120: { ret: "integer", args: [ANY, ANY, MEM_OUT, SIZE] },
  121: { ret: "integer", args: [btfId("xdp_buff"), MAP, ANY, MEM_IN, SIZE0], gpl: true },
  123: { ret: "integer", args: [ANY] },
  125: { ret: "integer", args: [] },
  130: { ret: "integer", args: [MAP, MEM_IN, SIZE0, ANY] },
  131: { ret: "ringbuf-mem", retNullable: true, args: [MAP, ALLOC_SIZE0, ANY], acquires: true },
  132: { ret: "void", args: [RINGBUF_RELEASE, ANY] },
  133: { ret: "void", args: [RINGBUF_RELEASE, ANY] },
  134: { ret: "integer", args: [MAP, ANY] },
  136: { ret: "btf-id", retNullable: true, retBtf: "tcp6_sock", args: [BTF_SOCK_COMMON], castsPointer: true },
  137: { ret: "btf-id", retNullable: true, retBtf: "tcp_sock", args: [BTF_SOCK_COMMON], castsPointer: true },
  138: { ret: "btf-id", retNullable: true, retBtf: "tcp_timewait_sock", args: [BTF_SOCK_COMMON], castsPointer: true },
  139: { ret: "btf-id", retNullable: true, retBtf: "tcp_request_sock", args: [BTF_SOCK_COMMON], castsPointer: true },
  140: { ret: "btf-id", retNullable: true, retBtf: "udp6_sock", args: [BTF_SOCK_COMMON], castsPointer: true },
  141: { ret: "integer", args: [btfId("task_struct"), MEM_OUT, SIZE0, ANY], retRange: "memory-size", sleeps: true },
  147: { ret: "integer", args: [btfId("path"), MEM, SIZE0], refused: "helper call is not allowed in probe" },
  148: { ret: "integer", args: [MEM_OUT, SIZE0, ANY], sleeps: true },
  149: { ret: "integer", args: [MEM, SIZE, MEM_IN, SIZE, ANY] },
  153: { ret: "mem-or-btf-id", retNullable: true, args: [PERCPU, ANY] },
  154: { ret: "mem-or-btf-id", args: [PERCPU] },
  156: { ret: "map-value", retNullable: true, args: [MAP, btfId("task_struct", true), VALUE_OR_NULL, ANY] },
  157: { ret: "integer", args: [MAP, btfId("task_struct", true)] },
  158: { ret: "btf-id", retTrusted: true, retBtf: "task_struct", args: [], gpl: true },
  162: { ret: "btf-id", retNullable: true, retBtf: "socket", args: [btfId("file")] },
  164: { ret: "integer", args: [MAP, FUNC, STACK_OR_NULL, ANY], callback: "sync" },
  165: { ret: "integer", args: [MEM_WRITE_OR_NULL, SIZE0, CONST_STR, MEM_IN_OR_NULL, SIZE0], gpl: true },
  166: { ret: "integer", args: [ANY, MEM_IN, SIZE], sleeps: true },
  167: { ret: "integer", args: [MEM_IN, SIZE, ANY, ANY], sleeps: true },
  168: { ret: "integer", args: [ANY], sleeps: true },
  169: { ret: "integer", args: [TIMER, MAP, ANY], gpl: true },
  170: { ret: "integer", args: [TIMER, FUNC], gpl: true, callback: "async" },
  171: { ret: "integer", args: [TIMER, ANY, ANY], gpl: true },
  172: { ret: "integer", args: [TIMER], gpl: true },
  173: { ret: "integer", args: [CTX], gpl: true, refusedByType: "func bpf_get_func_ip#173 not supported for program type 31" },
  175: { ret: "btf-id", retBtf: "pt_regs", args: [btfId("task_struct")], gpl: true },
  176: { ret: "integer", args: [MEM_OUT, SIZE0], gpl: true },
  177: { ret: "integer", args: [MEM_IN, SIZE, MEM_IN_OR_NULL, SIZE0], gpl: true },
  178: { ret: "btf-id", retNullable: true, retBtf: "unix_sock", args: [BTF_SOCK_COMMON] },
  179: { ret: "integer", args: [MEM, SIZE0, ANY, LONG_OUT] },
  180: { ret: "integer", args: [btfId("task_struct"), ANY, FUNC, STACK_OR_NULL, ANY], callback: "sync" },
  181: { ret: "integer", args: [SCALAR, FUNC, STACK_OR_NULL, ANY], callback: "sync" },
  182: { ret: "integer", args: [MEM_IN, SIZE, CONST_STR] },
  188: { ret: "integer", args: [btfId("xdp_buff")] },
  191: { ret: "integer", args: [MEM_OUT, SIZE0, ANY, btfId("task_struct"), ANY], gpl: true, sleeps: true },
  194: { ret: "btf-id", retNullable: true, args: [KPTR_DEST, KPTR_OR_NULL_RELEASE], acquires: true },
  195: { ret: "map-value", retNullable: true, args: [MAP, KEY, ANY] },
  196: { ret: "btf-id", retNullable: true, retBtf: "mptcp_sock", args: [SOCK_COMMON], castsPointer: true },
  197: { ret: "integer", args: [MEM_OUT, SIZE0, ANY, dynptr("local", "init")] },
  198: { ret: "integer", args: [MAP, ANY, ANY, dynptr("ringbuf", "init")] },
  199: { ret: "void", args: [dynptr("ringbuf", "release"), ANY] },
  200: { ret: "void", args: [dynptr("ringbuf", "release"), ANY] },
  201: { ret: "integer", args: [MEM_OUT, SIZE0, dynptr("any", "use"), ANY, ANY] },
  202: { ret: "integer", args: [dynptr("any", "use"), ANY, MEM_IN, SIZE0, ANY] },
  203: { ret: "dynptr-mem", retNullable: true, args: [dynptr("any", "use"), ANY, ALLOC_SIZE0] },
  208: { ret: "integer", args: [] },
  209: { ret: "integer", args: [MAP, FUNC, STACK_OR_NULL, ANY], callback: "sync" },
  210: { ret: "map-value", retNullable: true, args: [MAP, btfId("cgroup", true), VALUE_OR_NULL, ANY] },
  211: { ret: "integer", args: [MAP, btfId("cgroup", true)] },
};

/** First kernel version of the ids from the given one on. */
const SINCE: readonly (readonly [id: number, major: number, minor: number])[] = [
  [1, 3, 19], [4, 4, 1], [12, 4, 2], [17, 4, 3], [23, 4, 4], [26, 4, 5], [27, 4, 6], [31, 4, 8], [37, 4, 9], [42, 4, 10], [45, 4, 11], [46, 4, 12],
  [48, 4, 13], [51, 4, 14], [54, 4, 15], [58, 4, 16], [60, 4, 17], [65, 4, 18], [81, 4, 19], [84, 4, 20], [91, 5, 0], [93, 5, 1], [99, 5, 2], [109, 5, 3],
  [111, 5, 5], [117, 5, 6], [120, 5, 7], [125, 5, 8], [136, 5, 9], [142, 5, 10], [156, 5, 11], [163, 5, 12], [164, 5, 13], [166, 5, 14], [169, 5, 15],
  [176, 5, 16], [180, 5, 17], [186, 5, 18], [194, 5, 19], [204, 6, 0], [208, 6, 1], [210, 6, 2],
];

/** First kernel version [major, minor] that has helper `id`; undefined for an id that no kernel has. */
export function helperSince(id: number): readonly [number, number] | undefined {
  if (!(id >= 1 && id < HELPER_NAMES.length)) return undefined;
  const row = SINCE.findLast(([first]) => first <= id)!;
  return [row[1], row[2]];
}

/** The helper's name as the verifier prints it: `bpf_map_lookup_elem`, or `unknown` for an id that doesn't exist. */
export function helperName(id: number): string {
  const name = HELPER_NAMES[id];
  return name === undefined ? "unknown" : `bpf_${name}`;
}

const ids = new Map(HELPER_NAMES.map((name, id) => [name, id]));
/** Id of a helper by its name without `bpf_`; undefined if there is none. */
export function helperId(name: string): number | undefined {
  return ids.get(name);
}

/** Helpers that SYSCALL programs were given later than there were such programs. */
const LATER: readonly (readonly [id: number, major: number, minor: number])[] = [[17, 6, 17]];

/** Helpers that took less before a version. */
const EARLIER: readonly { readonly id: number; readonly before: readonly [number, number]; readonly proto: HelperProto }[] = [
  { id: 46, before: [6, 12], proto: { ret: "integer", args: [BTF_SOCK_COMMON] } },
];

/** What `id` takes and returns in a sleepable SYSCALL program on a kernel of that version; undefined: refused to the program type. */
export function helperProto(id: number, version: readonly [number, number]): HelperProto | undefined {
  const later = LATER.find(([late]) => late === id);
  const since = later ? ([later[1], later[2]] as const) : helperSince(id);
  if (since === undefined || version[0] < since[0] || (version[0] === since[0] && version[1] < since[1])) return undefined;
  const earlier = EARLIER.find((row) => row.id === id && (version[0] < row.before[0] || (version[0] === row.before[0] && version[1] < row.before[1])));
  return earlier?.proto ?? HELPER_PROTOS[id];
}

/** Ids from this one on are `invalid func unknown#ID` to a kernel of that version, instead of refused by program type. */
export function helperCount(version: readonly [number, number]): number {
  return version[0] > 6 || (version[0] === 6 && version[1] >= 2) ? HELPER_NAMES.length : 210;
}
