// SPDX-License-Identifier: GPL-2.0
/*
 * Every row of the table through compiled programs, with hostile arguments. One object for all workers, so that they also
 * change each other's arguments and buffers in the middle of calls.
 * Arguments: the object, and a file with a line for each program: its symbol and a letter for each parameter (fuzz/rows.ts).
 */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fuzz.h"

#define MOST 200
#define MEMORY 131072

static struct { char symbol[48], parameters[16]; } programs[MOST];
static unsigned int program_count;
static struct anycall_object object;
static int bss_fd;
/* A second mapping, which nobody mangles. */
static unsigned char *bss, *memory;
static int bindings[THREADS][MOST];

static void prepare(char **arguments, int number)
{
	struct bpf_map *map;
	FILE *file;

	if (number != 2 || anycall_object_load(&object, arguments[0], 0))
		exit(2);
	bpf_object__for_each_map(map, object.bpf)
		if (strstr(bpf_map__name(map), ".bss"))
			bss_fd = own_descriptor(dup(bpf_map__fd(map)));
	bss = mmap(NULL, object.bss_size, PROT_READ | PROT_WRITE, MAP_SHARED, bss_fd, 0);
	file = fopen(arguments[1], "r");
	if (bss == MAP_FAILED || !file)
		exit(2);
	memory = bss + ((unsigned char *)anycall_object_buffer(&object, "mem", NULL) - object.bss);
	while (program_count < MOST && fscanf(file, "%47s %15s", programs[program_count].symbol, programs[program_count].parameters) == 2)
		program_count++;
	fclose(file);
}

static void enter(void)
{
	for (unsigned int thread = 0; thread < THREADS; thread++) {
		for (unsigned int i = 0; i < program_count; i++) {
			int fd = anycall_object_bind(&object, programs[i].symbol, NULL);

			if (fd >= 0)
				count(&counts->loaded);
			bindings[thread][i] = fd < 0 ? -1 : own_descriptor(fd);
		}
	}
	mangle_mapping(object.bss, object.bss_size, bss_fd);
}

/* Values of a parameter: one slot, two for a range. */
static unsigned int put(uint64_t *slot, char letter)
{
	unsigned int offset = random_below(MEMORY - 64);

	switch (letter) {
	case 'f':
		slot[0] = random_descriptor();
		return 1;
	case 'p':
		slot[0] = offset;
		slot[1] = random_path((char *)memory + offset, MEMORY - offset);
		return 2;
	case 'r':
		random_bytes(memory + offset, 64);
		slot[0] = one_in(16) ? random_number() : offset;
		slot[1] = one_in(4) ? random_number() : random_below(one_in(8) ? MEMORY - offset : 64);
		return 2;
	case 's':
		random_bytes(memory + (offset & ~7u), 64);
		slot[0] = one_in(16) ? random_number() : offset & ~7u;
		return 1;
	case 'n':
		/* Length of a path in one of the buffers behind `mem`. */
		slot[0] = random_path((char *)memory + MEMORY, 8192);
		random_path((char *)memory + MEMORY + 8192, 8192);
		if (one_in(8))
			slot[0] = random_number();
		return 1;
	default:
		slot[0] = random_number();
		return 1;
	}
}

static void step(unsigned int thread)
{
	unsigned int which = random_below(program_count), used = 0;
	unsigned long frame = one_in(64) ? random_number() : 8 * random_below(100);
	uint64_t slots[2 * sizeof(programs->parameters)];

	for (const char *letter = programs[which].parameters; *letter && *letter != '-'; letter++)
		used += put(&slots[used], *letter);
	if (frame < 4096)
		memcpy(bss + FRAMES_OFFSET + frame + FRAME_ARGS, slots, used * sizeof(*slots));
	counted_call(bindings[thread][which], frame);
}

const struct kind rows_kind = { .name = "rows", .prepare = prepare, .enter = enter, .step = step };
