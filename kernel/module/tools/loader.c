// SPDX-License-Identifier: GPL-2.0
/* See loader.h. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../uapi/anycall.h"
#include "loader.h"

#define DEVICE "/dev/anycall"

/* Words of the environment cell at the start of `.bss`. */
struct environment {
	uint64_t pidns_dev;
	uint64_t pidns_ino;
	uint64_t zero;
	uint64_t initial_pidns;
};

#define INITIAL_PIDNS_INO 0xeffffffcULL

/* What helpers of a stock kernel are asked with (getpid and gettid in the caller's namespace). */
static void write_environment(unsigned char *bss)
{
	struct environment environment = { 0 };
	struct stat stat_;

	if (stat("/proc/self/ns/pid", &stat_))
		return;
	/* The kernel's own encoding: 20 bits of minor number. */
	environment.pidns_dev = ((stat_.st_dev >> 8) & 0xfff) << 20 | (stat_.st_dev & 0xff) |
				((stat_.st_dev >> 12) & 0xfff00);
	environment.pidns_ino = stat_.st_ino;
	environment.initial_pidns = stat_.st_ino == INITIAL_PIDNS_INO;
	memcpy(bss, &environment, sizeof(environment));
}

static int print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	/* Our own section is among those that libbpf does not know, and says so about. */
	if (level == LIBBPF_DEBUG || strstr(format, "skipping unrecognized data section"))
		return 0;
	return vfprintf(stderr, format, arguments);
}

int anycall_object_load(struct anycall_object *object, const char *path, int log_level)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_level = log_level);
	struct bpf_map *map;
	int error;

	memset(object, 0, sizeof(*object));
	libbpf_set_print(print);
	object->bpf = bpf_object__open_file(path, &options);
	if (!object->bpf)
		return -errno;
	error = bpf_object__load(object->bpf);
	if (error) {
		bpf_object__close(object->bpf);
		return error;
	}
	bpf_object__for_each_map(map, object->bpf) {
		const char *name = strrchr(bpf_map__name(map), '.');
		size_t size = bpf_map__value_size(map);
		unsigned char *bytes;

		if (!name || (strcmp(name, ".bss") && strcmp(name, ".data")))
			continue;
		bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
		if (bytes == MAP_FAILED) {
			error = -errno;
			anycall_object_unload(object);
			return error;
		}
		if (!strcmp(name, ".bss")) {
			object->bss = bytes;
			object->bss_size = size;
		} else {
			object->data = bytes;
			object->data_size = size;
		}
	}
	object->scratch = mmap(NULL, ANYCALL_SCRATCH, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (object->scratch == MAP_FAILED || !object->bss) {
		anycall_object_unload(object);
		return object->bss ? -ENOMEM : -EINVAL;
	}
	write_environment(object->bss);
	return 0;
}

void anycall_object_unload(struct anycall_object *object)
{
	if (object->bss)
		munmap(object->bss, object->bss_size);
	if (object->data)
		munmap(object->data, object->data_size);
	if (object->scratch && object->scratch != MAP_FAILED)
		munmap(object->scratch, ANYCALL_SCRATCH);
	bpf_object__close(object->bpf);
}

int anycall_object_bind(struct anycall_object *object, const char *symbol, const char *device)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object->bpf, symbol);
	struct anycall_region regions[2];
	struct anycall_bind wanted = { 0 };
	int fd, error;

	if (!program)
		return -ENOENT;
	fd = open(device ? device : DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (object->bss)
		regions[wanted.region_count++] =
			(struct anycall_region){ (uintptr_t)object->bss, object->bss_size };
	if (object->data)
		regions[wanted.region_count++] =
			(struct anycall_region){ (uintptr_t)object->data, object->data_size };
	errno = 0;
	wanted.prog_fd = bpf_program__fd(program);
	wanted.regions = (uintptr_t)regions;
	wanted.scratch = (uintptr_t)object->scratch;
	wanted.scratch_size = ANYCALL_SCRATCH;
	/* Every program uses its frames, which are in `.bss`. */
	if (ioctl(fd, ANYCALL_BIND, &wanted) >= 1)
		return fd;
	error = errno ? -errno : -EINVAL;
	close(fd);
	return error;
}

int anycall_call(int binding, unsigned long frame_offset)
{
	int status = ioctl(binding, ANYCALL_CALL, frame_offset);

	return status < 0 ? -errno : status;
}

void *anycall_object_buffer(struct anycall_object *object, const char *name, size_t *size)
{
	const struct btf *btf = bpf_object__btf(object->bpf);
	int id = btf__find_by_name_kind(btf, ".bss", BTF_KIND_DATASEC);
	const struct btf_type *section = btf__type_by_id(btf, id);
	const struct btf_var_secinfo *variable;

	if (!section)
		return NULL;
	variable = btf_var_secinfos(section);
	for (int i = 0; i < btf_vlen(section); i++, variable++) {
		const struct btf_type *type = btf__type_by_id(btf, variable->type);

		if (strcmp(btf__name_by_offset(btf, type->name_off), name))
			continue;
		if (size)
			*size = variable->size;
		return object->bss + variable->offset;
	}
	return NULL;
}
