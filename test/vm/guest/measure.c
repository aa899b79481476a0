// SPDX-License-Identifier: GPL-2.0
/* See measure.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "measure.h"

static long number_in(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	char line[160];
	long value = -1;

	while (file && fgets(line, sizeof(line), file) && sscanf(line, format, &value) != 1)
		;
	if (file)
		fclose(file);
	return value;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		printf("# %s: %s\n", path, strerror(errno));
	close(fd);
}

void measure(struct measure *found)
{
	char line[256];
	FILE *file;

	for (int i = 0; i < 3; i++) {
		sync();
		write_text("/proc/sys/vm/drop_caches", "3");
		sleep(1);
	}
	found->files = number_in("/proc/sys/fs/file-nr", "%ld");
	found->tasks = number_in("/proc/loadavg", "%*f %*f %*f %*d/%ld");
	found->slab_kb = number_in("/proc/meminfo", "SUnreclaim: %ld");
	found->vmalloc_kb = number_in("/proc/meminfo", "VmallocUsed: %ld");
	found->cache_count = 0;
	file = fopen("/proc/slabinfo", "r");
	while (file && found->cache_count < MOST_CACHES && fgets(line, sizeof(line), file))
		if (sscanf(line, "%39s %ld %*d %ld", found->caches[found->cache_count].name, &found->caches[found->cache_count].objects,
			   &found->caches[found->cache_count].size) == 3)
			found->cache_count++;
	if (file)
		fclose(file);
}

bool frees_late(void)
{
	return !access("/sys/kernel/debug/kmemleak", F_OK);
}

/*
 * Freed areas of vmalloc stay in pools for the next ones and go back in the kernel's own time (since 6.9), so that the number
 * of these says nothing; what is in use is judged by VmallocUsed.
 */
static bool is_pool(const char *cache)
{
	return !strcmp(cache, "vmap_area");
}

static int grown_caches(const struct measure *before, const struct measure *after, long objects, long bytes)
{
	int grown = 0;

	for (int i = 0; i < after->cache_count && !frees_late(); i++) {
		if (is_pool(after->caches[i].name))
			continue;
		for (int k = 0; k < before->cache_count; k++) {
			long more = after->caches[i].objects - before->caches[k].objects;

			if (strcmp(after->caches[i].name, before->caches[k].name) || more < objects || more * after->caches[i].size < bytes)
				continue;
			printf("# %s: %ld objects more, of %ld bytes\n", after->caches[i].name, more, after->caches[i].size);
			grown++;
		}
	}
	return grown;
}

static void check(const char *subject, const char *name, bool ok, long found)
{
	if (!ok)
		printf("# found %ld\n", found);
	printf("T %sok %s: %s\n", ok ? "" : "not ", subject, name);
	fflush(stdout);
}

void compare(const char *subject, const struct measure *before, const struct measure *after, long objects, long bytes)
{
	printf("# %s: files %ld, then %ld; tasks %ld, then %ld; unreclaimable slab %ld kB, then %ld kB; vmalloc %ld kB, then %ld kB\n", subject,
	       before->files, after->files, before->tasks, after->tasks, before->slab_kb, after->slab_kb, before->vmalloc_kb, after->vmalloc_kb);
	/* The kernel counts files by CPU and in batches of 32. */
	check(subject, "no open file is left", after->files <= before->files + 64, after->files - before->files);
	check(subject, "no task is left", after->tasks <= before->tasks + 8, after->tasks - before->tasks);
	check(subject, "no cache of the kernel's has grown", !grown_caches(before, after, objects, bytes), 0);
	check(subject, "unreclaimable memory is what it was, within 2 MB", after->slab_kb <= before->slab_kb + 2048 || frees_late(),
	      after->slab_kb - before->slab_kb);
	check(subject, "and memory of vmalloc, within 1 MB", after->vmalloc_kb <= before->vmalloc_kb + 1024 || frees_late(),
	      after->vmalloc_kb - before->vmalloc_kb);
}
