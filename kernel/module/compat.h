/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels this module builds for: Linux 6.1 and 6.12. Nothing else tests
 * for versions.
 */
#ifndef ANYCALL_COMPAT_H
#define ANYCALL_COMPAT_H

#include <linux/version.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/mount.h>
#include <linux/namei.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#include <linux/filelock.h>
#endif

#ifndef __bpf_kfunc
#define __bpf_kfunc __used noinline
#endif

#ifndef __bpf_kfunc_start_defs
#define __bpf_kfunc_start_defs() __diag_push()
#define __bpf_kfunc_end_defs() __diag_pop()
#endif

#ifndef BTF_KFUNCS_START
#define BTF_KFUNCS_START(name) BTF_SET8_START(name)
#define BTF_KFUNCS_END(name) BTF_SET8_END(name)
#endif

/* Looks a path of user space up. */
static inline int anycall_user_path_at(int dir, const char __user *path, unsigned int flags,
				       struct path *found)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return user_path_at(dir, path, flags, found);
#else
	return user_path_at_empty(dir, path, flags, found, NULL);
#endif
}

/* The dentry of a directory's own name, with the checks and the revalidation of a look-up. */
static inline struct dentry *anycall_lookup_name(const struct path *dir, const char *name, int size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return lookup_one_positive_unlocked(mnt_idmap(dir->mnt), name, dir->dentry, size);
#else
	return lookup_one_positive_unlocked(mnt_user_ns(dir->mnt), name, dir->dentry, size);
#endif
}

/* filp_open() tells fsnotify itself since 6.8. */
static inline void anycall_notify_open(struct file *file)
{
	if (LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0))
		fsnotify_open(file);
}

/* vfs_iter_write() keeps freezing of the file system away itself since 6.8. */
static inline void anycall_start_write(struct file *file)
{
	if (LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0))
		file_start_write(file);
}

static inline void anycall_end_write(struct file *file)
{
	if (LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0))
		file_end_write(file);
}

/*
 * The last reference can be dropped at once, by any task, since 6.6; before, only by kernel
 * threads.
 */
#define ANYCALL_HAS_FPUT_SYNC (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0))

/* Closes a file that no descriptor ever named; the last step may be left to the task's works. */
static inline void anycall_close_file(struct file *file)
{
#if ANYCALL_HAS_FPUT_SYNC
	if (file->f_op->flush)
		file->f_op->flush(file, current->files);
	if (!(file->f_mode & FMODE_PATH))
		locks_remove_posix(file, current->files);
	__fput_sync(file);
#else
	filp_close(file, current->files);
#endif
}

#endif /* ANYCALL_COMPAT_H */
