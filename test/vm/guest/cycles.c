// SPDX-License-Identifier: GPL-2.0
/*
 * anycall-cycles MODULE.ko OBJECT TIMES: loads the module, loads and runs a program, and unloads both, so often; nothing may be
 * left. Wants the module to be unloaded. Prints "T ok NAME" or "T not ok NAME".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "loader.h"
#include "measure.h"

/* Seconds in which the kernel lets go of a program that has ended. */
#define PATIENCE 20
/* Every so many times a program runs, which the kernel takes a second to let go of. */
#define PROGRAM_EVERY 20

static void check(const char *name, bool ok, long found)
{
	if (!ok)
		printf("# found %ld\n", found);
	printf("T %sok %s\n", ok ? "" : "not ", name);
	fflush(stdout);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int load_module(const char *path)
{
	int fd = open(path, O_RDONLY), error = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;

	close(fd);
	return error;
}

static int unload_module(void)
{
	return syscall(SYS_delete_module, "anycall", O_NONBLOCK) ? -errno : 0;
}

/* Waits until nobody uses the module any more. */
static int unload_soon(void)
{
	double end = now() + PATIENCE;
	int error = unload_module();

	for (; error == -EWOULDBLOCK && now() < end; error = unload_module())
		usleep(20000);
	return error;
}

static int run_program(const char *path)
{
	struct anycall_object object;
	int error = anycall_object_load(&object, path, 0), binding;

	if (error)
		return error;
	binding = anycall_object_bind(&object, "parent", NULL);
	error = binding < 0 ? binding : anycall_call(binding, 0);
	/* In use, and so not to be unloaded. */
	if (!error && unload_module() != -EWOULDBLOCK)
		error = -EBUSY;
	close(binding);
	anycall_object_unload(&object);
	return error;
}

/* Loads, runs every now and then, and unloads. */
static int cycle(char **argv, int times, int every)
{
	for (int i = 0; i < times; i++) {
		int error = load_module(argv[1]);

		if (!error && i % every == 0)
			error = run_program(argv[2]);
		if (!error)
			error = unload_soon();
		if (error) {
			printf("# cycle %d: %s\n", i, strerror(-error));
			return error;
		}
	}
	return 0;
}

static void test_refusals(char **argv)
{
	struct anycall_object object;
	int error, binding, device;

	if (load_module(argv[1]) || anycall_object_load(&object, argv[2], 0))
		exit(1);
	error = unload_module();
	check("with a program loaded the module stays", error == -EWOULDBLOCK, error);
	binding = anycall_object_bind(&object, "parent", NULL);
	error = unload_module();
	check("with a binding too", error == -EWOULDBLOCK, error);
	anycall_object_unload(&object);
	/* The binding holds the program. */
	sleep(1);
	error = unload_module();
	check("with only the binding too", error == -EWOULDBLOCK, error);
	close(binding);
	device = open("/dev/anycall", O_RDWR);
	error = unload_module();
	check("and while the device is open", error == -EWOULDBLOCK, error);
	close(device);
	error = unload_soon();
	check("then it goes", !error, error);
}

int main(int argc, char **argv)
{
	static struct measure before, after;
	int times = argc == 4 ? atoi(argv[3]) : 0, error;
	double from;

	if (times < 1)
		return 2;
	error = unload_soon();
	check("the module can be unloaded", !error, error);
	test_refusals(argv);
	error = cycle(argv, 20, 20);
	measure(&before);
	from = now();
	error = error ? error : cycle(argv, times, PROGRAM_EVERY);
	printf("# cycles: %d in %.0f s\n", times, now() - from);
	measure(&after);
	check("the module is loaded and unloaded again and again", !error, error);
	/* What is lost in every cycle; in some more, what is lost with every program. */
	compare("cycles", &before, &after, 90, 0);
	/* As it was found. */
	error = load_module(argv[1]);
	check("and loaded once more", !error, error);
	return 0;
}
