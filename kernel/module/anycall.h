/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of anycall.ko know of each other. */
#ifndef ANYCALL_H
#define ANYCALL_H

#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/limits.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/stat.h>
#include <linux/thread_info.h>
#include "compat.h"
#include "uapi/anycall.h"

#define ANYCALL_MAX_REGIONS 4

/* A map's value as the program sees it (kernel) and as the caller mapped it (user). */
struct anycall_view {
	unsigned long kernel;
	unsigned long user;
	unsigned long size;
};

/*
 * What one open file of /dev/anycall is bound to. Constant once it is bound, but for what belongs
 * to the call under way: one at a time, which `busy` sees to.
 */
struct anycall_binding {
	struct bpf_run_ctx run_ctx; /* current->bpf_ctx during a call */
	struct bpf_prog *prog;
	struct mm_struct *mm;
	unsigned long busy;
	unsigned int views;
	struct anycall_view view[ANYCALL_MAX_REGIONS];
	unsigned long scratch; /* address in `mm`, ANYCALL_SCRATCH bytes */
	char *path; /* PATH_MAX bytes, for functions that take paths as kernel memory */
	struct fs_struct fs; /* stands in for the caller's during look-ups relative to a handle */
	struct path entered_root; /* what fs.root was then; for comparing, without references */

	/* The watchdog's view of the call under way. */
	struct list_head list;
	struct task_struct *task;
	unsigned long deadline; /* of the system call that may sleep: see wait.c */
};

/* Bits of thread_info.syscall_work with which a task's programs are refused (main.c). */
extern unsigned long anycall_refused_work;

/*
 * True if what a native system call of this task would pass (filters, audit, tracers) can't be done
 * for a program's.
 */
static inline bool anycall_task_refused(void)
{
	return READ_ONCE(current_thread_info()->syscall_work) & READ_ONCE(anycall_refused_work);
}

/* What a program gives way to at its next call: true if the call may be made (main.c). */
bool anycall_give_way(void);

/*
 * The binding whose call is under way in this task; NULL where there is none (a program run by
 * BPF_PROG_TEST_RUN: nothing was checked for it), where the task has come under a filter since, or
 * is being killed. Kernel functions answer -EPERM then.
 */
static inline struct anycall_binding *anycall_enter(void)
{
	struct bpf_run_ctx *ctx = current->bpf_ctx;

	if (unlikely(!ctx || anycall_task_refused()))
		return NULL;
	if (unlikely(read_thread_flags() & (_TIF_NEED_RESCHED | _TIF_SIGPENDING)) &&
	    !anycall_give_way())
		return NULL;
	return container_of(ctx, struct anycall_binding, run_ctx);
}

/* memory.c: the program's memory as the caller mapped it */
#define ANYCALL_NOWHERE ((unsigned long)-PAGE_SIZE) /* an address that access_ok() refuses */
unsigned long anycall_user(const struct anycall_binding *b, const void *memory, u32 size);
unsigned long anycall_user_path(const struct anycall_binding *b, unsigned int slot,
				const void *path, u32 size);
long anycall_kernel_path(const struct anycall_binding *b, const void *path, u32 size);

/* User address of `size` bytes at `offset` of the program's struct; NULL for NULL. */
static inline unsigned long anycall_user_part(const struct anycall_binding *b, const void *object,
					      u32 offset, u32 size)
{
	return object ? anycall_user(b, object + offset, size) : 0;
}

/* The 32 bits there; what every check of a length refuses where they are more than `most`. */
static inline int anycall_at_most(const void *object, u32 offset, u32 most)
{
	u32 value = object ? READ_ONCE(*(const u32 *)(object + offset)) : 0;

	return value <= most ? value : -1;
}

/* entry.c: system calls through the kernel's own entry */
int anycall_entry_init(void);
bool anycall_entry_works(void);
bool anycall_sync_works(void);
long anycall_entry(struct anycall_binding *b, unsigned int nr, unsigned long a0, unsigned long a1,
		   unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5);
void anycall_run_task_works(void);
ssize_t anycall_vfs_read(struct anycall_binding *b, struct file *file, void *to, u32 size,
			 loff_t *pos);
ssize_t anycall_vfs_write(struct anycall_binding *b, struct file *file, const void *from, u32 size,
			  loff_t *pos);

/* wait.c: the longest time a system call may sleep */
extern unsigned int anycall_max_wait_ms;
void anycall_wait_exit(void);
void anycall_watch(struct anycall_binding *b);
void anycall_unwatch(struct anycall_binding *b);
void anycall_wait_begin(struct anycall_binding *b);
bool anycall_wait_again(struct anycall_binding *b, long result);
long anycall_wait_end(struct anycall_binding *b, long result);

/* device.c */
int anycall_device_init(void);
void anycall_device_exit(void);

/* kfuncs.c */
int anycall_kfuncs_init(void);

/* stat.c */
struct anycall_stat;
void anycall_fill_stat(struct anycall_stat *out, const struct kstat *stat);

/* handles.c */
struct anycall_file;
static inline struct file *anycall_file_of(struct anycall_file *handle)
{
	return (struct file *)handle;
}

struct anycall_binding *anycall_enter_handle(void);
long anycall_kernel_path_at(struct anycall_binding *b, struct file *dir, const char *name,
			    struct path *found);

#endif /* ANYCALL_H */
