// SPDX-License-Identifier: GPL-2.0
/*
 * Handles: open files that a program holds without a descriptor. The verifier proves that each is
 * released once on every path, and only these functions take one, so that a handle needs no check.
 * An operation on one does what the system call with a descriptor does: the same look-up,
 * permission checks, hooks and notifications.
 */
#include <linux/file.h>
#include <linux/namei.h>
#include <linux/uio.h>
#include "anycall.h"
#include "table.generated.h"

/* A system call of a task that is being killed does not come back to it. */
struct anycall_binding *anycall_enter_handle(void)
{
	struct anycall_binding *b = anycall_enter();

	return unlikely(b && fatal_signal_pending(current)) ? NULL : b;
}

/*
 * From here on relative look-ups of this task start at `dir`. b->fs is the task's own for that
 * long.
 */
static void enter_dir(struct anycall_binding *b, struct file *dir, struct fs_struct **outer)
{
	get_fs_root(current->fs, &b->fs.root);
	b->entered_root = b->fs.root;
	/* References, as of every fs_struct: pivot_root() of another task may replace both. */
	b->fs.pwd = dir->f_path;
	path_get(&b->fs.pwd);
	b->fs.umask = current->fs->umask;
	*outer = current->fs;
	task_lock(current);
	current->fs = &b->fs;
	task_unlock(current);
}

/* If it is `from`, makes it `to`; the reference that was held is put into *put. */
static void replace_path(struct path *path, const struct path *from, const struct path *to,
			 struct path *put)
{
	if (!path_equal(path, from))
		return;
	path_get(to);
	*put = *path;
	*path = *to;
}

/*
 * pivot_root() of another task moved this one to a new root, but reached only the stand-in: the
 * task's own follows, unless it has gone elsewhere since.
 */
static void follow_pivot(struct anycall_binding *b, struct fs_struct *outer)
{
	struct path puts[2] = {};

	spin_lock(&outer->lock);
	write_seqcount_begin(&outer->seq);
	replace_path(&outer->root, &b->entered_root, &b->fs.root, &puts[0]);
	replace_path(&outer->pwd, &b->entered_root, &b->fs.root, &puts[1]);
	write_seqcount_end(&outer->seq);
	spin_unlock(&outer->lock);
	path_put(&puts[0]);
	path_put(&puts[1]);
}

static void leave_dir(struct anycall_binding *b, struct fs_struct *outer)
{
	task_lock(current);
	current->fs = outer;
	task_unlock(current);
	if (unlikely(!path_equal(&b->fs.root, &b->entered_root)))
		follow_pivot(b, outer);
	path_put(&b->fs.pwd);
	path_put(&b->fs.root);
}

/* Looks a name up at a directory, without following it where it is a symbolic link. */
long anycall_kernel_path_at(struct anycall_binding *b, struct file *dir, const char *name,
			    struct path *found)
{
	struct fs_struct *outer;
	long error;

	enter_dir(b, dir, &outer);
	error = kern_path(name, 0, found);
	leave_dir(b, outer);
	return error;
}

/* One name of a directory's own: no path, and not the directory above. */
static bool is_plain_name(const char *path)
{
	return !strchr(path, '/') && !(path[0] == '.' && path[1] == '.' && !path[2]);
}

/*
 * Opens `path`, at `dir` if that is given and the path relative. NULL with *err set when that
 * fails.
 */
static struct anycall_file *open_at(struct file *dir, const void *path, u32 size, int flags,
				    umode_t mode, s32 *err)
{
	struct anycall_binding *b = anycall_enter_handle();
	struct fs_struct *outer = NULL;
	struct file *file = NULL;
	long error = -EPERM;

	if (likely(b))
		error = anycall_kernel_path(b, path, size);
	if (!error && !b->path[0])
		error = -ENOENT;
	if (!error && dir && b->path[0] == '/')
		dir = NULL;
	if (!error && dir && !d_can_lookup(dir->f_path.dentry))
		error = -ENOTDIR;
	if (!error) {
		anycall_wait_begin(b);
		if (dir && is_plain_name(b->path) && !(flags & (O_PATH | O_NOFOLLOW))) {
			/*
			 * With the directory as its root, which a name that is no symbolic link
			 * can't show. A link gives -ELOOP, and then the way that holds for every
			 * path is taken.
			 */
			file = file_open_root(&dir->f_path, b->path,
					      flags | O_LARGEFILE | O_NOFOLLOW, mode);
			if (!IS_ERR(file))
				file->f_flags &= ~O_NOFOLLOW;
		}
		if (!file || file == ERR_PTR(-ELOOP)) {
			if (dir)
				enter_dir(b, dir, &outer);
			file = filp_open(b->path, flags | O_LARGEFILE, mode);
			if (dir)
				leave_dir(b, outer);
		}
		error = anycall_wait_end(b, PTR_ERR_OR_ZERO(file));
	}
	if (!error) {
		anycall_notify_open(file);
		return (struct anycall_file *)file;
	}
	if (err)
		*err = error;
	return NULL;
}

/*
 * Through an iterator over kernel memory: for memory without a user address, and where vfs_read()
 * was not found.
 */
static ssize_t transfer_kernel(struct anycall_binding *b, struct file *file, void *memory, u32 size,
			       loff_t *pos, bool write)
{
	struct kvec vector = { .iov_base = memory, .iov_len = min_t(size_t, size, MAX_RW_COUNT) };
	struct iov_iter iter;
	ssize_t result;

	if (!memory && size)
		return -EFAULT;
	iov_iter_kvec(&iter, write ? ITER_SOURCE : ITER_DEST, &vector, 1, vector.iov_len);
	anycall_wait_begin(b);
	if (write) {
		anycall_start_write(file);
		result = vfs_iter_write(file, &iter, pos, 0);
		anycall_end_write(file);
	} else {
		result = vfs_iter_read(file, &iter, pos, 0);
	}
	return anycall_wait_end(b, result);
}

