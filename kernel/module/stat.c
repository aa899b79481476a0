// SPDX-License-Identifier: GPL-2.0
/* Metadata of files, in the struct that programs know. */
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/kdev_t.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include <asm/stat.h>
#include "anycall.h"
#include "table.generated.h"

#define NR_NEWFSTATAT 262

/* As newfstat() gives them: ids in the caller's user namespace, devices as user space encodes them. */
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

/* From the struct that the kernel's entry left in the caller's memory. */
static int convert_stat(struct anycall_stat *out, unsigned long user)
{
	struct stat stat;

	if (copy_from_user(&stat, (const void __user *)user, sizeof(stat)))
		return -EFAULT;
	out->dev = stat.st_dev;
	out->ino = stat.st_ino;
	out->mode = stat.st_mode;
	out->nlink = stat.st_nlink;
	out->uid = stat.st_uid;
	out->gid = stat.st_gid;
	out->size = stat.st_size;
	out->blocks = stat.st_blocks;
	out->mtime.sec = stat.st_mtime;
	out->mtime.nsec = stat.st_mtime_nsec;
	return 0;
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

__bpf_kfunc s32 anycall_newfstatat(s32 dir, const void *path, u32 path__sz, struct anycall_stat *out, s32 flags)
{
	struct anycall_binding *b = anycall_enter();
	unsigned long place;
	long result;

	if (unlikely(!b))
		return -EPERM;
	place = out ? b->scratch + 2 * PATH_MAX : 0;
	result = anycall_entry(b, NR_NEWFSTATAT, dir, anycall_user_path(b, 0, path, path__sz), place, flags, 0, 0);
	return result ? result : convert_stat(out, place);
}

__bpf_kfunc_end_defs();
