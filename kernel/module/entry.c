// SPDX-License-Identifier: GPL-2.0
/*
 * System calls through the kernel's own entry, x64_sys_call(), with user addresses: exactly what
 * the instruction `syscall` leads to, security hooks included. Which numbers a program can reach is
 * fixed by the functions in entry.generated.c. The symbols are not exported; one kprobe each tells
 * their addresses, and static calls make the calls direct ones, as kernels with indirect branch
 * tracking want them. Where a symbol can't be found, what needs it says so.
 */
#include <linux/kprobes.h>
#include <linux/ptrace.h>
#include <linux/static_call.h>
#include <linux/task_work.h>
#include <linux/uaccess.h>
#include "anycall.h"

static long no_entry(const struct pt_regs *regs, unsigned int nr)
{
	return -EOPNOTSUPP;
}

static void no_task_works(void)
{
}

static ssize_t no_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	return -EOPNOTSUPP;
}

static ssize_t no_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	return -EOPNOTSUPP;
}

DEFINE_STATIC_CALL(anycall_x64_sys_call, no_entry);
DEFINE_STATIC_CALL(anycall_task_work_run, no_task_works);
DEFINE_STATIC_CALL(anycall_file_read, no_read);
DEFINE_STATIC_CALL(anycall_file_write, no_write);

static bool entry_found, task_works_found, vfs_found;

static void *address_of(const char *symbol)
{
	struct kprobe probe = { .symbol_name = symbol };
	void *address;

	if (register_kprobe(&probe))
		return NULL;
	address = probe.addr;
	unregister_kprobe(&probe);
	return address;
}

/* Finds what can be found; never fails. */
int anycall_entry_init(void)
{
	void *entry = address_of("x64_sys_call");
	void *task_works = address_of("task_work_run");
	void *read = address_of("vfs_read");
	void *write = address_of("vfs_write");

	if (entry)
		static_call_update(anycall_x64_sys_call, (typeof(no_entry) *)entry);
	if (task_works)
		static_call_update(anycall_task_work_run, (typeof(no_task_works) *)task_works);
	if (read && write) {
		static_call_update(anycall_file_read, (typeof(no_read) *)read);
		static_call_update(anycall_file_write, (typeof(no_write) *)write);
	}
	entry_found = entry;
	task_works_found = task_works;
	vfs_found = read && write;
	if (!entry)
		pr_warn("x64_sys_call not found: only direct functions work\n");
	if (!task_works)
		pr_warn("task_work_run not found: files are closed when the program ends\n");
	return 0;
}

bool anycall_entry_works(void)
{
	return entry_found;
}

bool anycall_sync_works(void)
{
	return task_works_found || ANYCALL_HAS_FPUT_SYNC;
}

/*
 * Does what the task put off until its return to user space: above all the last step of closing a
 * file.
 */
void anycall_run_task_works(void)
{
	if (unlikely(task_work_pending(current)))
		static_call(anycall_task_work_run)();
}

/*
 * One system call. The result is the native one's, but for restarts and waits that are over their
 * time (wait.c).
 */
long anycall_entry(struct anycall_binding *b, unsigned int nr, unsigned long a0, unsigned long a1,
		   unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
{
	struct pt_regs regs;
	long result;

	/* All that the system calls which programs can make look at. */
	regs.di = a0;
	regs.si = a1;
	regs.dx = a2;
	regs.r10 = a3;
	regs.r8 = a4;
	regs.r9 = a5;
	regs.orig_ax = nr;

	/* A native call would not come back to the program. */
	if (unlikely(fatal_signal_pending(current)))
		return -EINTR;
	anycall_wait_begin(b);
	do {
		regs.ax = -ENOSYS;
		result = static_call(anycall_x64_sys_call)(&regs, nr);
	} while (unlikely(anycall_wait_again(b, result)));
	result = anycall_wait_end(b, result);
	anycall_run_task_works();
	cond_resched();
	return result;
}

/*
 * vfs_read() to the program's memory. -EOPNOTSUPP if that memory has no user address or the symbol
 * was not found.
 */
ssize_t anycall_vfs_read(struct anycall_binding *b, struct file *file, void *to, u32 size,
			 loff_t *pos)
{
	unsigned long user = anycall_user(b, to, size);
	ssize_t result;

	if (unlikely(!vfs_found || user == ANYCALL_NOWHERE))
		return -EOPNOTSUPP;
	anycall_wait_begin(b);
	result = static_call(anycall_file_read)(file, (char __user *)user, size, pos);
	return anycall_wait_end(b, result);
}

/* vfs_write() from the program's memory, likewise. */
ssize_t anycall_vfs_write(struct anycall_binding *b, struct file *file, const void *from, u32 size,
			  loff_t *pos)
{
	unsigned long user = anycall_user(b, from, size);
	ssize_t result;

	if (unlikely(!vfs_found || user == ANYCALL_NOWHERE))
		return -EOPNOTSUPP;
	anycall_wait_begin(b);
	result = static_call(anycall_file_write)(file, (const char __user *)user, size, pos);
	return anycall_wait_end(b, result);
}
