// SPDX-License-Identifier: GPL-2.0
/* System calls that go to the kernel's own entry with their arguments as they are; generated from kernel/abi by kernel/module/generate.ts: do not edit. */
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
	return anycall_entry(b, 257, dir, anycall_user_path(b, 0, path, path__sz), flags, mode, 0, 0);
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

__bpf_kfunc_end_defs();
