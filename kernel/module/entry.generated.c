// SPDX-License-Identifier: GPL-2.0
/*
 * System calls that go to the kernel's own entry with their arguments as they are;
 * generated from kernel/abi by kernel/module/generate.ts: do not edit.
 */
#include "anycall.h"
#include "table.generated.h"

__bpf_kfunc_start_defs();

__bpf_kfunc s32 anycall_clock_gettime(s32 clock, struct anycall_timespec *out)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 228, clock, anycall_user(b, out, sizeof(*out)), 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_nanosleep(const struct anycall_timespec *request,
				  struct anycall_timespec *remaining__nullable)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 35, anycall_user(b, request, sizeof(*request)), anycall_user(b,
			     remaining__nullable, sizeof(*remaining__nullable)), 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_getrandom(void *buf, u32 buf__sz, u32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 318, anycall_user(b, buf, buf__sz), buf__sz, flags, 0, 0, 0);
}

__bpf_kfunc s32 anycall_openat(s32 dir, const void *path, u32 path__sz, s32 flags, u32 mode)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 257, dir, anycall_user_path(b, 0, path, path__sz), flags, mode, 0,
			     0);
}

__bpf_kfunc s32 anycall_close(s32 fd)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 3, fd, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_read(s32 fd, void *buf, u32 buf__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 0, fd, anycall_user(b, buf, buf__sz), buf__sz, 0, 0, 0);
}

__bpf_kfunc s32 anycall_write(s32 fd, const void *buf, u32 buf__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 1, fd, anycall_user(b, buf, buf__sz), buf__sz, 0, 0, 0);
}

__bpf_kfunc s32 anycall_pread64(s32 fd, void *buf, u32 buf__sz, s64 offset)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 17, fd, anycall_user(b, buf, buf__sz), buf__sz, offset, 0, 0);
}

__bpf_kfunc s64 anycall_lseek(s32 fd, s64 offset, s32 whence)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 8, fd, offset, whence, 0, 0, 0);
}

__bpf_kfunc s32 anycall_getdents64(s32 fd, void *buf, u32 buf__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 217, fd, anycall_user(b, buf, buf__sz), buf__sz, 0, 0, 0);
}

__bpf_kfunc s32 anycall_unlinkat(s32 dir, const void *path, u32 path__sz, s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 263, dir, anycall_user_path(b, 0, path, path__sz), flags, 0, 0, 0);
}

__bpf_kfunc s32 anycall_mkdirat(s32 dir, const void *path, u32 path__sz, u32 mode)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 258, dir, anycall_user_path(b, 0, path, path__sz), mode, 0, 0, 0);
}

__bpf_kfunc u32 anycall_geteuid(void)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 107, 0, 0, 0, 0, 0, 0);
}

__bpf_kfunc u32 anycall_getegid(void)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 108, 0, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_getpgid(s32 pid)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 121, pid, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_getsid(s32 pid)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 124, pid, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_getpriority(s32 which, s32 who)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 140, which, who, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_sched_yield(void)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 24, 0, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_umask(s32 mask)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 95, mask, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_kill(s32 pid, s32 signal)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 62, pid, signal, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_tgkill(s32 tgid, s32 tid, s32 signal)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 234, tgid, tid, signal, 0, 0, 0);
}

__bpf_kfunc s32 anycall_clock_getres(s32 clock, struct anycall_timespec *out)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 229, clock, anycall_user(b, out, sizeof(*out)), 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_clock_nanosleep(s32 clock, s32 flags,
					const struct anycall_timespec *request,
					struct anycall_timespec *remaining__nullable)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 230, clock, flags, anycall_user(b, request, sizeof(*request)),
			     anycall_user(b, remaining__nullable, sizeof(*remaining__nullable)), 0,
			     0);
}

__bpf_kfunc s32 anycall_pwrite64(s32 fd, const void *buf, u32 buf__sz, s64 offset)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 18, fd, anycall_user(b, buf, buf__sz), buf__sz, offset, 0, 0);
}

