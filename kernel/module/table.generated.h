/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Structs, prototypes and list of the kernel functions;
 * generated from kernel/abi by kernel/module/generate.ts: do not edit.
 */
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

struct anycall_itimerspec {
	struct anycall_timespec interval;
	struct anycall_timespec value;
};

static_assert(sizeof(struct anycall_itimerspec) == 32);

struct anycall_pair {
	s32 first;
	s32 second;
};

static_assert(sizeof(struct anycall_pair) == 8);

struct anycall_epoll_event {
	u32 events;
	u32 data;
	u32 high;
};

static_assert(sizeof(struct anycall_epoll_event) == 12);

struct anycall_futex_word {
	u32 value;
};

static_assert(sizeof(struct anycall_futex_word) == 4);

struct anycall_file_lock {
	s16 type;
	s16 whence;
	s64 start;
	s64 size;
	s32 pid;
};

static_assert(sizeof(struct anycall_file_lock) == 32);

struct anycall_socket_address {
	u32 length;
	u16 family;
	u16 port;
	u32 ip;
	u32 ip0;
	u32 ip1;
	u32 ip2;
	u32 ip3;
	u32 scope;
};

static_assert(sizeof(struct anycall_socket_address) == 32);

struct anycall_socket_option {
	u32 length;
	s32 value;
	s32 second;
};

static_assert(sizeof(struct anycall_socket_option) == 12);

struct anycall_copy_offsets {
	s64 from;
	s64 to;
};

static_assert(sizeof(struct anycall_copy_offsets) == 16);

struct anycall_directory_entry {
	u32 length;
	s32 error;
	u32 type;
	u32 bytes;
	struct anycall_stat stat;
};

static_assert(sizeof(struct anycall_directory_entry) == 80);

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
s32 anycall_newfstatat(s32 dir, const void *path, u32 path__sz, struct anycall_stat *out,
		       s32 flags);
s32 anycall_getdents64(s32 fd, void *buf, u32 buf__sz);
s32 anycall_unlinkat(s32 dir, const void *path, u32 path__sz, s32 flags);
s32 anycall_mkdirat(s32 dir, const void *path, u32 path__sz, u32 mode);
u32 anycall_geteuid(void);
u32 anycall_getegid(void);
s32 anycall_getpgid(s32 pid);
s32 anycall_getsid(s32 pid);
s32 anycall_getpriority(s32 which, s32 who);
s32 anycall_sched_yield(void);
s32 anycall_umask(s32 mask);
s32 anycall_kill(s32 pid, s32 signal);
s32 anycall_tgkill(s32 tgid, s32 tid, s32 signal);
s32 anycall_clock_getres(s32 clock, struct anycall_timespec *out);
s32 anycall_clock_nanosleep(s32 clock, s32 flags, const struct anycall_timespec *request,
			    struct anycall_timespec *remaining__nullable);
s32 anycall_pwrite64(s32 fd, const void *buf, u32 buf__sz, s64 offset);
s32 anycall_ftruncate(s32 fd, s64 length);
s32 anycall_truncate(const void *path, u32 path__sz, s64 length);
s32 anycall_fallocate(s32 fd, s32 mode, s64 offset, s64 length);
s32 anycall_fsync(s32 fd);
s32 anycall_fdatasync(s32 fd);
s32 anycall_fadvise64(s32 fd, s64 offset, s64 length, s32 advice);
s64 anycall_sendfile(s32 to, s32 from, u64 count);
s64 anycall_copy_file_range(s32 from, s32 to, u64 count);
s32 anycall_flock(s32 fd, s32 operation);
s32 anycall_dup(s32 fd);
s32 anycall_dup3(s32 fd, s32 to, s32 flags);
s32 anycall_fchmod(s32 fd, u32 mode);
s32 anycall_fchmodat(s32 dir, const void *path, u32 path__sz, u32 mode);
s32 anycall_fchown(s32 fd, u32 uid, u32 gid);
s32 anycall_chown(const void *path, u32 path__sz, u32 uid, u32 gid);
s32 anycall_lchown(const void *path, u32 path__sz, u32 uid, u32 gid);
s32 anycall_faccessat(s32 dir, const void *path, u32 path__sz, s32 mode);
s32 anycall_readlinkat(s32 dir, const void *path, u32 path__sz, void *buf, u32 buf__sz);
s32 anycall_rename(const void *path, u32 path__sz, const void *to, u32 to__sz);
s32 anycall_link(const void *path, u32 path__sz, const void *to, u32 to__sz);
s32 anycall_symlinkat(const void *target, u32 target__sz, s32 dir, const void *path, u32 path__sz);
s32 anycall_chdir(const void *path, u32 path__sz);
s32 anycall_fchdir(s32 fd);
s32 anycall_getcwd(void *buf, u32 buf__sz);
s32 anycall_fgetxattr(s32 fd, const void *name, u32 name__sz, void *buf, u32 buf__sz);
s32 anycall_flistxattr(s32 fd, void *buf, u32 buf__sz);
s32 anycall_fremovexattr(s32 fd, const void *name, u32 name__sz);
s32 anycall_memfd_create(const void *name, u32 name__sz, u32 flags);
s32 anycall_pipe2(struct anycall_pair *pair, s32 flags);
s32 anycall_poll(void *fds, u32 fds__sz, s32 timeout);
s32 anycall_eventfd2(u32 initial, s32 flags);
s32 anycall_timerfd_create(s32 clock, s32 flags);
s32 anycall_timerfd_settime(s32 fd, s32 flags, const struct anycall_itimerspec *value,
			    struct anycall_itimerspec *before__nullable);
