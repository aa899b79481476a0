// SPDX-License-Identifier: GPL-2.0
/*
 * anycall-fuzz KIND SEED SECONDS ARGUMENTS…: hostile programs, arguments and processes against anycall.ko, for that long.
 * Kinds: rows, objects, foreign (see the files). Some PID namespaces are alive at a time, each killed after a second or two;
 * meanwhile this process changes the module's parameters and tries to unload it. In the end nothing may be left: files,
 * processes and slab objects are counted before and after. Prints "T ok NAME" or "T not ok NAME"; what the kernel's log
 * says is judged outside.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../measure.h"
#include "fuzz.h"

#define NAMESPACES 3
/* Seconds in which whatever was killed has to be gone, on a machine that is busy with other things too. */
#define PATIENCE 20

struct counts *counts;

static const struct kind *const kinds[] = { &rows_kind, &objects_kind, &foreign_kind };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void check(const char *kind, const char *name, bool ok, double found)
{
	if (!ok)
		printf("# found %g\n", found);
	printf("T %sok %s: %s\n", ok ? "" : "not ", kind, name);
	fflush(stdout);
}

/* Lives for some seconds in namespaces of its own, then is killed; how long that takes is noted. */
static void spend_life(const struct kind *kind, uint64_t seed, double end)
{
	double life, from;
	int first, *started = mmap(NULL, sizeof(*started), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	random_state = seed;
	life = 0.5 + random_below(2500) / 1000.0;
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC))
		_exit(2);
	first = fork();
	if (!first) {
		live(kind, random64(), started);
		_exit(0);
	}
	while (!*(volatile int *)started && now() < end)
		usleep(20000);
	from = now();
	while (now() < from + life && now() < end)
		usleep(20000);
	from = now();
	kill(first, SIGKILL);
	count(&counts->killed);
	while (waitpid(first, NULL, 0) < 0 && errno == EINTR)
		;
	if (now() - from > counts->longest_kill)
		counts->longest_kill = now() - from;
	_exit(0);
}

static void set_parameter(const char *name, const char *value)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "/sys/module/anycall/parameters/%s", name);
	fd = open(path, O_WRONLY);
	if (write(fd, value, strlen(value)) < 0)
		printf("# parameter %s: %s\n", name, strerror(errno));
	close(fd);
}

static void change_module(void)
{
	static const char *const waits[] = { "0", "10", "50", "200" };

	set_parameter("max_wait_ms", waits[random_below(4)]);
	set_parameter("allow_traced", one_in(2) ? "Y" : "N");
	set_parameter("allow_audited", one_in(2) ? "Y" : "N");
	/* Nobody is to be able to take it away from running programs. */
	if (counts->calls && !syscall(SYS_delete_module, "anycall", O_NONBLOCK))
		printf("# the module was unloaded\n");
}

/* Runs for some seconds; false if something could not be ended. */
static bool run(const struct kind *kind, double seconds)
{
	double end = now() + seconds;
	int alive = 0, found;

	while (now() < end) {
		if (alive < NAMESPACES) {
			uint64_t seed = random64();
			int pid = fork();

			if (!pid)
				spend_life(kind, seed, end);
			alive++;
		}
		while ((found = waitpid(-1, NULL, WNOHANG)) > 0)
			alive--;
		if (one_in(20))
			change_module();
		usleep(10000);
	}
	for (end = now() + PATIENCE; alive && now() < end; usleep(10000))
		while ((found = waitpid(-1, NULL, WNOHANG)) > 0)
			alive--;
	set_parameter("max_wait_ms", "10000");
	set_parameter("allow_traced", "N");
	set_parameter("allow_audited", "N");
	return !alive;
}

int main(int argc, char **argv)
{
	static struct measure before, after;
	struct rlimit files = { 4096, 4096 };
	const struct kind *kind = NULL;
	bool ended;

	for (size_t i = 0; argc > 4 && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i]->name, argv[1]))
			kind = kinds[i];
	/* Where a worker replaced itself with this program there is nothing to do. */
	if (!kind)
		return 2;
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	setrlimit(RLIMIT_NOFILE, &files);
	mkdir("/tmp/w", 0777);
	random_state = strtoull(argv[2], NULL, 0);
	/* The module stays while somebody has its device open. */
	own_descriptor(open("/dev/anycall", O_RDWR));
	kind->prepare(argv + 4, argc - 4);
	/* What grows once and for all has grown then. */
	ended = run(kind, 3);
	measure(&before);
	memset(counts, 0, sizeof(*counts));
	ended = run(kind, atof(argv[3])) && ended;
	measure(&after);
	printf("# %s: %lu calls (OK %lu, exhausted %lu, aborted %lu, fault %lu, other %lu; refused %lu), %lu bindings or programs, %lu refused by the "
	       "verifier, %lu lives, %lu kills, the longest %.2f s, %lu manglings, %lu traced\n",
	       kind->name, counts->calls, counts->statuses[0], counts->statuses[1], counts->statuses[2], counts->statuses[3],
	       counts->statuses[4], counts->refused, counts->loaded, counts->unloadable, counts->lives, counts->killed,
	       counts->longest_kill, counts->mangled, counts->traced);
	check(kind->name, "all that was killed ended", ended, 0);
	/* Hundreds of bindings are closed in that time, beside other namespaces that are busy. */
	check(kind->name, "each within 3 s", counts->longest_kill < 3 || frees_late(), counts->longest_kill);
	check(kind->name, "programs ran", counts->statuses[0] > 100, counts->statuses[0]);
	compare(kind->name, &before, &after, 100, 128 << 10);
	return 0;
}