__bpf_kfunc s32 anycall_ftruncate(s32 fd, s64 length)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 77, fd, length, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_truncate(const void *path, u32 path__sz, s64 length)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 76, anycall_user_path(b, 0, path, path__sz), length, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fallocate(s32 fd, s32 mode, s64 offset, s64 length)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 285, fd, mode, offset, length, 0, 0);
}

__bpf_kfunc s32 anycall_fsync(s32 fd)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 74, fd, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fdatasync(s32 fd)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 75, fd, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fadvise64(s32 fd, s64 offset, s64 length, s32 advice)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 221, fd, offset, length, advice, 0, 0);
}

__bpf_kfunc s64 anycall_sendfile(s32 to, s32 from, u64 count)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 40, to, from, 0, count, 0, 0);
}

__bpf_kfunc s64 anycall_copy_file_range(s32 from, s32 to, u64 count)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 326, from, 0, to, 0, count, 0);
}

__bpf_kfunc s32 anycall_flock(s32 fd, s32 operation)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 73, fd, operation, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_dup(s32 fd)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 32, fd, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_dup3(s32 fd, s32 to, s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 292, fd, to, flags, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fchmod(s32 fd, u32 mode)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 91, fd, mode, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fchmodat(s32 dir, const void *path, u32 path__sz, u32 mode)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 268, dir, anycall_user_path(b, 0, path, path__sz), mode, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fchown(s32 fd, u32 uid, u32 gid)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 93, fd, uid, gid, 0, 0, 0);
}

__bpf_kfunc s32 anycall_chown(const void *path, u32 path__sz, u32 uid, u32 gid)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 92, anycall_user_path(b, 0, path, path__sz), uid, gid, 0, 0, 0);
}

__bpf_kfunc s32 anycall_lchown(const void *path, u32 path__sz, u32 uid, u32 gid)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 94, anycall_user_path(b, 0, path, path__sz), uid, gid, 0, 0, 0);
}

__bpf_kfunc s32 anycall_faccessat(s32 dir, const void *path, u32 path__sz, s32 mode)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 269, dir, anycall_user_path(b, 0, path, path__sz), mode, 0, 0, 0);
}

__bpf_kfunc s32 anycall_readlinkat(s32 dir, const void *path, u32 path__sz, void *buf, u32 buf__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 267, dir, anycall_user_path(b, 0, path, path__sz),
			     anycall_user(b, buf, buf__sz), buf__sz, 0, 0);
}

