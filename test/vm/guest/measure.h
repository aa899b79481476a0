/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel holds: files, tasks, memory; for comparing before and after. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>

#define MOST_CACHES 400

struct measure {
	long files, tasks, slab_kb, vmalloc_kb;
	/* SLUB tells how many objects its slabs have room for. */
	struct { char name[40]; long objects, size; } caches[MOST_CACHES];
	int cache_count;
};

/* Measures after some seconds, in which what is freed later has been, by RCU and by workers of the kernel. */
void measure(struct measure *found);

/* With KASAN what is freed stays a while, and kmemleak tells what is lost: amounts of memory say nothing. */
bool frees_late(void);

/* Prints verdicts; a cache has grown if it has so many more objects that are so many bytes. */
void compare(const char *subject, const struct measure *before, const struct measure *after, long objects, long bytes);

#endif
