// SPDX-License-Identifier: GPL-2.0
/* anycall-safety OBJECT: what /dev/anycall refuses, ends and survives. Prints "T ok NAME" or "T not ok NAME". watchers.c has a part. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../../kernel/module/uapi/anycall.h"
#include "loader.h"
#include "measure.h"
#include "safety.h"

struct anycall_object object;

void check(const char *name, bool ok, long found)
{
	if (!ok)
		printf("# found %ld\n", found);
	printf("T %sok %s\n", ok ? "" : "not ", name);
	fflush(stdout);
}

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

long run(int binding, long a, long b)
{
	unsigned char *frame = object.bss + FRAMES_OFFSET;
	long result;
	int status;

	memcpy(frame + FRAME_ARGS, &a, 8);
	memcpy(frame + FRAME_ARGS + 8, &b, 8);
	status = anycall_call(binding, 0);
	if (status)
		return status < 0 ? status : -1000 - status;
	memcpy(&result, frame + FRAME_RESULT, 8);
	return result;
}

int bind_program(const char *symbol)
{
	int binding = anycall_object_bind(&object, symbol, NULL);

	if (binding < 0) {
		printf("# binding %s: %s\n", symbol, strerror(-binding));
		exit(1);
	}
	return binding;
}

int in_child(int (*body)(void))
{
	int pid, status;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(body());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void set_parameter(const char *name, const char *value)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/anycall/parameters/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		printf("# parameter %s: %s\n", name, strerror(errno));
	close(fd);
}

/* ---- Bindings ---- */

static int inherited;

static int call_inherited(void)
{
	return -anycall_call(inherited, 0);
}

static long bind_raw(int prog_fd, void *address, size_t size, unsigned int count, unsigned int scratch_size, unsigned int flags)
{
	struct anycall_region region = { (uintptr_t)address, size };
	struct anycall_bind wanted = { prog_fd, count, (uintptr_t)&region, (uintptr_t)object.scratch, scratch_size, flags };
	int fd = open("/dev/anycall", O_RDWR);
	long result = ioctl(fd, ANYCALL_BIND, &wanted);

	result = result < 0 ? -errno : result;
	close(fd);
	return result;
}

static void test_bindings(void)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object.bpf, "read_some");
	struct bpf_map *map = NULL;
	int prog_fd = bpf_program__fd(program), fd = open("/dev/anycall", O_RDWR);
	struct anycall_bind wanted = { prog_fd, 0, 0, (uintptr_t)object.scratch, ANYCALL_SCRATCH, 0 };
	struct anycall_info info;
	void *readable, *other = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long found;

	bpf_object__for_each_map(map, object.bpf)
		if (strstr(bpf_map__name(map), ".bss"))
			break;
	readable = mmap(NULL, 4096, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);
	found = ioctl(fd, ANYCALL_INFO, &info);
	check("info tells interface and routes", !found && info.interface == ANYCALL_INTERFACE && info.routes == 7, info.routes);
	found = ioctl(fd, ANYCALL_CALL, 0) ? -errno : 0;
	check("a call on what is not bound is ENOTCONN", found == -ENOTCONN, found);
	found = ioctl(fd, 0x1234, 0) ? -errno : 0;
	check("an unknown command is ENOTTY", found == -ENOTTY, found);
	found = ioctl(fd, ANYCALL_BIND, &wanted) ? -errno : 0;
	check("a program without regions can be bound", !found, found);
	found = ioctl(fd, ANYCALL_BIND, &wanted) ? -errno : 0;
	check("a second binding is EBUSY", found == -EBUSY, found);
	found = ioctl(fd, ANYCALL_BIND, 16) ? -errno : 0;
	check("a wild pointer is EFAULT", found == -EFAULT, found);
	close(fd);
	found = bind_raw(99, object.bss, 4096, 1, ANYCALL_SCRATCH, 0);
	check("a descriptor that is none is EBADF", found == -EBADF, found);
	found = bind_raw(bpf_map__fd(map), object.bss, 4096, 1, ANYCALL_SCRATCH, 0);
	check("a map for a program is EINVAL", found == -EINVAL, found);
	found = bind_raw(prog_fd, object.bss, 4096, 1, ANYCALL_SCRATCH, 1);
	check("an unknown flag is EINVAL", found == -EINVAL, found);
	found = bind_raw(prog_fd, object.bss, 4096, 1, 4096, 0);
	check("too little scratch memory is EINVAL", found == -EINVAL, found);
	found = bind_raw(prog_fd, object.bss, 0, 1, ANYCALL_SCRATCH, 0);
	check("an empty region is EINVAL", found == -EINVAL, found);
	found = bind_raw(prog_fd, object.bss, 4096, 5, ANYCALL_SCRATCH, 0);
	check("too many regions are EINVAL", found == -EINVAL, found);
	found = bind_raw(prog_fd, object.bss, object.bss_size + (1 << 20), 1, ANYCALL_SCRATCH, 0);
	check("a region beyond its mapping is EFAULT", found == -EFAULT, found);
	found = bind_raw(prog_fd, readable, 4096, 1, ANYCALL_SCRATCH, 0);
	check("a mapping that can't be written is EFAULT", found == -EFAULT, found);
	found = bind_raw(prog_fd, (void *)-8192L, 4096, 1, ANYCALL_SCRATCH, 0);
	check("a region of the kernel's is EFAULT", found == -EFAULT, found);
	found = bind_raw(prog_fd, other, 8192, 1, ANYCALL_SCRATCH, 0);
	check("other memory is left out", found == 0, found);
	inherited = bind_program("parent");
	found = in_child(call_inherited);
	check("a binding used from another address space is EPERM", found == EPERM, found);
	close(inherited);
}

