/* SPDX-License-Identifier: GPL-2.0 */
/* Structs, prototypes and list of the kernel functions; generated from kernel/abi by kernel/module/generate.ts: do not edit. */
#ifndef ANYCALL_TABLE_GENERATED_H
#define ANYCALL_TABLE_GENERATED_H

#include <linux/build_bug.h>
#include <linux/types.h>

/* An open file behind a handle; never looked into by programs. */
struct anycall_file {
};

struct anycall_timespec {
	s64 sec;
	s64 nsec;
};

static_assert(sizeof(struct anycall_timespec) == 16);

struct anycall_stat {
	u64 dev;
	u64 ino;
	u32 mode;
	u32 nlink;
	u32 uid;
	u32 gid;
	s64 size;
	u64 blocks;
	struct anycall_timespec mtime;
};

static_assert(sizeof(struct anycall_stat) == 64);

s32 anycall_getpid(void);
s32 anycall_gettid(void);
s32 anycall_getppid(void);
u32 anycall_getuid(void);
u32 anycall_getgid(void);
s32 anycall_clock_gettime(s32 clock, struct anycall_timespec *out);
s32 anycall_nanosleep(const struct anycall_timespec *request,
		struct anycall_timespec *remaining__nullable);
s32 anycall_getrandom(void *buf, u32 buf__sz, u32 flags);
s32 anycall_openat(s32 dir, const void *path, u32 path__sz, s32 flags, u32 mode);
s32 anycall_close(s32 fd);
s32 anycall_read(s32 fd, void *buf, u32 buf__sz);
s32 anycall_write(s32 fd, const void *buf, u32 buf__sz);
s32 anycall_pread64(s32 fd, void *buf, u32 buf__sz, s64 offset);
s64 anycall_lseek(s32 fd, s64 offset, s32 whence);
s32 anycall_fstat(s32 fd, struct anycall_stat *out);
s32 anycall_newfstatat(s32 dir, const void *path, u32 path__sz, struct anycall_stat *out, s32 flags);
s32 anycall_getdents64(s32 fd, void *buf, u32 buf__sz);
s32 anycall_unlinkat(s32 dir, const void *path, u32 path__sz, s32 flags);
s32 anycall_mkdirat(s32 dir, const void *path, u32 path__sz, u32 mode);
struct anycall_file *anycall_open(const void *path, u32 path__sz, s32 flags, u32 mode, s32 *err);
s32 anycall_file_put(struct anycall_file *file);
s32 anycall_file_read(struct anycall_file *file, void *buf, u32 buf__sz, s64 at);
s32 anycall_file_write(struct anycall_file *file, const void *buf, u32 buf__sz, s64 at);
s64 anycall_file_seek(struct anycall_file *file, s64 offset, s32 whence);
s32 anycall_file_stat(struct anycall_file *file, struct anycall_stat *out);
struct anycall_file *anycall_file_open(struct anycall_file *file, const void *path, u32 path__sz,
		u64 how, s32 *err);
s32 anycall_file_stat_at(struct anycall_file *file, const void *path, u32 path__sz,
		struct anycall_stat *out, s32 flags);

/* BTF_ID_FLAGS() of every kernel function, as the verifier is to know them. */
#define ANYCALL_KFUNCS \
	BTF_ID_FLAGS(func, anycall_getpid) \
	BTF_ID_FLAGS(func, anycall_gettid) \
	BTF_ID_FLAGS(func, anycall_getppid) \
	BTF_ID_FLAGS(func, anycall_getuid) \
	BTF_ID_FLAGS(func, anycall_getgid) \
	BTF_ID_FLAGS(func, anycall_clock_gettime, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_nanosleep, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getrandom, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_openat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_close, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_read, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_write, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_pread64, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_lseek, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fstat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_newfstatat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getdents64, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_unlinkat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_mkdirat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_open, KF_ACQUIRE | KF_RET_NULL | KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_file_put, KF_RELEASE | KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_file_read, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_write, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_seek, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_stat, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_open, KF_ACQUIRE | KF_RET_NULL | KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_stat_at, KF_SLEEPABLE | KF_TRUSTED_ARGS)

#endif /* ANYCALL_TABLE_GENERATED_H */
