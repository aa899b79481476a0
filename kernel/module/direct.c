// SPDX-License-Identifier: GPL-2.0
/* System calls that are a few loads: the calling task's identity. */
#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/user_namespace.h>
#include "anycall.h"
#include "table.generated.h"

__bpf_kfunc_start_defs();

__bpf_kfunc s32 anycall_getpid(void)
{
	return likely(anycall_enter()) ? task_tgid_vnr(current) : -EPERM;
}

__bpf_kfunc s32 anycall_gettid(void)
{
	return likely(anycall_enter()) ? task_pid_vnr(current) : -EPERM;
}

__bpf_kfunc s32 anycall_getppid(void)
{
	s32 pid;

	if (unlikely(!anycall_enter()))
		return -EPERM;
	rcu_read_lock();
	pid = task_tgid_vnr(rcu_dereference(current->real_parent));
	rcu_read_unlock();
	return pid;
}

__bpf_kfunc u32 anycall_getuid(void)
{
	return likely(anycall_enter()) ? from_kuid_munged(current_user_ns(), current_uid()) :
					 -EPERM;
}

__bpf_kfunc u32 anycall_getgid(void)
{
	return likely(anycall_enter()) ? from_kgid_munged(current_user_ns(), current_gid()) :
					 -EPERM;
}

__bpf_kfunc_end_defs();
