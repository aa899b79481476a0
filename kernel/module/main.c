// SPDX-License-Identifier: GPL-2.0
/* anycall.ko: system calls for BPF programs of type SYSCALL. Parameters, loading and unloading. */
#include <linux/module.h>
#include "anycall.h"

#define WORK_ALWAYS \
	(SYSCALL_WORK_SECCOMP | SYSCALL_WORK_SYSCALL_USER_DISPATCH | SYSCALL_WORK_SYSCALL_EMU)

unsigned long anycall_refused_work = WORK_ALWAYS | SYSCALL_WORK_SYSCALL_AUDIT |
				     SYSCALL_WORK_SYSCALL_TRACE | SYSCALL_WORK_SYSCALL_TRACEPOINT;

static bool allow_audited;
static bool allow_traced;

static int set_allowed(const char *value, const struct kernel_param *param)
{
	int error = param_set_bool(value, param);
	unsigned long work = WORK_ALWAYS;

	if (error)
		return error;
	if (!allow_audited)
		work |= SYSCALL_WORK_SYSCALL_AUDIT;
	if (!allow_traced)
		work |= SYSCALL_WORK_SYSCALL_TRACE | SYSCALL_WORK_SYSCALL_TRACEPOINT;
	WRITE_ONCE(anycall_refused_work, work);
	return 0;
}

static const struct kernel_param_ops allowed_ops = { .set = set_allowed, .get = param_get_bool };

module_param_cb(allow_audited, &allowed_ops, &allow_audited, 0600);
__MODULE_PARM_TYPE(allow_audited, "bool");
MODULE_PARM_DESC(allow_audited, "Run programs of audited tasks; audit does not see them (default N)");
module_param_cb(allow_traced, &allowed_ops, &allow_traced, 0600);
__MODULE_PARM_TYPE(allow_traced, "bool");
MODULE_PARM_DESC(allow_traced, "Run programs of traced tasks; tracers do not see them (default N)");

/*
 * A program of many short calls must not keep others from the CPU, nor its own task from its end.
 */
bool anycall_give_way(void)
{
	cond_resched();
	return !fatal_signal_pending(current);
}

static int __init anycall_init(void)
{
	int error;

	anycall_entry_init();
	error = anycall_kfuncs_init();
	if (error)
		return error;
	return anycall_device_init();
}

static void __exit anycall_exit(void)
{
	anycall_device_exit();
	anycall_wait_exit();
}

module_init(anycall_init);
module_exit(anycall_exit);
MODULE_LICENSE("GPL");
MODULE_AUTHOR("The AnyCall authors");
MODULE_DESCRIPTION("System calls for BPF programs of type SYSCALL");
MODULE_VERSION("0.1.0");