/* A program that closes the descriptor it is run through, which is the last one of the binding. */
static int close_itself(void)
{
	for (int i = 0; i < 20; i++) {
		int binding = bind_program("close_one");

		if (run(binding, binding, 0) || fcntl(binding, F_GETFD) != -1 || errno != EBADF)
			return 1;
	}
	return 0;
}

static void test_without_binding(void)
{
	int prog_fd = bpf_program__fd(bpf_object__find_program_by_name(object.bpf, "parent"));
	uint64_t context = 0;
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &context, .ctx_size_in = sizeof(context));
	long result = 1;

	bpf_prog_test_run_opts(prog_fd, &options);
	memcpy(&result, object.bss + FRAMES_OFFSET + FRAME_RESULT, 8);
	check("by BPF_PROG_TEST_RUN kernel functions answer EPERM", result == -EPERM, result);
}

/* ---- Waits and ends ---- */

static int ends[2];

static int read_forever(void)
{
	return run(bind_program("read_some"), ends[0], 16) < 0;
}

static int take_naps(void)
{
	return run(bind_program("naps"), 0, 0) != 0;
}

/* Seconds from SIGKILL to the end of a child that runs `body`. */
static double kill_time(int (*body)(void))
{
	double from;
	int pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(body());
	usleep(300000);
	from = now();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return now() - from;
}

static void test_waits(void)
{
	struct timespec nap = { 0, 100000000 };
	double from, took;
	int binding = bind_program("read_some");
	long found;

	if (pipe(ends))
		exit(1);
	set_parameter("max_wait_ms", "400");
	from = now();
	found = run(binding, ends[0], 16);
	took = now() - from;
	check("a wait ends with ETIMEDOUT", found == -ETIMEDOUT, found);
	check("and when the parameter says", took > 0.35 && took < 1.0, took * 1000);
	from = now();
	found = nanosleep(&nap, NULL);
	check("nothing is left of that for later sleeps", !found && now() - from > 0.09, found);
	found = run(binding, ends[0], 16);
	check("nor for later calls", found == -ETIMEDOUT, found);
	if (write(ends[1], "data", 4) != 4)
		exit(1);
	found = run(binding, ends[0], 16);
	check("what is there is read at once", found == 4, found);
	set_parameter("max_wait_ms", "10000");
	took = kill_time(read_forever);
	check("SIGKILL ends a wait within 0.1 s", took < 0.1, took * 1000);
	took = kill_time(take_naps);
	check("SIGKILL ends a long program within 0.1 s", took < 0.1, took * 1000);
	close(binding);
}

static void *second_call(void *binding)
{
	usleep(100000);
	return (void *)(long)anycall_call(*(int *)binding, 0);
}

