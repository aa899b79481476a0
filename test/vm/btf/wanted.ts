/** What the reduced BTF of a kernel profile holds: kernel functions, the objects that programs read, and variables. */
import type { Wanted } from "../../../backend-ebpf/btf/index.ts";
import { KERNEL_KFUNCS } from "../../../verifier-sim/rules/kfunc-flags.ts";

const PROCESSES = [
  "task_struct", "mm_struct", "signal_struct", "sighand_struct", "cred", "user_struct", "user_namespace", "group_info", "nsproxy", "pid", "upid", "pid_namespace",
  "uts_namespace", "ipc_namespace", "mnt_namespace", "cgroup_namespace", "time_namespace", "taskstats", "task_group", "rq", "pt_regs", "tty_struct", "fs_struct",
  "signal_info", "task_io_accounting", "bpf_pidns_info",
];
const FILES = ["files_struct", "fdtable", "file", "path", "dentry", "inode", "super_block", "vfsmount", "mount", "pipe_inode_info", "socket", "sock", "vm_area_struct", "file_operations"];
const GROUPS = ["cgroup", "cgroup_subsys_state", "css_set", "cgroup_root", "cgroup_file", "kernfs_node", "mem_cgroup", "psi_group", "cgroup_bpf"];
const MEMORY = ["kmem_cache", "percpu_counter", "kernel_cpustat", "kernel_stat", "vm_event_state", "cpumask", "bpf_cpumask"];
const MAPS = ["bpf_map", "bpf_array", "bpf_htab", "lpm_trie", "bpf_queue_stack", "bpf_ringbuf_map", "bpf_stack_map", "bpf_bloom_filter", "bpf_key", "prog_test_ref_kfunc", "prog_test_member"];
/** The verifier's lists of fields whose pointers stay trusted. */
const SAFE = ["*__safe_rcu", "*__safe_rcu_or_null", "*__safe_trusted", "*__safe_trusted_or_null"];

export const WANTED: Wanted = {
  functions: KERNEL_KFUNCS,
  structs: [...PROCESSES, ...FILES, ...GROUPS, ...MEMORY, ...MAPS, ...SAFE, "bpf_iter_*"],
  variables: ["bpf_prog_active", "runqueues", "kernel_cpustat", "kstat", "vm_event_states", "process_counts"],
};
