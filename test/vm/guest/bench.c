// SPDX-License-Identifier: GPL-2.0
/*
 * anycall-bench OBJECT COUNT…: what bursts of calls cost, natively and as programs. With QEMU's -icount shift=0 a nanosecond of
 * the guest's clock is an instruction.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "loader.h"

#define PATH "/etc/hello.txt"
#define REPEATS 7

static struct anycall_object object;
static char page[4096];
static int directory;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The system call's own instruction and nothing of the C library. */
static long call4(long nr, long a, long b, long c, long d)
{
	register long r10 asm("r10") = d;
	long result;

	asm volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return result;
}

static void native_pid(void)
{
	call4(SYS_getpid, 0, 0, 0, 0);
}

static void native_ppid(void)
{
	call4(SYS_getppid, 0, 0, 0, 0);
}

static void native_file(void)
{
	long fd = call4(SYS_openat, AT_FDCWD, (long)PATH, O_RDONLY, 0);

	call4(SYS_read, fd, (long)page, 64, 0);
	call4(SYS_close, fd, 0, 0, 0);
}

static void native_stat(void)
{
	call4(SYS_newfstatat, AT_FDCWD, (long)PATH, (long)page, 0);
}

static void native_statat(void)
{
	call4(SYS_newfstatat, directory, (long)"hello.txt", (long)page, 0);
}

static void native_read_file(void)
{
	long fd = call4(SYS_openat, directory, (long)"hello.txt", O_RDONLY, 0);

	while (call4(SYS_read, fd, (long)page, sizeof(page), 0) > 0)
		;
	call4(SYS_close, fd, 0, 0, 0);
}

/* The directory that is walked, of as many files as its name says. */
static char walked[64];

static void make_files(int count)
{
	char path[128];

	mkdir(walked, 0755);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/file-%d", walked, i);
		close(open(path, O_CREAT | O_WRONLY, 0644));
	}
}

static volatile long sizes;

/* As `ls -l` and find do it, with records as large as the C library's. */
static void native_walk(void)
{
	static char records[32768];
	long fd = call4(SYS_openat, AT_FDCWD, (long)walked, O_RDONLY | O_DIRECTORY, 0), got;
	struct stat stat;

	while ((got = call4(SYS_getdents64, fd, (long)records, sizeof(records), 0)) > 0)
		for (long at = 0; at < got; at += records[at + 16] & 255)
			if (!call4(SYS_newfstatat, fd, (long)records + at + 19, (long)&stat, AT_SYMLINK_NOFOLLOW))
				sizes += stat.st_size;
	call4(SYS_close, fd, 0, 0, 0);
}

enum { ONCE = 1, MANY = 2 };
static const struct { const char *program; void (*native)(void); int flags; } bursts[] = {
	{ "getpid", native_pid, MANY }, { "getppid", native_ppid, MANY }, { "descriptors", native_file, 0 },
	{ "handles", native_file, 0 }, { "stat", native_stat, 0 }, { "statat", native_statat, 0 }, { "readfile", native_read_file, 0 },
	{ "walk", native_walk, ONCE },
};

#define MANY_FROM 4096

/* Median cost of one run of `count` native calls, or of the bound program if there is a binding. */
static double cost(void (*native)(void), int binding, int count)
{
	double found[REPEATS];
	/* So short that most repetitions have no tick of the clock in them. */
	int runs = count < 64 ? 32 : count < MANY_FROM ? 4 : 1;

	for (int repeat = -1; repeat < REPEATS; repeat++) {
		uint64_t from = now();

		for (int i = 0; i < runs; i++) {
			if (native)
				for (int k = 0; k < count; k++)
					native();
			else
				anycall_call(binding, 0);
		}
		if (repeat >= 0)
			found[repeat] = (double)(now() - from) / runs;
	}
	qsort(found, REPEATS, sizeof(*found), by_value);
	return found[REPEATS / 2];
}

static void fixed_costs(void)
{
	int empty = anycall_object_bind(&object, "empty", NULL);
	int prog_fd = bpf_program__fd(bpf_object__find_program_by_name(object.bpf, "empty"));
	uint64_t context = 0, from;
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &context, .ctx_size_in = sizeof(context));
	double pid = cost(native_pid, 0, 64) / 64, call = cost(NULL, empty, 64);

	bpf_prog_test_run_opts(prog_fd, &options);
	from = now();
	for (int i = 0; i < 256; i++)
		bpf_prog_test_run_opts(prog_fd, &options);
	printf("FIXED getpid %.0f, a call of an empty program %.0f (%.2f times), BPF_PROG_TEST_RUN of it %.0f\n", pid, call, call / pid,
	       (now() - from) / 256.0);
}

int main(int argc, char **argv)
{
	int error = argc < 3 ? 2 : anycall_object_load(&object, argv[1], 0);

	if (error)
		return 1;
	memcpy(anycall_object_buffer(&object, "path", NULL), PATH, sizeof(PATH));
	directory = open("/etc", O_RDONLY | O_DIRECTORY);
	fixed_costs();
	for (size_t i = 0; i < sizeof(bursts) / sizeof(*bursts); i++) {
		for (int k = 2; k < argc; k++) {
			int count = atoi(argv[k]), binding;
			double native, program;
			long result;
			char symbol[64];

			if (count >= MANY_FROM && !(bursts[i].flags & MANY))
				continue;
			if (bursts[i].flags & ONCE) {
				snprintf(walked, sizeof(walked), "/tmp/walk%d", count);
				make_files(count);
			}
			snprintf(symbol, sizeof(symbol), "%s_%d", bursts[i].program, count);
			binding = anycall_object_bind(&object, symbol, NULL);
			if (binding < 0 || anycall_call(binding, 0)) {
				printf("%s does not run\n", symbol);
				return 1;
			}
			memcpy(&result, object.bss + FRAMES_OFFSET + FRAME_RESULT, 8);
			if (result < 0) {
				printf("%s answers %ld\n", symbol, result);
				return 1;
			}
			native = cost(bursts[i].native, 0, bursts[i].flags & ONCE ? 1 : count);
			program = cost(NULL, binding, count);
			printf("BURST %-12s N=%-4d native %8.0f program %8.0f per call, native / program %.2f\n", bursts[i].program, count,
			       native / count, program / count, native / program);
			fflush(stdout);
			close(binding);
		}
	}
	printf("T done\n");
	return 0;
}