/* The module's counter of uses: each program that is loaded, or not freed yet, counts. */
static long module_uses(void)
{
	FILE *file = fopen("/sys/module/anycall/refcnt", "r");
	long uses = -1;

	if (file && fscanf(file, "%ld", &uses) != 1)
		uses = -1;
	if (file)
		fclose(file);
	return uses;
}

static void *read_nothing(void *binding)
{
	return (void *)run(*(int *)binding, ends[0], 16);
}

/*
 * While a program sleeps no sleepable program of anybody's is freed, and the module can't be unloaded: for as long as
 * max_wait_ms says, and not longer.
 */
static void test_others(const char *path)
{
	int binding = bind_program("read_some");
	struct anycall_object other;
	pthread_t thread;
	double from, took;
	long uses = module_uses(), found;
	void *result;

	set_parameter("max_wait_ms", "1500");
	pthread_create(&thread, NULL, read_nothing, &binding);
	usleep(200000);
	if (anycall_object_load(&other, path, 0))
		exit(1);
	from = now();
	anycall_object_unload(&other);
	took = now() - from;
	check("another task's unload does not wait for a program that sleeps", took < 1.0, took * 1000);
	from = now();
	found = syscall(SYS_delete_module, "anycall", O_NONBLOCK) ? -errno : 0;
	took = now() - from;
	check("unloading the module meanwhile is refused at once", found == -EWOULDBLOCK && took < 0.3, found);
	pthread_join(thread, &result);
	check("the program sleeps as long as the parameter says", (long)result == -ETIMEDOUT, (long)result);
	/* The binding of read_some and what is loaded are in use, as before; the other object's programs go. */
	from = now();
	while (module_uses() > uses + 1 && now() - from < 10)
		usleep(20000);
	printf("# programs that were unloaded are freed %.1f s after the sleep\n", now() - from);
	check("and then what was unloaded is freed", module_uses() <= uses + 1, module_uses() - uses);
	set_parameter("max_wait_ms", "10000");
	close(binding);
}

static void test_concurrency(void)
{
	int binding = bind_program("read_some");
	pthread_t thread;
	void *found;

	set_parameter("max_wait_ms", "500");
	pthread_create(&thread, NULL, second_call, &binding);
	run(binding, ends[0], 16);
	pthread_join(thread, &found);
	check("a second call while one is under way is EBUSY", (long)found == -EBUSY, (long)found);
	set_parameter("max_wait_ms", "10000");
	close(binding);
}

static int spin(void)
{
	return run(bind_program("spin"), 0, 0) != -1000 - 1;
}

static int call_until_refused(void)
{
	return run(bind_program("until_refused"), 0, 0) < 0;
}

/* Two tasks on one CPU: how long this one waits while the other's program is busy. */
static void test_sibling(void)
{
	struct timespec nap = { 0, 1000000 };
	double longest = 0, from = now(), took;
	int pid, status = 0, naps = 0;

	if (!bpf_object__find_program_by_name(object.bpf, "spin"))
		return;
	took = kill_time(call_until_refused);
	check("SIGKILL ends a busy program within 0.1 s", took < 0.1, took * 1000);
	from = now();
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(spin());
	while (!waitpid(pid, &status, WNOHANG)) {
		double before = now();

		nanosleep(&nap, NULL);
		took = now() - before;
		longest = took > longest ? took : longest;
		naps++;
	}
	printf("# a busy program of %.1f s, %d naps of 1 ms beside it, the longest took %.0f ms\n", now() - from, naps,
	       longest * 1000);
	check("a busy program ends with EXHAUSTED", !status, status);
	check("and leaves others the CPU", naps > 20 && longest < 0.3, longest * 1000);
}

/* ---- Memory that goes away ---- */

static int read_into_nothing(void)
{
	unsigned char *data = anycall_object_buffer(&object, "data", NULL);
	int binding = bind_program("open_data"), reader = bind_program("read_some"), fd, error = 0;
	unsigned char *page = (unsigned char *)(((uintptr_t)data + 4095) & ~4095UL);

	fd = open("/etc/passwd", O_RDONLY);
	/* All of `.bss` but its first page, where the frame is. */
	munmap(object.bss + 4096, object.bss_size - 4096);
	if (data < object.bss + 4096)
		return 100;
	if (run(reader, fd, 16) != -EFAULT || run(binding, 11, 0) != -EFAULT)
		error = 1;
	/* Something else in its place is this process's own memory, and gets the bytes. */
	page = mmap(object.bss + 4096, object.bss_size - 4096, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || run(reader, fd, 4) != 4 || memcmp(data, "root", 4))
		error |= 2;
	return error;
}