s32 anycall_timerfd_gettime(s32 fd, struct anycall_itimerspec *out);
s32 anycall_inotify_init1(s32 flags);
s32 anycall_inotify_add_watch(s32 fd, const void *path, u32 path__sz, u32 mask);
s32 anycall_inotify_rm_watch(s32 fd, s32 watch);
s32 anycall_epoll_create1(s32 flags);
s32 anycall_epoll_ctl(s32 fd, s32 operation, s32 target,
		      const struct anycall_epoll_event *event__nullable);
s32 anycall_epoll_wait(s32 fd, void *events, u32 events__sz, s32 timeout);
s32 anycall_futex_wait(struct anycall_futex_word *word, u32 value,
		       const struct anycall_timespec *timeout__nullable);
s32 anycall_futex_wake(struct anycall_futex_word *word, s32 count);
s32 anycall_fcntl(s32 fd, s32 command, s32 value);
s32 anycall_fcntl_lock(s32 fd, s32 command, struct anycall_file_lock *lock);
s64 anycall_splice(s32 from, s32 to, u64 count, u32 flags);
s64 anycall_tee(s32 from, s32 to, u64 count, u32 flags);
s64 anycall_copy_file_range_at(s32 from, s32 to, struct anycall_copy_offsets *offsets, u64 count);
s32 anycall_socket(s32 domain, s32 type, s32 protocol);
s32 anycall_socketpair(s32 domain, s32 type, s32 protocol, struct anycall_pair *pair);
s32 anycall_bind(s32 fd, const void *address, u32 address__sz);
s32 anycall_connect(s32 fd, const void *address, u32 address__sz);
s32 anycall_listen(s32 fd, s32 backlog);
s32 anycall_accept4(s32 fd, s32 flags);
s32 anycall_shutdown(s32 fd, s32 how);
s32 anycall_send(s32 fd, const void *buf, u32 buf__sz, s32 flags);
s32 anycall_recv(s32 fd, void *buf, u32 buf__sz, s32 flags);
s32 anycall_setsockopt(s32 fd, s32 level, s32 option, const void *value, u32 value__sz);
s32 anycall_getsockname(s32 fd, struct anycall_socket_address *out);
s32 anycall_getpeername(s32 fd, struct anycall_socket_address *out);
s32 anycall_sendto(s32 fd, const void *buf, u32 buf__sz, s32 flags,
		   const struct anycall_socket_address *to);
s32 anycall_recvfrom(s32 fd, void *buf, u32 buf__sz, s32 flags,
		     struct anycall_socket_address *from);
s32 anycall_getsockopt(s32 fd, s32 level, s32 option, struct anycall_socket_option *out);
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
s32 anycall_file_read_file(struct anycall_file *file, const void *path, u32 path__sz, void *buf,
			   u32 buf__sz);
s32 anycall_file_read_dir(struct anycall_file *file, void *buf, u32 buf__sz);

/* BTF_ID_FLAGS() of every kernel function, as the verifier is to know them. */
#define ANYCALL_KFUNCS \
	BTF_ID_FLAGS(func, anycall_getpid, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_gettid, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getppid, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getuid, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getgid, KF_SLEEPABLE) \
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
	BTF_ID_FLAGS(func, anycall_geteuid, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getegid, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getpgid, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getsid, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getpriority, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_sched_yield, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_umask, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_kill, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_tgkill, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_clock_getres, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_clock_nanosleep, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_pwrite64, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_ftruncate, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_truncate, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fallocate, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fsync, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fdatasync, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fadvise64, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_sendfile, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_copy_file_range, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_flock, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_dup, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_dup3, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fchmod, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fchmodat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fchown, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_chown, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_lchown, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_faccessat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_readlinkat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_rename, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_link, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_symlinkat, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_chdir, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fchdir, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getcwd, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fgetxattr, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_flistxattr, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fremovexattr, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_memfd_create, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_pipe2, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_poll, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_eventfd2, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_timerfd_create, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_timerfd_settime, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_timerfd_gettime, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_inotify_init1, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_inotify_add_watch, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_inotify_rm_watch, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_epoll_create1, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_epoll_ctl, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_epoll_wait, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_futex_wait, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_futex_wake, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fcntl, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_fcntl_lock, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_splice, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_tee, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_copy_file_range_at, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_socket, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_socketpair, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_bind, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_connect, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_listen, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_accept4, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_shutdown, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_send, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_recv, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_setsockopt, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getsockname, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getpeername, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_sendto, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_recvfrom, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_getsockopt, KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_open, KF_ACQUIRE | KF_RET_NULL | KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_file_put, KF_RELEASE | KF_SLEEPABLE) \
	BTF_ID_FLAGS(func, anycall_file_read, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_write, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_seek, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_stat, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_open, \
		     KF_ACQUIRE | KF_RET_NULL | KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_stat_at, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_read_file, KF_SLEEPABLE | KF_TRUSTED_ARGS) \
	BTF_ID_FLAGS(func, anycall_file_read_dir, KF_SLEEPABLE | KF_TRUSTED_ARGS)

#endif /* ANYCALL_TABLE_GENERATED_H */
