// SPDX-License-Identifier: GPL-2.0
/*
 * Random programs, compiled by our compiler, with random arguments and memory. Some are loaded once and called by all
 * workers; now and then a worker loads one more, and dies with it. Arguments: the objects, one function in each.
 */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "fuzz.h"

#define MOST 64
/* Seconds for loading what is shared. */
#define SECONDS 10

static char **paths;
static int path_count;
static struct { struct anycall_object object; unsigned char *bss; int map_fd, bindings[THREADS]; } loaded[MOST + 1];
static unsigned int loaded_count;

static void load(const char *path)
{
	struct anycall_object *object = &loaded[loaded_count].object;
	struct bpf_map *map;

	if (anycall_object_load(object, path, 0)) {
		count(&counts->unloadable);
		return;
	}
	count(&counts->loaded);
	bpf_object__for_each_map(map, object->bpf) {
		if (!strstr(bpf_map__name(map), ".bss"))
			continue;
		loaded[loaded_count].bss = mmap(NULL, object->bss_size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
		loaded[loaded_count++].map_fd = fcntl(bpf_map__fd(map), F_DUPFD, FIRST_OWN);
	}
}

static void prepare(char **arguments, int number)
{
	time_t start = time(NULL);

	paths = arguments;
	path_count = number;
	for (int i = 0; i < number && i < MOST && time(NULL) < start + SECONDS; i++)
		load(arguments[i]);
	if (!loaded_count)
		exit(2);
}

static void enter(void)
{
	if (one_in(6))
		load(paths[random_below(path_count)]);
	for (unsigned int i = 0; i < loaded_count; i++) {
		struct anycall_object *object = &loaded[i].object;
		const char *name = bpf_program__name(bpf_object__next_program(object->bpf, NULL));

		for (unsigned int thread = 0; thread < THREADS; thread++)
			loaded[i].bindings[thread] = own_descriptor(anycall_object_bind(object, name, NULL));
		mangle_mapping(object->bss, object->bss_size, loaded[i].map_fd);
	}
}

static void step(unsigned int thread)
{
	unsigned int which = random_below(loaded_count), place;
	unsigned char *bss = loaded[which].bss;

	for (int i = 0; i < 4; i++) {
		place = FRAMES_OFFSET + random_below(loaded[which].object.bss_size - FRAMES_OFFSET - 64);
		random_bytes(bss + place, 64);
	}
	for (int i = 0; i < 8; i++) {
		uint64_t value = random_number();

		memcpy(bss + FRAMES_OFFSET + FRAME_ARGS + 8 * i, &value, 8);
	}
	counted_call(loaded[which].bindings[thread], one_in(4) ? random_number() : 0);
}

const struct kind objects_kind = { .name = "objects", .prepare = prepare, .enter = enter, .step = step };