/* ---- A root that goes away ---- */

#define ROOT "/tmp/pivot"

/* The other process: gives both a new root, then lets the first one's look-up end. */
static int pivot(void)
{
	usleep(300000);
	if (syscall(SYS_pivot_root, "/new", "/new/old"))
		return 1;
	return open("/old/fifo", O_WRONLY) < 0;
}

/*
 * pivot_root() while a look-up relative to a handle is under way: this process's root and working directory follow, as natively,
 * and nobody holds the old root any more, which umount() would tell.
 */
static int pivot_meanwhile(void)
{
	int binding = bind_program("open_fifo"), pid, status;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || (mkdir(ROOT, 0700) && errno != EEXIST) ||
	    mount("old", ROOT, "tmpfs", 0, NULL) || mkdir(ROOT "/new", 0700) || mount("new", ROOT "/new", "tmpfs", 0, NULL) ||
	    mkdir(ROOT "/new/old", 0700) || mkfifo(ROOT "/fifo", 0600) || chroot(ROOT) || chdir("/"))
		return 100;
	pid = fork();
	if (!pid)
		_exit(pivot());
	if (run(binding, 0, 0) != 1)
		return 1;
	if (waitpid(pid, &status, 0) != pid || status)
		return 101;
	if (access("/old/fifo", F_OK) || access("old/fifo", F_OK))
		return 2;
	return umount("/old") ? errno : 0;
}

/* ---- Unloading, leaks ---- */

static int count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static long slab_kb(void)
{
	char line[128];
	FILE *file = fopen("/proc/meminfo", "r");
	long kb = 0;

	while (fgets(line, sizeof(line), file))
		sscanf(line, "Slab: %ld", &kb);
	fclose(file);
	return kb;
}

static void bind_and_call(int times)
{
	memcpy(anycall_object_buffer(&object, "data", NULL), "/etc/passwd", 11);
	for (int i = 0; i < times; i++) {
		int binding = bind_program("hold_data");

		if (run(binding, 11, 0))
			exit(1);
		close(binding);
	}
}

static void test_leaks(const char *path)
{
	int before = count_descriptors(), after;
	long slab;

	bind_and_call(200);
	sleep(1);
	slab = slab_kb();
	bind_and_call(1000);
	sleep(1);
	after = count_descriptors();
	check("1000 bindings and calls leave no descriptor", before == after, after - before);
	check("and no memory of the kernel's (1 MB is noise)", slab_kb() - slab < 1024 || frees_late(), slab_kb() - slab);
	for (int i = 0; i < 50; i++) {
		struct anycall_object again;

		if (anycall_object_load(&again, path, 0))
			exit(1);
		anycall_object_unload(&again);
	}
	check("50 loads and unloads leave no descriptor", count_descriptors() == before, count_descriptors() - before);
}

int main(int argc, char **argv)
{
	long found;

	if (argc != 2 || anycall_object_load(&object, argv[1], 0))
		return 1;
	test_bindings();
	test_without_binding();
	test_filters();
	test_tracers();
	test_waits();
	test_others(argv[1]);
	test_concurrency();
	test_sibling();
	found = in_child(close_itself);
	check("a program that closes its own binding", found == 0, found);
	found = in_child(read_into_nothing);
	check("memory that is unmapped or replaced", found == 0, found);
	found = in_child(pivot_meanwhile);
	check("a root that is replaced during a look-up", found == 0, found);
	found = syscall(SYS_delete_module, "anycall", O_NONBLOCK) ? -errno : 0;
	check("the module is not unloaded while programs are loaded", found == -EWOULDBLOCK, found);
	test_leaks(argv[1]);
	/* Comes last: what is enabled for tasks stays. */
	test_audit();
	printf("T done\n");
	return 0;
}