/* Reads or writes at the file's position (at is -1) or at `at`, which leaves the position alone. */
static s32 transfer(struct anycall_file *handle, void *memory, u32 size, s64 at, bool write)
{
	struct anycall_binding *b = anycall_enter_handle();
	struct file *file = anycall_file_of(handle);
	loff_t pos = at, *place = &pos;
	ssize_t result;

	if (unlikely(!b))
		return anycall_enter() ? -EINTR : -EPERM;
	if (at == -1) {
		if (file->f_mode & FMODE_STREAM)
			place = NULL;
		else
			pos = file->f_pos;
	} else if (at < 0) {
		return -EINVAL;
	} else if (!(file->f_mode & (write ? FMODE_PWRITE : FMODE_PREAD))) {
		return file->f_mode & FMODE_PATH ? -EBADF : -ESPIPE;
	}
	result = write ? anycall_vfs_write(b, file, memory, size, place) :
			 anycall_vfs_read(b, file, memory, size, place);
	if (unlikely(result == -EOPNOTSUPP))
		result = transfer_kernel(b, file, memory, size, place, write);
	if (result >= 0 && at == -1 && place)
		file->f_pos = pos;
	cond_resched();
	return result;
}

__bpf_kfunc_start_defs();

__bpf_kfunc struct anycall_file *anycall_open(const void *path, u32 path__sz, s32 flags, u32 mode,
					      s32 *err)
{
	return open_at(NULL, path, path__sz, flags, mode, err);
}

__bpf_kfunc struct anycall_file *anycall_file_open(struct anycall_file *file, const void *path,
						   u32 path__sz, u64 how, s32 *err)
{
	return open_at(anycall_file_of(file), path, path__sz, (s32)how, how >> 32, err);
}

/*
 * As close(2) of the only descriptor would: with the file's own flush, its locks dropped, all of it
 * done on return.
 */
__bpf_kfunc s32 anycall_file_put(struct anycall_file *file)
{
	anycall_close_file(anycall_file_of(file));
	anycall_run_task_works();
	return 0;
}

__bpf_kfunc s32 anycall_file_read(struct anycall_file *file, void *buf, u32 buf__sz, s64 at)
{
	return transfer(file, buf, buf__sz, at, false);
}

__bpf_kfunc s32 anycall_file_write(struct anycall_file *file, const void *buf, u32 buf__sz, s64 at)
{
	return transfer(file, (void *)buf, buf__sz, at, true);
}

/*
 * As openat(), read() until nothing comes or the buffer is full, and close() would. Of a failing
 * read what came before it is not told.
 */
__bpf_kfunc s32 anycall_file_read_file(struct anycall_file *file, const void *path, u32 path__sz,
				       void *buf, u32 buf__sz)
{
	u32 size = min_t(u32, buf__sz, MAX_RW_COUNT), done = 0;
	struct anycall_file *opened;
	s32 result = 0;

	opened = open_at(anycall_file_of(file), path, path__sz, O_RDONLY, 0, &result);
	if (!opened)
		return result;
	do {
		result = transfer(opened, buf + done, size - done, -1, false);
		if (result <= 0)
			break;
		done += result;
	} while (done < size);
	anycall_file_put(opened);
	return result < 0 ? result : done;
}

__bpf_kfunc s64 anycall_file_seek(struct anycall_file *file, s64 offset, s32 whence)
{
	if (unlikely(!anycall_enter_handle()))
		return anycall_enter() ? -EINTR : -EPERM;
	if ((u32)whence > SEEK_MAX)
		return -EINVAL;
	if (anycall_file_of(file)->f_mode & FMODE_PATH)
		return -EBADF;
	return vfs_llseek(anycall_file_of(file), offset, whence);
}

__bpf_kfunc s32 anycall_file_stat(struct anycall_file *file, struct anycall_stat *out)
{
	struct kstat stat;
	int error;

	if (unlikely(!anycall_enter_handle()))
		return anycall_enter() ? -EINTR : -EPERM;
	if (!out)
		return -EFAULT;
	error = vfs_getattr(&anycall_file_of(file)->f_path, &stat, STATX_BASIC_STATS, 0);
	if (!error)
		anycall_fill_stat(out, &stat);
	return error;
}

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)

__bpf_kfunc s32 anycall_file_stat_at(struct anycall_file *file, const void *path, u32 path__sz,
				     struct anycall_stat *out, s32 flags)
{
	unsigned int lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct anycall_binding *b = anycall_enter_handle();
	struct fs_struct *outer = NULL;
	struct path found;
	struct kstat stat;
	long error;

	if (unlikely(!b))
		return anycall_enter() ? -EINTR : -EPERM;
	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	error = anycall_kernel_path(b, path, path__sz);
	if (error)
		return error;
	if (!b->path[0])
		return flags & AT_EMPTY_PATH ? anycall_file_stat(file, out) : -ENOENT;
	if (b->path[0] != '/') {
		if (!d_can_lookup(anycall_file_of(file)->f_path.dentry))
			return -ENOTDIR;
		enter_dir(b, anycall_file_of(file), &outer);
	}
	error = kern_path(b->path, lookup, &found);
	if (!error) {
		error = vfs_getattr(&found, &stat, STATX_BASIC_STATS, flags & AT_STATX_SYNC_TYPE);
		path_put(&found);
	}
	if (outer)
		leave_dir(b, outer);
	if (error)
		return error;
	if (!out)
		return -EFAULT;
	anycall_fill_stat(out, &stat);
	return 0;
}

__bpf_kfunc_end_defs();
