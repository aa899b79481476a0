/* SPDX-License-Identifier: GPL-2.0 */
/* Loads objects of anycallc with libbpf and runs their programs through /dev/anycall. */
#ifndef ANYCALL_LOADER_H
#define ANYCALL_LOADER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Offsets of the calling convention (docs/abi.md): `.bss` is the environment, 8 frames, then
 * buffers.
 */
#define FRAMES_OFFSET 64
#define FRAME_RESULT 8
#define FRAME_ARGS 32

struct bpf_object;

struct anycall_object {
	struct bpf_object *bpf;
	/* Shared with the programs. */
	unsigned char *bss;
	size_t bss_size;
	unsigned char *data;
	size_t data_size;
	/* Memory that the module may overwrite during calls. */
	void *scratch;
};

/*
 * Loads an object; 0, or a negative errno after saying why on stderr. `log_level` 1 has the
 * verifier's log printed.
 */
int anycall_object_load(struct anycall_object *object, const char *path, int log_level);
void anycall_object_unload(struct anycall_object *object);

/*
 * Descriptor of a binding of the program with this ELF symbol; negative errno. `device`: NULL for
 * /dev/anycall.
 */
int anycall_object_bind(struct anycall_object *object, const char *symbol, const char *device);

/* Runs it on the frame at this offset from the first: the status, or a negative errno. */
int anycall_call(int binding, unsigned long frame_offset);

/* Address of the buffer or global of this name in `.bss`; NULL if there is none. */
void *anycall_object_buffer(struct anycall_object *object, const char *name, size_t *size);

#endif