__bpf_kfunc s32 anycall_rename(const void *path, u32 path__sz, const void *to, u32 to__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 82, anycall_user_path(b, 0, path, path__sz),
			     anycall_user_path(b, 1, to, to__sz), 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_link(const void *path, u32 path__sz, const void *to, u32 to__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 86, anycall_user_path(b, 0, path, path__sz),
			     anycall_user_path(b, 1, to, to__sz), 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_symlinkat(const void *target, u32 target__sz, s32 dir, const void *path,
				  u32 path__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 266, anycall_user_path(b, 0, target, target__sz), dir,
			     anycall_user_path(b, 1, path, path__sz), 0, 0, 0);
}

__bpf_kfunc s32 anycall_chdir(const void *path, u32 path__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 80, anycall_user_path(b, 0, path, path__sz), 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fchdir(s32 fd)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 81, fd, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_getcwd(void *buf, u32 buf__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 79, anycall_user(b, buf, buf__sz), buf__sz, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fgetxattr(s32 fd, const void *name, u32 name__sz, void *buf, u32 buf__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 193, fd, anycall_user_path(b, 0, name, name__sz),
			     anycall_user(b, buf, buf__sz), buf__sz, 0, 0);
}

__bpf_kfunc s32 anycall_flistxattr(s32 fd, void *buf, u32 buf__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 196, fd, anycall_user(b, buf, buf__sz), buf__sz, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fremovexattr(s32 fd, const void *name, u32 name__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 199, fd, anycall_user_path(b, 0, name, name__sz), 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_memfd_create(const void *name, u32 name__sz, u32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 319, anycall_user_path(b, 0, name, name__sz), flags, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_pipe2(struct anycall_pair *pair, s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 293, anycall_user(b, pair, sizeof(*pair)), flags, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_poll(void *fds, u32 fds__sz, s32 timeout)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 7, anycall_user(b, fds, fds__sz), fds__sz / 8, timeout, 0, 0, 0);
}

__bpf_kfunc s32 anycall_eventfd2(u32 initial, s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 290, initial, flags, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_timerfd_create(s32 clock, s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 283, clock, flags, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_timerfd_settime(s32 fd, s32 flags, const struct anycall_itimerspec *value,
					struct anycall_itimerspec *before__nullable)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 286, fd, flags, anycall_user(b, value, sizeof(*value)),
			     anycall_user(b, before__nullable, sizeof(*before__nullable)), 0, 0);
}

__bpf_kfunc s32 anycall_timerfd_gettime(s32 fd, struct anycall_itimerspec *out)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 287, fd, anycall_user(b, out, sizeof(*out)), 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_inotify_init1(s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 294, flags, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_inotify_add_watch(s32 fd, const void *path, u32 path__sz, u32 mask)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 254, fd, anycall_user_path(b, 0, path, path__sz), mask, 0, 0, 0);
}

__bpf_kfunc s32 anycall_inotify_rm_watch(s32 fd, s32 watch)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 255, fd, watch, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_epoll_create1(s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 291, flags, 0, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_epoll_ctl(s32 fd, s32 operation, s32 target,
				  const struct anycall_epoll_event *event__nullable)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 233, fd, operation, target, anycall_user(b, event__nullable,
			     sizeof(*event__nullable)), 0, 0);
}

__bpf_kfunc s32 anycall_epoll_wait(s32 fd, void *events, u32 events__sz, s32 timeout)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 232, fd, anycall_user(b, events, events__sz), events__sz / 12,
			     timeout, 0, 0);
}

__bpf_kfunc s32 anycall_futex_wait(struct anycall_futex_word *word, u32 value,
				   const struct anycall_timespec *timeout__nullable)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 202, anycall_user(b, word, sizeof(*word)), 128, value,
			     anycall_user(b, timeout__nullable, sizeof(*timeout__nullable)), 0, 0);
}

__bpf_kfunc s32 anycall_futex_wake(struct anycall_futex_word *word, s32 count)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 202, anycall_user(b, word, sizeof(*word)), 129, count, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fcntl(s32 fd, s32 command, s32 value)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	switch (command) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
	case 1024:
	case 1025:
	case 1030:
	case 1031:
	case 1032:
	case 1033:
	case 1034:
		break;
	default:
		return -EINVAL;
	}
	return anycall_entry(b, 72, fd, command, value, 0, 0, 0);
}

__bpf_kfunc s32 anycall_fcntl_lock(s32 fd, s32 command, struct anycall_file_lock *lock)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	switch (command) {
	case 5:
	case 6:
	case 7:
	case 36:
	case 37:
	case 38:
		break;
	default:
		return -EINVAL;
	}
	return anycall_entry(b, 72, fd, command, anycall_user(b, lock, sizeof(*lock)), 0, 0, 0);
}

__bpf_kfunc s64 anycall_splice(s32 from, s32 to, u64 count, u32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 275, from, 0, to, 0, count, flags);
}

__bpf_kfunc s64 anycall_tee(s32 from, s32 to, u64 count, u32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 276, from, to, count, flags, 0, 0);
}

__bpf_kfunc s64 anycall_copy_file_range_at(s32 from, s32 to, struct anycall_copy_offsets *offsets,
					   u64 count)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 326, from, anycall_user_part(b, offsets, 0, 16), to,
			     anycall_user_part(b, offsets, 8, 8), count, 0);
}

