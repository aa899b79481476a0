// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a process while programs run in it: its memory is unmapped, moved, protected and replaced, its descriptors
 * are closed and replaced, signals come, limits change, it forks, comes under a filter, is replaced by execve, ends.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fuzz.h"

#define PAGE 4096UL
#define MOST_MAPPINGS 80

static struct { unsigned char *address; size_t size; int fd; } mappings[MOST_MAPPINGS];
static unsigned int mapping_count;

void mangle_mapping(void *address, size_t size, int fd)
{
	if (mapping_count < MOST_MAPPINGS) {
		mappings[mapping_count].address = address;
		mappings[mapping_count].size = (size + PAGE - 1) & ~(PAGE - 1);
		mappings[mapping_count++].fd = fd;
	}
}

static void tear_memory(void)
{
	unsigned int which = random_below(mapping_count ? mapping_count : 1);
	unsigned char *address = mappings[which].address, *part;
	size_t size = mappings[which].size, pages = size / PAGE, first, length;
	int fd;

	if (!mapping_count)
		return;
	first = random_below(pages);
	length = (1 + random_below(pages - first)) * PAGE;
	part = address + first * PAGE;
	switch (random_below(7)) {
	case 0:
		munmap(part, length);
		break;
	case 1:
		mprotect(part, length, one_in(2) ? PROT_NONE : PROT_READ);
		break;
	case 2:
		/* Elsewhere, which leaves a hole, and sometimes back. */
		part = mremap(part, length, length, MREMAP_MAYMOVE);
		if (part != MAP_FAILED && part >= address && part < address + size)
			break;
		if (part != MAP_FAILED)
			munmap(part, length);
		break;
	case 3:
		madvise(part, length, MADV_DONTNEED);
		break;
	case 4:
		mmap(part, length, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		break;
	case 5:
		/* Memory behind which there is no file any more: SIGBUS for this process, EFAULT for the kernel. */
		fd = memfd_create("short", 0);
		if (fd >= 0)
			mmap(part, length, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED, fd, 0);
		close(fd);
		break;
	default:
		break;
	}
	usleep(random_below(2000));
	/* As it was. */
	mmap(address, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED, mappings[which].fd, 0);
}

static void change_descriptors(void)
{
	int ends[2];

	switch (random_below(6)) {
	case 0:
		close(random_below(24));
		break;
	case 1:
		dup2(random_below(24), random_below(24));
		break;
	case 2:
		if (pipe2(ends, one_in(2) ? O_NONBLOCK : 0))
			close_range(3, 23, 0);
		break;
	case 3:
		open(one_in(2) ? "a" : "/dev/zero", O_RDWR | O_CREAT, 0666);
		break;
	case 4:
		close_range(3, 23, 0);
		break;
	default:
		/* One of the bindings themselves, maybe during a call. */
		if (one_in(8))
			close(FIRST_OWN + random_below(300));
	}
}

static void fork_and_call(void)
{
	int pid = fork();

	if (!pid) {
		counted_call(FIRST_OWN + random_below(300), 0);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void install_filter(void)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 1, code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

static void limit_something(void)
{
	struct rlimit limit = { random_below(64), 4096 };

	setrlimit(RLIMIT_NOFILE, &limit);
	usleep(500);
	limit.rlim_cur = 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void mangle_forever(const int *threads, unsigned int number)
{
	static char *const arguments[] = { "anycall-fuzz", NULL };

	for (;;) {
		count(&counts->mangled);
		switch (random_below(12)) {
		case 0:
		case 1:
		case 2:
		case 3:
			tear_memory();
			break;
		case 4:
		case 5:
		case 6:
			change_descriptors();
			break;
		case 7:
		case 8:
			syscall(SYS_tgkill, getpid(), threads[random_below(number)], SIGUSR1);
			break;
		case 9:
			fork_and_call();
			break;
		case 10:
			limit_something();
			break;
		default:
			/* What a process does not come back from. */
			if (one_in(200))
				install_filter();
			else if (one_in(200))
				execv("/proc/self/exe", arguments);
			else if (one_in(200))
				_exit(0);
		}
		usleep(random_below(1500));
	}
}
