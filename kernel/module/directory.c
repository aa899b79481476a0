// SPDX-License-Identifier: GPL-2.0
/*
 * A directory's entries with their metadata: what getdents64() and a newfstatat() of each name
 * give, in one pass. The names are collected first, since a directory is locked while it is
 * iterated, then each is looked up with the checks and hooks of a look-up. Records are in the
 * program's memory, which the caller can change meanwhile: nothing read back from there is trusted.
 */
#include <linux/dcache.h>
#include <linux/kernel.h>
#include <linux/namei.h>
#include <linux/string.h>
#include "anycall.h"
#include "table.generated.h"

struct listing {
	struct dir_context ctx;
	char *buf;
	u32 room;
	u32 used;
	int error;
};

#define HEAD sizeof(struct anycall_directory_entry)

static bool take(struct dir_context *ctx, const char *name, int size, loff_t offset, u64 ino,
		 unsigned int type)
{
	struct listing *list = container_of(ctx, struct listing, ctx);
	u32 length = ALIGN(HEAD + size + 1, 8);
	struct anycall_directory_entry *entry;

	/* What getdents64() says of a name that no file can have. */
	if (size <= 0 || size >= PATH_MAX || memchr(name, '/', size)) {
		list->error = -EIO;
		return false;
	}
	list->error = -EINVAL;
	if (length > list->room - list->used)
		return false;
	if (list->used && signal_pending(current)) {
		list->error = -EINTR;
		return false;
	}
	list->error = 0;
	entry = (struct anycall_directory_entry *)(list->buf + list->used);
	memset(entry, 0, length);
	entry->length = length;
	entry->type = type;
	entry->bytes = size;
	entry->stat.ino = ino;
	memcpy((char *)entry + HEAD, name, size);
	list->used += length;
	return true;
}

/* Metadata of an entry as fstatat() with AT_SYMLINK_NOFOLLOW and AT_NO_AUTOMOUNT gives it. */
static long stat_entry(struct anycall_binding *b, struct file *dir, u32 size, struct kstat *stat)
{
	const char *name = b->path;
	struct dentry *dentry;
	struct path found;
	long error;

	if (strcmp(name, ".") && strcmp(name, "..")) {
		dentry = anycall_lookup_name(&dir->f_path, name, size);
		if (IS_ERR(dentry))
			return PTR_ERR(dentry);
		if (likely(!(dentry->d_flags & DCACHE_MANAGED_DENTRY))) {
			found.mnt = dir->f_path.mnt;
			found.dentry = dentry;
			error = vfs_getattr(&found, stat, STATX_BASIC_STATS, 0);
			dput(dentry);
			return error;
		}
		dput(dentry);
	}
	/* The directory itself, the one above, and what may be a mount point. */
	error = anycall_kernel_path_at(b, dir, name, &found);
	if (error)
		return error;
	error = vfs_getattr(&found, stat, STATX_BASIC_STATS, 0);
	path_put(&found);
	return error;
}

/* Adds the metadata to the records of `used` bytes. */
static long stat_entries(struct anycall_binding *b, struct file *dir, char *buf, u32 used)
{
	u32 at = 0;

	while (at < used) {
		struct anycall_directory_entry *entry = (void *)(buf + at);
		u32 length = READ_ONCE(entry->length), size = READ_ONCE(entry->bytes);
		struct kstat stat;
		long error;

		/* The caller has written there. */
		if (length % 8 || length < HEAD || length > used - at || size >= PATH_MAX ||
		    size >= length - HEAD)
			return -EFAULT;
		if (unlikely(fatal_signal_pending(current)))
			return -EINTR;
		memcpy(b->path, (char *)entry + HEAD, size);
		b->path[size] = '\0';
		error = stat_entry(b, dir, strlen(b->path), &stat);
		entry->error = error;
		if (!error) {
			anycall_fill_stat(&entry->stat, &stat);
			entry->type = (stat.mode & S_IFMT) >> 12;
		}
		at += length;
		cond_resched();
	}
	return 0;
}

__bpf_kfunc_start_defs();

__bpf_kfunc s32 anycall_file_read_dir(struct anycall_file *file, void *buf, u32 buf__sz)
{
	struct listing list = { .ctx.actor = take, .buf = buf, .room = buf__sz };
	struct anycall_binding *b = anycall_enter_handle();
	struct file *dir = anycall_file_of(file);
	long error;

	if (unlikely(!b))
		return anycall_enter() ? -EINTR : -EPERM;
	if (dir->f_mode & FMODE_PATH)
		return -EBADF;
	if (!buf && buf__sz)
		return -EFAULT;
	list.room = min_t(u32, list.room, INT_MAX);
	anycall_wait_begin(b);
	error = iterate_dir(dir, &list.ctx);
	if (error >= 0)
		error = list.error;
	/* What was found counts for more than what came then, as in getdents64(). */
	if (list.used)
		error = stat_entries(b, dir, buf, list.used);
	error = anycall_wait_end(b, error);
	return error ?: list.used;
}

__bpf_kfunc_end_defs();
