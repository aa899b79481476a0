// SPDX-License-Identifier: GPL-2.0
/*
 * The processes that make calls. A namespace's first process makes workers, one after another, and traces and kills them; a
 * worker makes its bindings with all rights, then enters a small world of its own (a root directory in memory, maybe another
 * user) and calls from several threads while one more mangles the process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fuzz.h"

#define WORLD "/tmp/w"

int own_descriptor(int fd)
{
	int own = fcntl(fd, F_DUPFD, FIRST_OWN);

	close(fd);
	return own;
}

void counted_call(int binding, unsigned long frame)
{
	int status = anycall_call(binding, frame);

	count(&counts->calls);
	if (status < 0)
		count(&counts->refused);
	else
		count(&counts->statuses[status < 4 ? status : 4]);
}

static void device(const char *path, unsigned int major_, unsigned int minor_)
{
	mknod(path, S_IFCHR | 0666, makedev(major_, minor_));
}

/* Root directory of workers: little memory, files of every type, and no way out. */
static void make_world(void)
{
	struct sockaddr_un address = { AF_UNIX, WORLD "/socket" };
	struct stat stat_ = { 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	stat("/dev/anycall", &stat_);
	mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mount("world", WORLD, "tmpfs", 0, "size=8m,nr_inodes=2000,mode=777");
	mkdir(WORLD "/dev", 0777);
	mkdir(WORLD "/proc", 0777);
	mkdir(WORLD "/dir", 0777);
	mkdir(WORLD "/dir/deep", 0700);
	mount("proc", WORLD "/proc", "proc", 0, NULL);
	device(WORLD "/dev/null", 1, 3);
	device(WORLD "/dev/zero", 1, 5);
	device(WORLD "/dev/full", 1, 7);
	mknod(WORLD "/dev/anycall", S_IFCHR | 0666, stat_.st_rdev);
	close(open(WORLD "/a", O_CREAT | O_RDWR, 0666));
	close(open(WORLD "/dir/a", O_CREAT | O_RDWR, 0600));
	mkfifo(WORLD "/fifo", 0666);
	if (symlink("a", WORLD "/link") || symlink("loop", WORLD "/loop") || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, 4))
		perror("world");
	close(fd);
}

static void quiet_handler(int signal_)
{
	(void)signal_;
}

/* Memory that is gone under a thread's own feet ends it; the same number sent by somebody does not. */
static void fault_handler(int signal_, siginfo_t *info, void *context)
{
	(void)signal_;
	(void)context;
	if (info->si_code > 0)
		_exit(3);
}

static void handle_signals(void)
{
	struct sigaction quiet = { .sa_handler = quiet_handler }, fault = { .sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO };

	for (int number = 1; number < 64; number++) {
		quiet.sa_flags = number % 2 ? SA_RESTART : 0;
		sigaction(number, number == SIGSEGV || number == SIGBUS ? &fault : &quiet, NULL);
	}
}

static void enter_world(bool keeps_rights)
{
	struct rlimit size = { 1 << 20, 1 << 20 };
	int null = open("/dev/null", O_RDWR);

	/* The console is not the programs' to write to. */
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close_range(3, FIRST_OWN - 1, 0);
	setrlimit(RLIMIT_FSIZE, &size);
	if (chroot(WORLD) || chdir("/"))
		_exit(4);
	for (int fd = 3; fd < 9; fd++)
		open(fd % 2 ? "a" : "/dev/zero", O_RDWR);
	if (!keeps_rights && one_in(2) && (setgroups(0, NULL) || setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)))
		_exit(4);
}

/* Seconds that a worker gets for its bindings, on a kernel that looks for mistakes. */
#define PATIENCE 60

static const struct kind *kind_;
static int *started_;
static uint64_t seed_;
static int thread_ids[THREADS];

static void *call_forever(void *number)
{
	unsigned int thread = (uintptr_t)number;

	random_state = seed_ + 0x1000 * (thread + 1);
	thread_ids[thread] = syscall(SYS_gettid);
	for (;;)
		kind_->step(thread);
	return NULL;
}

static void work(uint64_t seed)
{
	pthread_t thread;

	random_state = seed_ = seed;
	kind_->enter();
	enter_world(kind_->loads);
	handle_signals();
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, call_forever, (void *)i);
	__atomic_store_n(started_, 1, __ATOMIC_RELAXED);
	mangle_forever(thread_ids, THREADS);
}

/* Waits at most 20 ms for a thread that is being traced. */
static bool stopped(int thread)
{
	int status;

	for (int i = 0; i < 20; i++) {
		if (waitpid(thread, &status, WNOHANG | __WALL) == thread)
			return WIFSTOPPED(status);
		usleep(1000);
	}
	return false;
}

static void trace_some(int worker)
{
	int thread = worker + random_below(THREADS + 2);

	if (ptrace(PTRACE_SEIZE, thread, 0, 0))
		return;
	count(&counts->traced);
	for (int i = 0; i < 4; i++) {
		ptrace(PTRACE_INTERRUPT, thread, 0, 0);
		if (stopped(thread))
			ptrace(one_in(2) ? PTRACE_SYSCALL : PTRACE_CONT, thread, 0, 0);
	}
	ptrace(PTRACE_INTERRUPT, thread, 0, 0);
	stopped(thread);
	/* Where it is not stopped now it stays traced for the rest of its life. */
	ptrace(PTRACE_DETACH, thread, 0, 0);
}

void live(const struct kind *kind, uint64_t seed, int *started)
{
	int worker, found;

	kind_ = kind;
	started_ = started;
	random_state = seed;
	/* kill(0, …) reaches the process group, wherever its members live. */
	setsid();
	make_world();
	for (;;) {
		uint64_t next = random64();
		int life = 50 + random_below(1500);

		*started = 0;
		count(&counts->lives);
		worker = fork();
		if (!worker)
			work(next);
		for (int i = 0; i < (*(volatile int *)started ? life : PATIENCE * 1000); i++) {
			/* Orphans of workers come here too. */
			do
				found = waitpid(-1, NULL, WNOHANG);
			while (found > 0 && found != worker);
			if (found == worker)
				break;
			if (one_in(400))
				trace_some(worker);
			usleep(1000);
		}
		kill(worker, SIGKILL);
		while (waitpid(worker, NULL, __WALL) < 0 && errno == EINTR)
			;
	}
}
