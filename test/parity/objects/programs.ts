/**
 * Programs about kernel objects, one feature a group: some that kernels accept and some that they refuse. What each kernel says
 * of them is asked of the kernel itself; nothing here says what is right.
 */

/** Leaves with 0. */
const END = "r0 = 0; exit";
const LOCK = "call bpf_rcu_read_lock";
const UNLOCK = "call bpf_rcu_read_unlock";
const CURRENT = "call bpf_get_current_task_btf";

/** Walks tasks with `body` for each, whose task is in r6. */
const eachTask = (body: string, flags = 0) => `
  ${LOCK}
  r1 = r10; r1 += -24; r2 = 0; r3 = ${flags}; call bpf_iter_task_new
next: r1 = r10; r1 += -24; call bpf_iter_task_next
  if r0 == 0 goto done
  r6 = r0
  ${body}
  goto next
done: r1 = r10; r1 += -24; call bpf_iter_task_destroy
  ${UNLOCK}
  ${END}`.replace("next:", "\nnext:\n").replace("done:", "\ndone:\n");

/** The program of the issue: rows of an array map, one for each task. */
const SNAPSHOT = `
  r9 = 0
  ${LOCK}
  r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new
next:
  r1 = r10; r1 += -24; call bpf_iter_task_next
  if r0 == 0 goto done
  r6 = r0
  if r9 > 4095 goto done
  *(u32 *)(r10 - 32) = r9
  r1 = map rows; r2 = r10; r2 += -32; call map_lookup_elem
  if r0 == 0 goto done
  r9 += 1
  r1 = *(u32 *)(r6 + {task_struct.tgid}); *(u32 *)(r0 + 0) = r1
  r1 = *(u64 *)(r6 + {task_struct.real_parent}); r1 = *(u32 *)(r1 + {task_struct.tgid}); *(u32 *)(r0 + 4) = r1
  r1 = *(u64 *)(r6 + {task_struct.utime}); r2 = *(u64 *)(r6 + {task_struct.stime}); r1 += r2; *(u64 *)(r0 + 8) = r1
  r1 = *(u64 *)(r6 + {task_struct.comm}); *(u64 *)(r0 + 16) = r1
  goto next
done:
  r1 = r10; r1 += -24; call bpf_iter_task_destroy
  ${UNLOCK}
  r0 = 0
  exit`;

/** A file opened by the module; the handle in r0. */
const OPEN = "*(u64 *)(r10 - 8) = 0; *(u64 *)(r10 - 16) = 0; r1 = r10; r1 += -8; r2 = 8; r3 = 0; r4 = 0; r5 = r10; r5 += -16; call anycall_open";
const READ = "r2 = r10; r2 += -8; r3 = 8; r4 = 0; call anycall_file_read";

export interface ObjectProgram {
  readonly feature: string;
  readonly name: string;
  readonly text: string;
}

function group(feature: string, programs: Readonly<Record<string, string>>): ObjectProgram[] {
  return Object.entries(programs).map(([name, text]) => ({ feature, name, text }));
}

const iterator = (name: string, slots: number, make: string, body = "") => {
  const at = `r1 = r10; r1 += -${slots * 8}`;
  return `
  ${make.replace("ITER", at)}
next:
  ${at}; call bpf_iter_${name}_next
  if r0 == 0 goto done
  ${body}
  goto next
done:
  ${at}; call bpf_iter_${name}_destroy`;
};