__bpf_kfunc s32 anycall_socket(s32 domain, s32 type, s32 protocol)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 41, domain, type, protocol, 0, 0, 0);
}

__bpf_kfunc s32 anycall_socketpair(s32 domain, s32 type, s32 protocol, struct anycall_pair *pair)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 53, domain, type, protocol, anycall_user(b, pair, sizeof(*pair)),
			     0, 0);
}

__bpf_kfunc s32 anycall_bind(s32 fd, const void *address, u32 address__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 49, fd, anycall_user(b, address, address__sz), address__sz, 0, 0,
			     0);
}

__bpf_kfunc s32 anycall_connect(s32 fd, const void *address, u32 address__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 42, fd, anycall_user(b, address, address__sz), address__sz, 0, 0,
			     0);
}

__bpf_kfunc s32 anycall_listen(s32 fd, s32 backlog)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 50, fd, backlog, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_accept4(s32 fd, s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 288, fd, 0, 0, flags, 0, 0);
}

__bpf_kfunc s32 anycall_shutdown(s32 fd, s32 how)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 48, fd, how, 0, 0, 0, 0);
}

__bpf_kfunc s32 anycall_send(s32 fd, const void *buf, u32 buf__sz, s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 44, fd, anycall_user(b, buf, buf__sz), buf__sz, flags, 0, 0);
}

__bpf_kfunc s32 anycall_recv(s32 fd, void *buf, u32 buf__sz, s32 flags)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 45, fd, anycall_user(b, buf, buf__sz), buf__sz, flags, 0, 0);
}

__bpf_kfunc s32 anycall_setsockopt(s32 fd, s32 level, s32 option, const void *value, u32 value__sz)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 54, fd, level, option, anycall_user(b, value, value__sz),
			     value__sz, 0);
}

__bpf_kfunc s32 anycall_getsockname(s32 fd, struct anycall_socket_address *out)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	if (likely(out))
		WRITE_ONCE(out->length, 28);
	return anycall_entry(b, 51, fd, anycall_user_part(b, out, 4, 28),
			     anycall_user_part(b, out, 0, 32), 0, 0, 0);
}

__bpf_kfunc s32 anycall_getpeername(s32 fd, struct anycall_socket_address *out)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	if (likely(out))
		WRITE_ONCE(out->length, 28);
	return anycall_entry(b, 52, fd, anycall_user_part(b, out, 4, 28),
			     anycall_user_part(b, out, 0, 32), 0, 0, 0);
}

__bpf_kfunc s32 anycall_sendto(s32 fd, const void *buf, u32 buf__sz, s32 flags,
			       const struct anycall_socket_address *to)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	return anycall_entry(b, 44, fd, anycall_user(b, buf, buf__sz), buf__sz, flags,
			     anycall_user_part(b, to, 4, 28), anycall_at_most(to, 0, 28));
}

__bpf_kfunc s32 anycall_recvfrom(s32 fd, void *buf, u32 buf__sz, s32 flags,
				 struct anycall_socket_address *from)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	if (likely(from))
		WRITE_ONCE(from->length, 28);
	return anycall_entry(b, 45, fd, anycall_user(b, buf, buf__sz), buf__sz, flags,
			     anycall_user_part(b, from, 4, 28), anycall_user_part(b, from, 0, 32));
}

__bpf_kfunc s32 anycall_getsockopt(s32 fd, s32 level, s32 option,
				   struct anycall_socket_option *out)
{
	struct anycall_binding *b = anycall_enter();

	if (unlikely(!b))
		return -EPERM;
	if (likely(out))
		WRITE_ONCE(out->length, 8);
	return anycall_entry(b, 55, fd, level, option, anycall_user_part(b, out, 4, 8),
			     anycall_user_part(b, out, 0, 12), 0);
}

__bpf_kfunc_end_defs();
