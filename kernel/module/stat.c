// SPDX-License-Identifier: GPL-2.0
/* Metadata of files, in the struct that programs know. */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/kdev_t.h>
#include <linux/namei.h>
#include <linux/user_namespace.h>
#include "anycall.h"
#include "table.generated.h"

/* As newfstat() gives them: ids in the caller's user namespace, devices as user space encodes them.
 */
void anycall_fill_stat(struct anycall_stat *out, const struct kstat *stat)
{
	out->dev = new_encode_dev(stat->dev);
	out->ino = stat->ino;
	out->mode = stat->mode;
	out->nlink = stat->nlink;
	out->uid = from_kuid_munged(current_user_ns(), stat->uid);
	out->gid = from_kgid_munged(current_user_ns(), stat->gid);
	out->size = stat->size;
	out->blocks = stat->blocks;
	out->mtime.sec = stat->mtime.tv_sec;
	out->mtime.nsec = stat->mtime.tv_nsec;
}

__bpf_kfunc_start_defs();

__bpf_kfunc s32 anycall_fstat(s32 fd, struct anycall_stat *out)
{
	struct file *file;
	struct kstat stat;
	int error;

	if (unlikely(!anycall_enter()))
		return -EPERM;
	file = fget_raw(fd);
	if (!file)
		return -EBADF;
	error = vfs_getattr(&file->f_path, &stat, STATX_BASIC_STATS, 0);
	fput(file);
	anycall_run_task_works();
	if (error)
		return error;
	if (!out)
		return -EFAULT;
	anycall_fill_stat(out, &stat);
	return 0;
}

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)

__bpf_kfunc s32 anycall_newfstatat(s32 dir, const void *path, u32 path__sz,
				   struct anycall_stat *out, s32 flags)
{
	unsigned int lookup = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			      (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct anycall_binding *b = anycall_enter();
	const char __user *name;
	struct path found;
	struct kstat stat;
	long error;

	if (unlikely(!b))
		return -EPERM;
	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	if (unlikely(fatal_signal_pending(current)))
		return -EINTR;
	name = (const char __user *)anycall_user_path(b, 0, path, path__sz);
	anycall_wait_begin(b);
	error = anycall_user_path_at(dir, name, lookup, &found);
	if (!error) {
		error = vfs_getattr(&found, &stat, STATX_BASIC_STATS, flags & AT_STATX_SYNC_TYPE);
		path_put(&found);
	}
	error = anycall_wait_end(b, error);
	cond_resched();
	if (error)
		return error;
	if (!out)
		return -EFAULT;
	anycall_fill_stat(out, &stat);
	return 0;
}

__bpf_kfunc_end_defs();