export const PROGRAMS: readonly ObjectProgram[] = [
  ...group("typed reads", {
    "a number": `${CURRENT}; r1 = *(u32 *)(r0 + {task_struct.pid}); ${END}`,
    "a part of a number": `${CURRENT}; r1 = *(u8 *)(r0 + {task_struct.pid}); ${END}`,
    "the upper half of a number": `${CURRENT}; r1 = *(u32 *)(r0 + {task_struct.utime}); r1 = *(u16 *)(r0 + {task_struct.stime}); ${END}`,
    "an embedded struct": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.se.vruntime}); ${END}`,
    "an array of characters": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.comm}); r0 += {task_struct.comm}; r1 = *(u64 *)(r0 + 8); ${END}`,
    "an element of an array": `${CURRENT}; r0 += {task_struct.comm}; r1 = *(u8 *)(r0 + 15); ${END}`,
    "signed": `${CURRENT}; r1 = *(s32 *)(r0 + {task_struct.pid}); ${END}`,
    "a pointer, followed": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.real_parent}); r1 = *(u32 *)(r1 + {task_struct.pid}); ${END}`,
    "five pointers": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.group_leader}); r1 = *(u64 *)(r1 + {task_struct.real_parent}); r1 = *(u64 *)(r1 + {task_struct.signal}); r1 = *(u64 *)(r1 + {signal_struct.tty}); r1 = *(u32 *)(r1 + 0); ${END}`,
    "a pointer to a number is a number": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.stack}); r1 += 8; ${END}`,
    "a bit-field's bytes": `${CURRENT}; r1 = *(u32 *)(r0 + {task_struct.sched_reset_on_fork}); ${END}`,
    "one byte of a bit-field's word": `${CURRENT}; r1 = *(u8 *)(r0 + {task_struct.sched_reset_on_fork}); ${END}`,
    "inside a union": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.mm}); if r1 == 0 goto out; r1 = *(u64 *)(r1 + {mm_struct.pgd})\nout:\n ${END}`,
    "after adding to the pointer": `${CURRENT}; r0 += {task_struct.tgid}; r1 = *(u32 *)(r0 + 0); ${END}`,
    "before the start, after adding": `${CURRENT}; r0 += {task_struct.tgid}; r1 = *(u32 *)(r0 - 4); ${END}`,
    "adding after a pointer was read": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.signal}); r1 += {signal_struct.nr_threads}; r1 = *(u32 *)(r1 + 0); ${END}`,
    "kept over a spill": `${CURRENT}; *(u64 *)(r10 - 8) = r0; r1 = *(u64 *)(r10 - 8); r1 = *(u32 *)(r1 + {task_struct.pid}); ${END}`,
    "compared with another": `${CURRENT}; r6 = r0; ${CURRENT}; if r0 == r6 goto out; r1 = *(u32 *)(r0 + {task_struct.pid})\nout:\n ${END}`,
    "compared with 0 decides nothing new": `${CURRENT}; if r0 == 0 goto out; r1 = *(u32 *)(r0 + {task_struct.pid})\nout:\n ${END}`,
    "beyond the end": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.sizeof}); ${END}`,
    "across the end": `${CURRENT}; r1 = *(u64 *)(r0 + {signal_struct.sizeof}); r0 += {task_struct.sizeof}; r1 = *(u64 *)(r0 - 4); ${END}`,
    "negative": `${CURRENT}; r1 = *(u32 *)(r0 - 8); ${END}`,
    "negative through adding": `${CURRENT}; r0 += -8; r1 = *(u32 *)(r0 + 0); ${END}`,
    "at an unknown place": `r6 = *(u64 *)(r1 + 0); r6 &= 7; ${CURRENT}; r0 += r6; r1 = *(u8 *)(r0 + 0); ${END}`,
    "half of a pointer": `${CURRENT}; r1 = *(u32 *)(r0 + {task_struct.real_parent}); ${END}`,
    "from the middle of a pointer": `${CURRENT}; r0 += {task_struct.real_parent}; r1 = *(u32 *)(r0 + 4); ${END}`,
    "from the end of a number into the next": `${CURRENT}; r0 += {task_struct.pid}; r1 = *(u64 *)(r0 + 2); ${END}`,
    "8 bytes of a number of 4": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.exit_state}); ${END}`,
    "across the end of an array": `${CURRENT}; r0 += {task_struct.comm}; r1 = *(u64 *)(r0 + 12); ${END}`,
    "a write": `${CURRENT}; *(u32 *)(r0 + {task_struct.pid}) = 1; ${END}`,
    "a write of a register": `${CURRENT}; r1 = 1; *(u64 *)(r0 + {task_struct.utime}) = r1; ${END}`,
    "a write behind a pointer": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.real_parent}); *(u32 *)(r1 + 0) = 1; ${END}`,
    "32 bits of the address": `${CURRENT}; w0 += 8; ${END}`,
    "multiplied": `${CURRENT}; r0 *= 8; ${END}`,
    "two pointers added": `${CURRENT}; r6 = r0; ${CURRENT}; r0 += r6; ${END}`,
    "the same load of a task and of the stack": `r7 = *(u64 *)(r1 + 0); *(u64 *)(r10 - 8) = 0; ${CURRENT}; if r7 == 0 goto load; r0 = r10; r0 += -8\nload:\n r1 = *(u64 *)(r0 + 0); ${END}`,
    "the same load of two kinds of objects": `r7 = *(u64 *)(r1 + 0); ${CURRENT}; if r7 == 0 goto load; r0 = *(u64 *)(r0 + {task_struct.signal})\nload:\n r1 = *(u32 *)(r0 + 0); ${END}`,
    "the same load, trusted and not": `r7 = *(u64 *)(r1 + 0); ${CURRENT}; if r7 == 0 goto load; r0 = *(u64 *)(r0 + {task_struct.real_parent})\nload:\n r1 = *(u32 *)(r0 + {task_struct.pid}); ${END}`,
    "given to a map": `${CURRENT}; *(u64 *)(r10 - 8) = r0; *(u32 *)(r10 - 12) = 0; r1 = map array; r2 = r10; r2 += -12; r3 = r10; r3 += -8; r4 = 0; call map_update_elem; ${END}`,
    "returned": `${CURRENT}; exit`,
    "stored in a map's value": `*(u32 *)(r10 - 4) = 0; r1 = map array; r2 = r10; r2 += -4; call map_lookup_elem; if r0 == 0 goto out; r6 = r0; ${CURRENT}; *(u64 *)(r6 + 0) = r0\nout:\n ${END}`,
  }),
  ...group("trust", {
    "trusted from a helper": `${CURRENT}; r1 = r0; call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${END}`,
    "a pointer that was read is not trusted": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.real_parent}); call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${END}`,
    "it is, in an RCU region": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.real_parent}); call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${UNLOCK}; ${END}`,
    "a field that is not listed": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.parent}); call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${UNLOCK}; ${END}`,
    "group_leader under RCU": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.group_leader}); call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${UNLOCK}; ${END}`,
    "cgroups under RCU, then its cgroup": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.cgroups}); r1 = *(u64 *)(r1 + {css_set.dfl_cgrp}); call bpf_cgroup_acquire; if r0 == 0 goto out; r1 = r0; call bpf_cgroup_release\nout:\n ${UNLOCK}; ${END}`,
    "cgroups outside RCU": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.cgroups}); r1 = *(u64 *)(r1 + {css_set.dfl_cgrp}); call bpf_cgroup_acquire; if r0 == 0 goto out; r1 = r0; call bpf_cgroup_release\nout:\n ${END}`,
    "exe_file may be null": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.mm}); r1 = *(u64 *)(r1 + {mm_struct.exe_file}); ${UNLOCK}; ${END}`,
    "real_cred": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.real_cred}); r1 = *(u32 *)(r1 + {cred.uid}); ${UNLOCK}; ${END}`,
    "held from a number": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r6 = r0; r1 = *(u32 *)(r0 + {task_struct.tgid}); r1 = r6; call bpf_task_release\nout:\n ${END}`,
    "read before the null check": `r1 = 1; call bpf_task_from_pid; r1 = *(u32 *)(r0 + {task_struct.tgid}); r1 = r0; call bpf_task_release; ${END}`,
    "not released": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r1 = *(u32 *)(r0 + {task_struct.tgid})\nout:\n ${END}`,
    "released twice": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r6 = r0; r1 = r0; call bpf_task_release; r1 = r6; call bpf_task_release\nout:\n ${END}`,
    "used after the release": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r6 = r0; r1 = r0; call bpf_task_release; r1 = *(u32 *)(r6 + {task_struct.tgid})\nout:\n ${END}`,
    "what it led to, after the release": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r6 = *(u64 *)(r0 + {task_struct.signal}); r1 = r0; call bpf_task_release; r1 = *(u32 *)(r6 + {signal_struct.nr_threads})\nout:\n ${END}`,
    "released though trusted only": `${CURRENT}; r1 = r0; call bpf_task_release; ${END}`,
    "released as another struct": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r1 = r0; call bpf_cgroup_release\nout:\n ${END}`,
    "released at an offset": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r1 = r0; r1 += 8; call bpf_task_release\nout:\n ${END}`,
    "released before the null check": `r1 = 1; call bpf_task_from_pid; r1 = r0; call bpf_task_release; ${END}`,
    "acquired at an offset": `${CURRENT}; r1 = r0; r1 += 8; call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${END}`,
    "a number for an object": `r1 = 5; call bpf_task_acquire; ${END}`,
    "null for an object": `r1 = 0; call bpf_task_acquire; ${END}`,
    "the stack for an object": `r1 = r10; r1 += -8; call bpf_task_acquire; ${END}`,
    "a map's value for an object": `*(u32 *)(r10 - 4) = 0; r1 = map array; r2 = r10; r2 += -4; call map_lookup_elem; if r0 == 0 goto out; r1 = r0; call bpf_task_acquire\nout:\n ${END}`,
    "an object for a number": `${CURRENT}; r1 = r0; call bpf_task_from_pid; ${END}`,
    "nothing for a number": `call bpf_get_current_task_btf; call bpf_task_from_pid; ${END}`,
    "null for an optional one": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r6 = r0; r1 = r0; r2 = 0; call bpf_task_under_cgroup; r1 = r6; call bpf_task_release\nout:\n ${END}`,
    "a cgroup by its number": `r1 = 1; call bpf_cgroup_from_id; if r0 == 0 goto out; r6 = r0; r1 = r0; r2 = 0; call bpf_cgroup_ancestor; if r0 == 0 goto last; r1 = r0; call bpf_cgroup_release\nlast:\n r1 = r6; call bpf_cgroup_release\nout:\n ${END}`,
    "two held, one released": `r1 = 1; call bpf_task_from_pid; if r0 == 0 goto out; r6 = r0; r1 = 2; call bpf_task_from_pid; if r0 == 0 goto last; r1 = r0; call bpf_task_release\nlast:\n goto out\nout:\n ${END}`,
    "held on one way only": `r7 = *(u64 *)(r1 + 0); r6 = 0; if r7 == 0 goto use; r1 = 1; call bpf_task_from_pid; r6 = r0\nuse:\n if r6 == 0 goto out; r1 = r6; call bpf_task_release\nout:\n ${END}`,
    "checked twice": `r1 = 1; call bpf_task_from_pid; r6 = r0; r7 = 1; if r6 == 0 goto next; r7 = 2\nnext:\n if r6 == 0 goto out; r1 = r6; call bpf_task_release\nout:\n r0 = r7; exit`,
    "a cpumask of its own": `call bpf_cpumask_create; if r0 == 0 goto out; r6 = r0; r1 = 3; r2 = r0; call bpf_cpumask_set_cpu; r1 = r6; call bpf_cpumask_first; r1 = r6; call bpf_cpumask_release\nout:\n ${END}`,
    "a task's cpumask": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.cpus_ptr}); call bpf_cpumask_first; ${UNLOCK}; ${END}`,
    "a task's cpumask outside RCU": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.cpus_ptr}); call bpf_cpumask_first; ${END}`,
    "a task's cpumask, embedded": `${CURRENT}; r1 = r0; r1 += {task_struct.cpus_mask}; call bpf_cpumask_first; ${END}`,
    "a task as a cpumask": `${CURRENT}; r1 = r0; call bpf_cpumask_first; ${END}`,
  }),
  ...group("RCU regions", {
    "empty": `${LOCK}; ${UNLOCK}; ${END}`,
    "twice": `${LOCK}; ${UNLOCK}; ${LOCK}; ${UNLOCK}; ${END}`,
    "nested": `${LOCK}; ${LOCK}; ${UNLOCK}; ${UNLOCK}; ${END}`,
    "nested, inner pointer used in the outer": `${LOCK}; ${LOCK}; ${CURRENT}; r6 = *(u64 *)(r0 + {task_struct.real_parent}); ${UNLOCK}; r1 = r6; call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${UNLOCK}; ${END}`,
    "not ended": `${LOCK}; ${END}`,
    "ended twice": `${LOCK}; ${UNLOCK}; ${UNLOCK}; ${END}`,
    "never begun": `${UNLOCK}; ${END}`,
    "on one way only": `r6 = *(u64 *)(r1 + 0); if r6 == 0 goto next; ${LOCK}\nnext:\n if r6 == 0 goto out; ${UNLOCK}\nout:\n ${END}`,
    "not ended on one way": `r6 = *(u64 *)(r1 + 0); ${LOCK}; if r6 == 0 goto out; ${UNLOCK}\nout:\n ${END}`,
    "a pointer used after the end is only looked at": `${LOCK}; ${CURRENT}; r6 = *(u64 *)(r0 + {task_struct.real_parent}); ${UNLOCK}; r1 = *(u32 *)(r6 + {task_struct.pid}); ${END}`,
    "a pointer handed on after the end": `${LOCK}; ${CURRENT}; r6 = *(u64 *)(r0 + {task_struct.real_parent}); ${UNLOCK}; r1 = r6; call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${END}`,
    "spilled, and handed on after the end": `${LOCK}; ${CURRENT}; r6 = *(u64 *)(r0 + {task_struct.real_parent}); *(u64 *)(r10 - 8) = r6; ${UNLOCK}; r1 = *(u64 *)(r10 - 8); call bpf_task_acquire; if r0 == 0 goto out; r1 = r0; call bpf_task_release\nout:\n ${END}`,
    "a sleeping helper inside": `${LOCK}; r1 = r10; r1 += -8; r2 = 8; r3 = 0; call copy_from_user; ${UNLOCK}; ${END}`,
    "a sleeping helper outside": `${LOCK}; ${UNLOCK}; r1 = r10; r1 += -8; r2 = 8; r3 = 0; call copy_from_user; ${END}`,
    "a sleeping kernel function inside": `${LOCK}; r1 = r10; r1 += -8; r2 = 8; r3 = 0; r4 = 0; call bpf_copy_from_user_str; ${UNLOCK}; ${END}`,
    "a sleeping kernel function outside": `r1 = r10; r1 += -8; r2 = 8; r3 = 0; r4 = 0; call bpf_copy_from_user_str; ${END}`,
    "a map inside": `*(u32 *)(r10 - 4) = 0; ${LOCK}; r1 = map array; r2 = r10; r2 += -4; call map_lookup_elem; if r0 == 0 goto out; r1 = *(u64 *)(r0 + 0)\nout:\n ${UNLOCK}; ${END}`,
    "held objects stay after the end": `${LOCK}; r1 = 1; call bpf_task_from_pid; r6 = r0; ${UNLOCK}; if r6 == 0 goto out; r1 = r6; call bpf_task_release\nout:\n ${END}`,
    "exe_file read after the end": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.group_leader}); r1 = *(u64 *)(r1 + {task_struct.mm}); r6 = *(u64 *)(r1 + {mm_struct.exe_file}); ${UNLOCK}; r1 = *(u64 *)(r6 + {file.f_mode}); ${END}`,
    "a loop inside": `${LOCK}; r6 = 0\nagain:\n r6 += 1; if r6 < 10 goto again; ${UNLOCK}; ${END}`,
    "begun in every round": `r6 = 0\nagain:\n ${LOCK}; ${UNLOCK}; r6 += 1; if r6 < 10 goto again; ${END}`,
    "begun in every round, never ended": `r6 = 0\nagain:\n ${LOCK}; r6 += 1; if r6 < 10 goto again; ${UNLOCK}; ${END}`,
    "a held object not released inside": `${LOCK}; r1 = 1; call bpf_task_from_pid; ${UNLOCK}; ${END}`,
    "a helper that does not sleep": `${LOCK}; call ktime_get_ns; call get_current_pid_tgid; ${UNLOCK}; ${END}`,
  }),
  ...group("iterators of tasks", {
    "the snapshot of the issue": SNAPSHOT,
    "nothing in the body": eachTask("r7 = 1"),
    "a field": eachTask("r1 = *(u32 *)(r6 + {task_struct.pid})"),
    "the parent": eachTask("r1 = *(u64 *)(r6 + {task_struct.real_parent}); r1 = *(u32 *)(r1 + {task_struct.tgid})"),
    "a count": eachTask("r7 += 1").replace(LOCK, `r7 = 0; ${LOCK}`),
    "a count from the context": eachTask("r7 += 1").replace(LOCK, `r7 = *(u64 *)(r1 + 0); ${LOCK}`),
    "the process's threads": `${LOCK}; ${CURRENT}; r2 = r0; r1 = r10; r1 += -24; r3 = 2; call bpf_iter_task_new\nnext:\n r1 = r10; r1 += -24; call bpf_iter_task_next; if r0 == 0 goto done; r1 = *(u32 *)(r0 + {task_struct.pid}); goto next\ndone:\n r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "all threads": eachTask("r1 = *(u32 *)(r6 + {task_struct.pid})", 1),
    "acquired inside": eachTask("r1 = r6; call bpf_task_acquire; if r0 == 0 goto next; r1 = r0; call bpf_task_release"),
    "the signal struct": eachTask("r1 = *(u64 *)(r6 + {task_struct.signal}); r1 = *(u32 *)(r1 + {signal_struct.nr_threads})"),
    "the mm, checked": eachTask("r1 = *(u64 *)(r6 + {task_struct.mm}); if r1 == 0 goto next; r1 = *(u64 *)(r1 + {mm_struct.total_vm})"),
    "nested": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new\nnext:\n r1 = r10; r1 += -24; call bpf_iter_task_next; if r0 == 0 goto done; r2 = r0; r1 = r10; r1 += -48; r3 = 2; call bpf_iter_task_new\ninner:\n r1 = r10; r1 += -48; call bpf_iter_task_next; if r0 == 0 goto end; r1 = *(u32 *)(r0 + {task_struct.pid}); goto inner\nend:\n r1 = r10; r1 += -48; call bpf_iter_task_destroy; goto next\ndone:\n r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "outside an RCU region": eachTask("r7 = 1").replaceAll(LOCK, "").replaceAll(UNLOCK, ""),
    "asked after the region": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; ${UNLOCK}; r1 = r10; r1 += -24; call bpf_iter_task_next; r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${END}`,
    "destroyed after the region": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; ${UNLOCK}; r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${END}`,
    "made before the region": `r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; ${LOCK}; r1 = r10; r1 += -24; call bpf_iter_task_next; ${UNLOCK}; r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${END}`,
    "not destroyed": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; ${UNLOCK}; ${END}`,
    "destroyed twice": eachTask("r7 = 1").replace(UNLOCK, `r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}`),
    "made twice": eachTask("r7 = 1").replace("\nnext:", "; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new\nnext:"),
    "the result not checked": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; r1 = r10; r1 += -24; call bpf_iter_task_next; r1 = *(u32 *)(r0 + 0); r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "asked once, checked": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; r1 = r10; r1 += -24; call bpf_iter_task_next; if r0 == 0 goto out; r1 = *(u32 *)(r0 + {task_struct.pid})\nout:\n r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "the element used after the loop": eachTask("r7 = r6").replace(LOCK, `r7 = 0; ${LOCK}`).replace(UNLOCK, `if r7 == 0 goto skip; r1 = *(u32 *)(r7 + {task_struct.pid})\nskip:\n ${UNLOCK}`),
    "the element used after the region": eachTask("r7 = r6").replace(LOCK, `r7 = 0; ${LOCK}`).replace(UNLOCK, `${UNLOCK}; if r7 == 0 goto skip; r1 = *(u32 *)(r7 + {task_struct.pid})\nskip:`),
    "on the heap": `${LOCK}; r1 = 0; r2 = 0; r3 = 0; call bpf_iter_task_new; ${UNLOCK}; ${END}`,
    "at an odd place": `${LOCK}; r1 = r10; r1 += -28; r2 = 0; r3 = 0; call bpf_iter_task_new; ${UNLOCK}; ${END}`,
    "too near the top": `${LOCK}; r1 = r10; r1 += -16; r2 = 0; r3 = 0; call bpf_iter_task_new; ${UNLOCK}; ${END}`,
    "read as data": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; r6 = *(u64 *)(r10 - 24); r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "written as data": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; *(u64 *)(r10 - 8) = 0; r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "asked as another iterator": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; r1 = r10; r1 += -24; call bpf_iter_css_next; r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "asked at its second slot": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = 0; call bpf_iter_task_new; r1 = r10; r1 += -16; call bpf_iter_task_next; r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "an untrusted task's threads": `${CURRENT}; r2 = *(u64 *)(r0 + {task_struct.real_parent}); ${LOCK}; r1 = r10; r1 += -24; r3 = 2; call bpf_iter_task_new; r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "under RCU a task's threads": `${LOCK}; ${CURRENT}; r2 = *(u64 *)(r0 + {task_struct.real_parent}); r1 = r10; r1 += -24; r3 = 2; call bpf_iter_task_new; r1 = r10; r1 += -24; call bpf_iter_task_destroy; ${UNLOCK}; ${END}`,
    "a pointer for flags": `${LOCK}; r1 = r10; r1 += -24; r2 = 0; r3 = r10; call bpf_iter_task_new; ${UNLOCK}; ${END}`,
  }),
  ...group("other iterators", {
    "numbers": `${iterator("num", 1, "ITER; r2 = 0; r3 = 10; call bpf_iter_num_new", "r1 = *(u32 *)(r0 + 0)")}; ${END}`,
    "numbers, written": `${iterator("num", 1, "ITER; r2 = 0; r3 = 10; call bpf_iter_num_new", "*(u32 *)(r0 + 0) = 1")}; ${END}`,
    "numbers, beyond": `${iterator("num", 1, "ITER; r2 = 0; r3 = 10; call bpf_iter_num_new", "r1 = *(u64 *)(r0 + 0)")}; ${END}`,
    "numbers, kept": `r7 = 0; ${iterator("num", 1, "ITER; r2 = 0; r3 = 10; call bpf_iter_num_new", "r7 = r0")}; if r7 == 0 goto out; r1 = *(u32 *)(r7 + 0)\nout:\n ${END}`,
    "bits": `*(u64 *)(r10 - 24) = 5; ${iterator("bits", 2, "ITER; r2 = r10; r2 += -24; r3 = 1; call bpf_iter_bits_new", "r1 = *(u32 *)(r0 + 0)")}; ${END}`,
    "bits of nothing": `${iterator("bits", 2, "ITER; r2 = 0; r3 = 1; call bpf_iter_bits_new", "r1 = *(u32 *)(r0 + 0)")}; ${END}`,
    "bits of a number": `${iterator("bits", 2, "ITER; r2 = 77; r3 = 1; call bpf_iter_bits_new", "r1 = *(u32 *)(r0 + 0)")}; ${END}`,
    "VMAs": `${CURRENT}; r2 = r0; ${iterator("task_vma", 1, "ITER; r3 = 0; call bpf_iter_task_vma_new", "r1 = *(u64 *)(r0 + {vm_area_struct.vm_start}); r2 = *(u64 *)(r0 + {vm_area_struct.vm_end}); r2 -= r1")}; ${END}`,
    "VMAs, the file": `${CURRENT}; r2 = r0; ${iterator("task_vma", 1, "ITER; r3 = 0; call bpf_iter_task_vma_new", "r1 = *(u64 *)(r0 + {vm_area_struct.vm_file}); if r1 == 0 goto next; r1 = *(u64 *)(r1 + {file.f_inode}); r1 = *(u64 *)(r1 + {inode.i_ino})")}; ${END}`,
    "VMAs of an untrusted task": `${CURRENT}; r2 = *(u64 *)(r0 + {task_struct.real_parent}); ${iterator("task_vma", 1, "ITER; r3 = 0; call bpf_iter_task_vma_new")}; ${END}`,
    "VMAs of a task under RCU": `${LOCK}; ${CURRENT}; r2 = *(u64 *)(r0 + {task_struct.real_parent}); ${iterator("task_vma", 1, "ITER; r3 = 0; call bpf_iter_task_vma_new", "r1 = *(u64 *)(r0 + {vm_area_struct.vm_start})")}; ${UNLOCK}; ${END}`,
    "VMAs of each task": eachTask("r1 = r10; r1 += -32; r2 = r6; r3 = 0; call bpf_iter_task_vma_new\ninner:\n r1 = r10; r1 += -32; call bpf_iter_task_vma_next; if r0 == 0 goto end; r1 = *(u64 *)(r0 + {vm_area_struct.vm_start}); goto inner\nend:\n r1 = r10; r1 += -32; call bpf_iter_task_vma_destroy"),
    "VMAs after the end": `r7 = 0; ${CURRENT}; r2 = r0; ${iterator("task_vma", 1, "ITER; r3 = 0; call bpf_iter_task_vma_new", "r7 = r0")}; if r7 == 0 goto out; r1 = *(u64 *)(r7 + {vm_area_struct.vm_start})\nout:\n ${END}`,
    "cgroups": `r1 = 1; call bpf_cgroup_from_id; if r0 == 0 goto out; r9 = r0; ${LOCK}; r2 = r9; r2 += {cgroup.self}; ${iterator("css", 3, "ITER; r3 = 1; call bpf_iter_css_new", "r1 = *(u64 *)(r0 + {cgroup_subsys_state.cgroup}); r1 = *(u32 *)(r1 + {cgroup.level})")}; ${UNLOCK}; r1 = r9; call bpf_cgroup_release\nout:\n ${END}`,
    "cgroups without a region": `r1 = 1; call bpf_cgroup_from_id; if r0 == 0 goto out; r9 = r0; r2 = r9; r2 += {cgroup.self}; ${iterator("css", 3, "ITER; r3 = 1; call bpf_iter_css_new")}; r1 = r9; call bpf_cgroup_release\nout:\n ${END}`,
    "cgroups from a whole cgroup": `r1 = 1; call bpf_cgroup_from_id; if r0 == 0 goto out; r9 = r0; ${LOCK}; r2 = r9; ${iterator("css", 3, "ITER; r3 = 1; call bpf_iter_css_new", "r1 = *(u32 *)(r0 + {cgroup_subsys_state.id})")}; ${UNLOCK}; r1 = r9; call bpf_cgroup_release\nout:\n ${END}`,
    "tasks of a cgroup": `r1 = 1; call bpf_cgroup_from_id; if r0 == 0 goto out; r9 = r0; r2 = r9; ${iterator("css_task", 1, "ITER; r3 = 0; call bpf_iter_css_task_new", "r1 = *(u32 *)(r0 + {task_struct.pid})")}; r1 = r9; call bpf_cgroup_release\nout:\n ${END}`,
    "tasks of a cgroup, acquired": `r1 = 1; call bpf_cgroup_from_id; if r0 == 0 goto out; r9 = r0; r2 = r9; ${iterator("css_task", 1, "ITER; r3 = 0; call bpf_iter_css_task_new", "r1 = r0; call bpf_task_acquire; if r0 == 0 goto next; r1 = r0; call bpf_task_release")}; r1 = r9; call bpf_cgroup_release\nout:\n ${END}`,
    "tasks of no cgroup": `${iterator("css_task", 1, "ITER; r2 = 0; r3 = 0; call bpf_iter_css_task_new")}; ${END}`,
    "slab caches": `${iterator("kmem_cache", 1, "ITER; call bpf_iter_kmem_cache_new", "r1 = *(u32 *)(r0 + {kmem_cache.object_size})")}; ${END}`,
    "slab caches under RCU": `${LOCK}; ${iterator("kmem_cache", 1, "ITER; call bpf_iter_kmem_cache_new")}; ${UNLOCK}; ${END}`,
    "not destroyed": `r1 = r10; r1 += -8; r2 = 0; r3 = 10; call bpf_iter_num_new; ${END}`,
    "destroyed on one way": `r6 = *(u64 *)(r1 + 0); r1 = r10; r1 += -8; r2 = 0; r3 = 10; call bpf_iter_num_new; if r6 == 0 goto out; r1 = r10; r1 += -8; call bpf_iter_num_destroy\nout:\n ${END}`,
    "never made": `r1 = r10; r1 += -8; call bpf_iter_num_next; ${END}`,
    "never made, destroyed": `*(u64 *)(r10 - 8) = 0; r1 = r10; r1 += -8; call bpf_iter_num_destroy; ${END}`,
    "drained, asked again": `${iterator("num", 1, "ITER; r2 = 0; r3 = 10; call bpf_iter_num_new").replace("done:\n", "done:\n r1 = r10; r1 += -8; call bpf_iter_num_next; if r0 != 0 goto done;")}; ${END}`,
    "two at once": `r1 = r10; r1 += -16; r2 = 0; r3 = 3; call bpf_iter_num_new; ${iterator("num", 1, "ITER; r2 = 0; r3 = 10; call bpf_iter_num_new", "r1 = r10; r1 += -16; call bpf_iter_num_next")}; r1 = r10; r1 += -16; call bpf_iter_num_destroy; ${END}`,
    "left by break": `${iterator("num", 1, "ITER; r2 = 0; r3 = 10; call bpf_iter_num_new", "r1 = *(u32 *)(r0 + 0); if r1 > 5 goto done")}; ${END}`,
  }),
  ...group("kernel variables", {
    "a number of each CPU": `r1 = ksym bpf_prog_active; call bpf_this_cpu_ptr; r1 = *(u32 *)(r0 + 0); ${END}`,
    "of one CPU": `r1 = ksym bpf_prog_active; r2 = 0; call bpf_per_cpu_ptr; if r0 == 0 goto out; r1 = *(u32 *)(r0 + 0)\nout:\n ${END}`,
    "of one CPU, not checked": `r1 = ksym bpf_prog_active; r2 = 0; call bpf_per_cpu_ptr; r1 = *(u32 *)(r0 + 0); ${END}`,
    "directly": `r1 = ksym bpf_prog_active; r1 = *(u32 *)(r1 + 0); ${END}`,
    "written": `r1 = ksym bpf_prog_active; call bpf_this_cpu_ptr; *(u32 *)(r0 + 0) = 1; ${END}`,
    "beyond": `r1 = ksym bpf_prog_active; call bpf_this_cpu_ptr; r1 = *(u64 *)(r0 + 0); ${END}`,
    "a struct of each CPU": `r1 = ksym runqueues; call bpf_this_cpu_ptr; r1 = *(u32 *)(r0 + {rq.nr_running}); ${END}`,
    "a struct of each CPU, a pointer": `r1 = ksym runqueues; call bpf_this_cpu_ptr; r1 = *(u64 *)(r0 + {rq.curr}); r1 = *(u32 *)(r1 + {task_struct.pid}); ${END}`,
    "a struct of one CPU": `r1 = ksym runqueues; r2 = 1; call bpf_per_cpu_ptr; if r0 == 0 goto out; r1 = *(u32 *)(r0 + {rq.nr_running})\nout:\n ${END}`,
    "a struct of each CPU, directly": `r1 = ksym runqueues; r1 = *(u32 *)(r1 + 0); ${END}`,
    "a struct of each CPU, beyond": `r1 = ksym runqueues; call bpf_this_cpu_ptr; r1 = *(u64 *)(r0 + {rq.sizeof}); ${END}`,
    "a function's address": `r1 = ksym bpf_task_acquire; ${END}`,
    "a function's bytes": `r1 = ksym bpf_task_acquire; r1 = *(u8 *)(r1 + 0); ${END}`,
    "not of a CPU": `${CURRENT}; r1 = r0; call bpf_this_cpu_ptr; ${END}`,
    "at an offset": `r1 = ksym bpf_prog_active; r1 += 4; call bpf_this_cpu_ptr; ${END}`,
    "compared with 0": `r1 = ksym bpf_prog_active; if r1 == 0 goto out; call bpf_this_cpu_ptr; r1 = *(u32 *)(r0 + 0)\nout:\n ${END}`,
  }),
  ...group("objects and helpers", {
    "registers of the task": `${CURRENT}; r1 = r0; call bpf_task_pt_regs; r1 = *(u64 *)(r0 + {pt_regs.sp}); ${END}`,
    "registers of an untrusted task": `${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.real_parent}); call bpf_task_pt_regs; r1 = *(u64 *)(r0 + {pt_regs.sp}); ${END}`,
    "read by address": `${CURRENT}; r3 = *(u64 *)(r0 + {task_struct.real_parent}); r1 = r10; r1 += -8; r2 = 8; call probe_read_kernel; ${END}`,
    "read by address at a field": `${CURRENT}; r3 = *(u64 *)(r0 + {task_struct.real_parent}); r3 += {task_struct.comm}; r1 = r10; r1 += -16; r2 = 16; call probe_read_kernel; ${END}`,
    "a string by address": `${CURRENT}; r3 = r0; r3 += {task_struct.comm}; r1 = r10; r1 += -16; r2 = 16; call probe_read_kernel_str; ${END}`,
    "a string copied": `r1 = r10; r1 += -16; r2 = 16; call get_current_comm; ${END}`,
    "as memory": `${CURRENT}; r1 = r0; r2 = 16; r3 = 0; call copy_from_user; ${END}`,
    "an object as a map's key": `${CURRENT}; r2 = r0; r1 = map array; call map_lookup_elem; ${END}`,
    "an object as a map": `${CURRENT}; r1 = r0; r2 = r10; r2 += -8; call map_lookup_elem; ${END}`,
    "copied from a task": `${CURRENT}; r4 = r0; r1 = r10; r1 += -8; r2 = 8; r3 = 0; r5 = 0; call copy_from_user_task; ${END}`,
    "copied from an untrusted task": `${CURRENT}; r4 = *(u64 *)(r0 + {task_struct.real_parent}); r1 = r10; r1 += -8; r2 = 8; r3 = 0; r5 = 0; call copy_from_user_task; ${END}`,
    "copied from another object": `${CURRENT}; r4 = *(u64 *)(r0 + {task_struct.signal}); r1 = r10; r1 += -8; r2 = 8; r3 = 0; r5 = 0; call copy_from_user_task; ${END}`,
    "an old pointer is good enough": `${LOCK}; ${CURRENT}; r1 = *(u64 *)(r0 + {task_struct.group_leader}); r1 = *(u64 *)(r1 + {task_struct.parent}); call bpf_task_pt_regs; ${UNLOCK}; ${END}`,
    "the address as a number": `call get_current_task; r1 = r0; r1 += 8; ${END}`,
    "the address as a number, read": `call get_current_task; r1 = *(u32 *)(r0 + 8); ${END}`,
    "a map's own field": `r1 = map array; r0 = *(u32 *)(r1 + {bpf_map.max_entries}); exit`,
    "a map's pointer": `r1 = map array; r1 = *(u64 *)(r1 + {bpf_map.ops}); r0 = 0; exit`,
    "a map written": `r1 = map array; *(u32 *)(r1 + {bpf_map.max_entries}) = 1; ${END}`,
    "a map beyond": `r1 = map array; r1 = *(u32 *)(r1 + {bpf_array.sizeof}); ${END}`,
    "strings compared": `*(u64 *)(r10 - 8) = 0; r1 = r10; r1 += -8; r2 = r1; call bpf_strcmp; ${END}`,
    "an object's string": `*(u64 *)(r10 - 8) = 0; ${CURRENT}; r1 = r0; r1 += {task_struct.comm}; r2 = r10; r2 += -8; call bpf_strcmp; ${END}`,
    "a signal to a task": `${CURRENT}; r1 = r0; r2 = 0; r3 = 0; r4 = 0; call bpf_send_signal_task; ${END}`,
    "a map counted": `r1 = map array; call bpf_map_sum_elem_count; ${END}`,
    "null counted": `r1 = 0; call bpf_map_sum_elem_count; ${END}`,
  }),
  ...group("handles of the module", {
    "opened and put": `${OPEN}; if r0 == 0 goto out; r1 = r0; call anycall_file_put\nout:\n ${END}`,
    "checked twice": `${OPEN}; r6 = r0; r7 = 1; if r6 == 0 goto next; r7 = 2\nnext:\n if r6 == 0 goto out; r1 = r6; call anycall_file_put\nout:\n r0 = r7; exit`,
    "checked twice, kept on the stack": `${OPEN}; *(u64 *)(r10 - 24) = r0; r7 = 1; if r0 == 0 goto next; r7 = 2\nnext:\n r1 = *(u64 *)(r10 - 24); if r1 == 0 goto out; call anycall_file_put\nout:\n r0 = r7; exit`,
    "read": `${OPEN}; if r0 == 0 goto out; r6 = r0; r1 = r0; ${READ}; r1 = r6; call anycall_file_put\nout:\n ${END}`,
    "read, and the result looked at": `${OPEN}; if r0 == 0 goto out; r6 = r0; r1 = r0; ${READ}; r7 = r0; r1 = r6; call anycall_file_put; if r7 s< 0 goto out; r7 += 1\nout:\n ${END}`,
    "two at once": `${OPEN}; if r0 == 0 goto out; r6 = r0; ${OPEN}; if r0 == 0 goto last; r1 = r0; call anycall_file_put\nlast:\n r1 = r6; call anycall_file_put\nout:\n ${END}`,
    "one opened by the other": `${OPEN}; if r0 == 0 goto out; r6 = r0; r1 = r0; r2 = r10; r2 += -8; r3 = 8; r4 = r10; r4 += -8; r5 = r10; r5 += -16; call anycall_file_open; if r0 == 0 goto last; r1 = r0; call anycall_file_put\nlast:\n r1 = r6; call anycall_file_put\nout:\n ${END}`,
    "not put": `${OPEN}; ${END}`,
    "not put on one way": `${OPEN}; if r0 == 0 goto out; r6 = r0; r1 = r0; ${READ}; if r0 s< 0 goto out; r1 = r6; call anycall_file_put\nout:\n ${END}`,
    "not checked": `${OPEN}; r1 = r0; call anycall_file_put; ${END}`,
    "read, not checked": `${OPEN}; r6 = r0; r1 = r0; ${READ}; r1 = r6; call anycall_file_put; ${END}`,
    "put twice": `${OPEN}; if r0 == 0 goto out; r6 = r0; r1 = r0; call anycall_file_put; r1 = r6; call anycall_file_put\nout:\n ${END}`,
    "read after it was put": `${OPEN}; if r0 == 0 goto out; r6 = r0; r1 = r0; call anycall_file_put; r1 = r6; ${READ}\nout:\n ${END}`,
    "put with an offset": `${OPEN}; if r0 == 0 goto out; r1 = r0; r1 += 8; call anycall_file_put\nout:\n ${END}`,
    "a number for a handle": `*(u64 *)(r10 - 8) = 0; r1 = 5; ${READ}; ${END}`,
    "the stack for a handle": `*(u64 *)(r10 - 8) = 0; r1 = r10; r1 += -8; ${READ}; ${END}`,
    "a length beyond the memory": `*(u64 *)(r10 - 8) = 0; r1 = 0; r2 = r10; r2 += -8; r3 = 16; call anycall_read; ${END}`,
    "an unknown length": `r3 = *(u64 *)(r1 + 0); *(u64 *)(r10 - 8) = 0; r1 = 0; r2 = r10; r2 += -8; call anycall_read; ${END}`,
    "a length that was checked": `r3 = *(u64 *)(r1 + 0); *(u64 *)(r10 - 8) = 0; if r3 > 8 goto out; r1 = 0; r2 = r10; r2 += -8; call anycall_read\nout:\n ${END}`,
    "a length of nothing": `r1 = 0; r2 = r10; r2 += -8; r3 = 0; call anycall_read; ${END}`,
    "memory that nothing was written to": `r1 = 0; r2 = r10; r2 += -8; r3 = 8; call anycall_read; ${END}`,
    "null for memory": `r1 = 0; r2 = 0; r3 = 8; call anycall_read; ${END}`,
    "null for memory of no length": `r1 = 0; r2 = 0; r3 = 0; call anycall_read; ${END}`,
    "a struct": `r1 = 0; r2 = r10; r2 += -64; call anycall_clock_gettime; ${END}`,
    "a struct that is too small": `r1 = 0; r2 = r10; r2 += -8; call anycall_clock_gettime; ${END}`,
    "an optional struct left out": `*(u64 *)(r10 - 8) = 0; *(u64 *)(r10 - 16) = 0; r1 = r10; r1 += -16; r2 = 0; call anycall_nanosleep; ${END}`,
    "a struct in a map's value": `*(u32 *)(r10 - 4) = 0; r1 = map array; r2 = r10; r2 += -4; call map_lookup_elem; if r0 == 0 goto out; r2 = r0; r1 = 0; call anycall_clock_gettime\nout:\n ${END}`,
    "a struct that may be null": `*(u32 *)(r10 - 4) = 0; r1 = map hash; r2 = r10; r2 += -4; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; call map_lookup_elem; r2 = r0; r1 = 0; call anycall_clock_gettime; ${END}`,
    "a pointer for a number": `r1 = r10; call anycall_close; ${END}`,
    "nothing for a number": `${CURRENT}; call anycall_close; ${END}`,
    "inside an RCU region": `${LOCK}; call anycall_getpid; ${UNLOCK}; ${END}`,
    "a task for a handle": `*(u64 *)(r10 - 8) = 0; ${CURRENT}; r1 = r0; ${READ}; ${END}`,
    "a result used as an index": `*(u64 *)(r10 - 8) = 0; r1 = 0; r2 = r10; r2 += -8; r3 = 8; call anycall_read; r1 = r10; r1 += r0; r1 = *(u8 *)(r1 - 8); ${END}`,
    "a result used as an index, checked": `*(u64 *)(r10 - 8) = 0; r1 = 0; r2 = r10; r2 += -8; r3 = 8; call anycall_read; r0 <<= 32; r0 s>>= 32; if r0 s< 0 goto out; if r0 s> 7 goto out; r1 = r10; r1 += r0; r1 = *(u8 *)(r1 - 8)\nout:\n ${END}`,
  }),
  ...group("versions", {
    "a load that extends the sign": `r0 = *(s32 *)(r1 + 0); ${END}`,
    "a move that extends the sign": "r1 = 5; insn bf10080000000000; exit",
    "a move that extends the sign, 32 bits": "r1 = 5; insn bc10100000000000; exit",
    "a signed division": "r0 = 5; insn 3700010003000000; exit",
    "a signed remainder by a register": "r0 = 5; r1 = 3; insn 9f10010000000000; exit",
    "a byte swap": "r0 = 5; insn d700000010000000; exit",
    "a long jump": "r0 = 5; insn 0600000000000000; exit",
    "may_goto": `r0 = 0\nagain:\n may_goto out; goto again\nout:\n exit`,
    "a load that acquires": "*(u64 *)(r10 - 8) = 0; insn dba0f8ff00010000; exit",
    "a store that releases": "r1 = 0; insn db1af8ff10010000; r0 = 0; exit",
    "an immediate stored in the context": `*(u32 *)(r1 + 0) = 1; ${END}`,
    "a loop closed by falling through": `r0 = 0; goto middle\nagain:\n r0 += 1\nmiddle:\n if r0 < 10 goto again; exit`,
    "a loop entered in the middle": `r6 = 0; goto middle\nagain:\n r6 += 1\nmiddle:\n r6 += 1; if r6 < 10 goto again; ${END}`,
    "recursion": "r0 = 0; insn 8510000001000000; exit; insn 85100000ffffffff; exit",
    "two registers compared": `r6 = *(u64 *)(r1 + 0); r7 = *(u64 *)(r1 + 8); if r7 > 7 goto out; if r6 > r7 goto out; r2 = r10; r2 += -8; *(u64 *)(r10 - 8) = 0; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "two registers compared, the bound to the right": `r6 = *(u64 *)(r1 + 0); r7 = *(u64 *)(r1 + 8); if r7 > 7 goto out; if r7 < r6 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "two registers found equal": `r6 = *(u64 *)(r1 + 0); r7 = *(u64 *)(r1 + 8); if r7 > 7 goto out; if r6 != r7 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "different from the end of its range": `r6 = *(u64 *)(r1 + 0); if r6 > 8 goto out; if r6 == 8 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "signed, then unsigned": `r6 = *(u64 *)(r1 + 0); if r6 s> 7 goto out; if r6 s< 0 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "unsigned above, signed below": `r6 = *(u64 *)(r1 + 0); if r6 s> 7 goto out; if r6 > 100 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "in 32 bits": `r6 = *(u64 *)(r1 + 0); if w6 > 7 goto out; w6 = w6; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "in 32 bits, used in 64": `r6 = *(u64 *)(r1 + 0); if w6 > 7 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "of 32 bits, compared in 32": `r6 = *(u32 *)(r1 + 0); if w6 > 7 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "of 32 bits, compared as signed in 32": `r6 = *(u32 *)(r1 + 0); if w6 s> 7 goto out; if w6 s< 0 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "compared in 64, used in 32": `r6 = *(u64 *)(r1 + 0); if r6 > 7 goto out; w6 += 0; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "masked, then multiplied": `r6 = *(u64 *)(r1 + 0); r6 &= 3; r6 *= 2; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0); ${END}`,
    "a sum of two": `r6 = *(u64 *)(r1 + 0); r7 = *(u64 *)(r1 + 8); r6 &= 3; r7 &= 3; r6 += r7; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0); ${END}`,
    "a copy compared": `r6 = *(u64 *)(r1 + 0); r7 = r6; if r7 > 7 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "a copy with a distance compared": `r6 = *(u64 *)(r1 + 0); r7 = r6; r7 += 1; if r7 > 8 goto out; if r7 < 1 goto out; *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "a spilled copy compared": `r6 = *(u64 *)(r1 + 0); *(u64 *)(r10 - 16) = r6; if r6 > 7 goto out; r6 = *(u64 *)(r10 - 16); *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "a narrow spill": `r6 = *(u32 *)(r1 + 0); if r6 > 7 goto out; *(u32 *)(r10 - 16) = r6; r6 = *(u32 *)(r10 - 16); *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0)\nout:\n ${END}`,
    "a spilled constant": `*(u64 *)(r10 - 16) = 5; r6 = *(u64 *)(r10 - 16); *(u64 *)(r10 - 8) = 0; r2 = r10; r2 += -8; r2 += r6; r3 = *(u8 *)(r2 + 0); ${END}`,
    "stack that nothing was written to": `r6 = *(u64 *)(r10 - 8); ${END}`,
    "stack that nothing was written to, to a helper": `r1 = map array; r2 = r10; r2 += -4; call map_lookup_elem; ${END}`,
    "a key at a constant index": `*(u32 *)(r10 - 4) = 0; r1 = map array; r2 = r10; r2 += -4; call map_lookup_elem; r1 = *(u64 *)(r0 + 0); ${END}`,
    "a key at a constant index beyond": `*(u32 *)(r10 - 4) = 9; r1 = map array; r2 = r10; r2 += -4; call map_lookup_elem; r1 = *(u64 *)(r0 + 0); ${END}`,
    "a loop of a thousand rounds": `r6 = 0\nagain:\n r6 += 1; if r6 < 1000 goto again; ${END}`,
    "a loop with an unknown bound": `r7 = *(u64 *)(r1 + 0); r6 = 0\nagain:\n r6 += 1; if r6 < r7 goto again; ${END}`,
    "a loop with a checked bound": `r7 = *(u64 *)(r1 + 0); if r7 > 20 goto out; r6 = 0\nagain:\n r6 += 1; if r6 < r7 goto again\nout:\n ${END}`,
    "two branches that meet": `r6 = *(u64 *)(r1 + 0); r7 = 0; if r6 == 0 goto next; r7 = 1\nnext:\n if r6 == 1 goto last; r7 += 1\nlast:\n r0 = r7; exit`,
  }),
];
