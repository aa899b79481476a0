// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that our compiler would never make: random calls of the module's kernel functions, by their prototypes in its BTF,
 * with null pointers, memory on the stack, in a map that is not bound and across a region's end, sizes of all kinds. The
 * verifier takes some of them; those run. Arguments: names of the functions.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../../../kernel/module/uapi/anycall.h"
#include "fuzz.h"

#define MAP_SIZE 65536
#define MOST_FUNCTIONS 200
#define MOST_INSNS 512
#define CALLS_OF_A_PROGRAM 6
#define STACK 512
/* Registers that calls keep: the map, the handle. */
#define MAP 7
#define HANDLE 9

struct function {
	int id;
	const struct btf_type *prototype;
	bool returns_handle, takes_handle;
};

static struct btf *btf;
static int btf_fd, map_fds[2];
static struct function functions[MOST_FUNCTIONS];
static unsigned int function_count;
static unsigned char *mapping, *mapping2;
static void *scratch;

static bool is_handle(const struct btf_type *type)
{
	if (!btf_is_ptr(type))
		return false;
	type = btf__type_by_id(btf, type->type);
	return btf_is_struct(type) && !strcmp(btf__name_by_offset(btf, type->name_off), "anycall_file");
}

static int descriptor_of_module(void)
{
	struct bpf_btf_info info;
	__u32 id = 0, size;
	char name[64];
	int fd;

	while (!bpf_btf_get_next_id(id, &id)) {
		fd = bpf_btf_get_fd_by_id(id);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		info.name = (uintptr_t)name;
		info.name_len = sizeof(name);
		size = sizeof(info);
		if (!bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(name, "anycall"))
			return own_descriptor(fd);
		close(fd);
	}
	return -1;
}

static void prepare(char **names, int number)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);

	btf = btf__load_module_btf("anycall", btf__load_vmlinux_btf());
	btf_fd = descriptor_of_module();
	if (!btf || btf_fd < 0)
		exit(2);
	for (int i = 0; i < number && function_count < MOST_FUNCTIONS; i++) {
		struct function *function = &functions[function_count];
		const struct btf_param *parameter;

		function->id = btf__find_by_name_kind(btf, names[i], BTF_KIND_FUNC);
		if (function->id < 0)
			continue;
		function->prototype = btf__type_by_id(btf, btf__type_by_id(btf, function->id)->type);
		parameter = btf_params(function->prototype);
		function->returns_handle = is_handle(btf__type_by_id(btf, function->prototype->type));
		function->takes_handle = btf_vlen(function->prototype) && is_handle(btf__type_by_id(btf, parameter->type));
		function_count++;
	}
	for (int i = 0; i < 2; i++)
		map_fds[i] = own_descriptor(bpf_map_create(BPF_MAP_TYPE_ARRAY, "fuzz", 4, MAP_SIZE, 1, &options));
	scratch = mmap(NULL, ANYCALL_SCRATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!function_count || map_fds[1] < 0)
		exit(2);
}

static void enter(void)
{
	mapping = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, map_fds[0], 0);
	mapping2 = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, map_fds[0], 0);
	mangle_mapping(mapping, MAP_SIZE, map_fds[0]);
	mangle_mapping(scratch, ANYCALL_SCRATCH, -1);
}

/* ---- Instructions ---- */

static _Thread_local struct bpf_insn code[MOST_INSNS];
static _Thread_local unsigned int length;

static void emit(unsigned char opcode, unsigned char to, unsigned char from, short offset, int value)
{
	if (length < MOST_INSNS)
		code[length++] = (struct bpf_insn){ .code = opcode, .dst_reg = to, .src_reg = from, .off = offset, .imm = value };
}

static void emit_move(int to, int value)
{
	emit(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}

static void emit_copy(int to, int from)
{
	emit(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

static void emit_map(int to, int fd, int offset)
{
	emit(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_VALUE, 0, fd);
	emit(0, 0, 0, 0, offset);
}

/* Memory of `size` bytes, or less, or none. */
static void emit_memory(int to, unsigned int size)
{
	unsigned int room = size < MAP_SIZE ? MAP_SIZE - size : 0;

	switch (random_below(8)) {
	case 0:
		emit_move(to, 0);
		break;
	case 1:
		if (size <= STACK) {
			emit_copy(to, 10);
			emit(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, -(int)(size + random_below(STACK - size + 1)));
			break;
		}
		/* fall through */
	case 2:
		emit_map(to, map_fds[1], random_below(room + 1));
		break;
	case 3:
		/* About where a bound region ends. */
		emit_map(to, map_fds[0], 4096 > size ? 4096 - random_below(size + 1) : 4096);
		break;
	default:
		emit_map(to, map_fds[0], random_below(room + 1));
	}
}

static void emit_number(int to)
{
	switch (random_below(3)) {
	case 0:
		/* What the caller keeps changing. */
		emit(BPF_LDX | BPF_MEM | BPF_DW, to, MAP, 8 * random_below(64), 0);
		break;
	case 1:
		emit_move(to, random_descriptor());
		break;
	default:
		emit_move(to, random_number());
	}
}

static bool is_size(const struct btf_param *parameter)
{
	const char *name = btf__name_by_offset(btf, parameter->name_off);

	return strlen(name) > 4 && !strcmp(name + strlen(name) - 4, "__sz");
}

static void emit_arguments(const struct function *function, bool has_handle)
{
	const struct btf_param *parameter = btf_params(function->prototype);
	unsigned int number = btf_vlen(function->prototype);

	for (unsigned int i = 0; i < number; i++, parameter++) {
		const struct btf_type *type = btf__type_by_id(btf, parameter->type);
		unsigned int size = 64;

		if (is_handle(type) && has_handle && !one_in(32)) {
			emit_copy(1 + i, HANDLE);
		} else if (btf_is_ptr(type) && i + 1 < number && is_size(parameter + 1)) {
			static const unsigned int sizes[] = { 0, 1, 8, 16, 64, 128, 511, 512, 4095, 4096, 4097, 8192, 65536, 65537 };

			size = sizes[random_below(sizeof(sizes) / sizeof(*sizes))];
			emit_memory(1 + i, size);
			if (one_in(4)) {
				/* A size that only the run knows. */
				emit(BPF_LDX | BPF_MEM | BPF_DW, 2 + i, MAP, 8 * random_below(64), 0);
				emit(BPF_ALU64 | BPF_AND | BPF_K, 2 + i, 0, 0, (1 << (31 - __builtin_clz(size | 1))) - 1);
			} else {
				emit_move(2 + i, size);
			}
			i++;
			parameter++;
		} else if (btf_is_ptr(type)) {
			emit_memory(1 + i, size);
		} else {
			emit_number(1 + i);
		}
	}
}

static void emit_call(const struct function *function)
{
	emit(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 1, function->id);
}

static const struct function *pick(bool has_handle)
{
	const struct function *function;

	do
		function = &functions[random_below(function_count)];
	while (function->takes_handle && !has_handle && !one_in(64));
	return function;
}

static const struct function *named(const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	for (unsigned int i = 0; i < function_count; i++)
		if (functions[i].id == id)
			return &functions[i];
	return NULL;
}

/* A handle, calls with it, its release; now and then not, which the verifier is to see. */
static void emit_handle(void)
{
	const struct function *open_ = named("anycall_open"), *put = named("anycall_file_put");
	unsigned int jump;

	if (!open_ || !put)
		return;
	emit_arguments(open_, false);
	emit_call(open_);
	emit_copy(HANDLE, 0);
	jump = length;
	emit(BPF_JMP | BPF_JEQ | BPF_K, HANDLE, 0, 0, 0);
	for (int i = random_below(4); i >= 0; i--) {
		const struct function *function = pick(true);

		if (function->returns_handle || (function == put && !one_in(16)))
			continue;
		emit_arguments(function, true);
		emit_call(function);
	}
	if (!one_in(16)) {
		emit_copy(1, HANDLE);
		emit_call(put);
	}
	code[jump].off = length - jump - 1;
}

static void generate(void)
{
	length = 0;
	emit_map(MAP, map_fds[0], 0);
	if (one_in(2))
		for (int at = -STACK; at < 0; at += 8)
			emit(BPF_ST | BPF_MEM | BPF_DW, 10, 0, at, random64());
	for (unsigned int i = 1 + random_below(CALLS_OF_A_PROGRAM); i; i--) {
		const struct function *function = pick(false);

		if (function->returns_handle || one_in(3)) {
			emit_handle();
		} else {
			emit_arguments(function, false);
			emit_call(function);
		}
	}
	emit_move(0, 0);
	emit(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int bind_some(int program)
{
	struct anycall_region regions[2] = { { (uintptr_t)mapping, 4096 * random_below(MAP_SIZE / 4096 + 1) },
					     { (uintptr_t)mapping2 + (one_in(4) ? random_below(MAP_SIZE) : 0), random_below(MAP_SIZE) } };
	struct anycall_bind wanted = { program, random_below(3), (uintptr_t)regions, (uintptr_t)scratch, ANYCALL_SCRATCH, 0 };
	int fd = open("/dev/anycall", O_RDWR);

	if (one_in(16))
		wanted.scratch = random64() >> 17;
	if (ioctl(fd, ANYCALL_BIND, &wanted) < 0 && one_in(2)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void step(unsigned int thread)
{
	int fds[2] = { -1, btf_fd }, program, binding;
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = BPF_F_SLEEPABLE, .fd_array = fds);

	(void)thread;
	generate();
	program = bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "fuzz", "GPL", code, length, &options);
	if (program < 0) {
		count(&counts->unloadable);
		return;
	}
	count(&counts->loaded);
	binding = bind_some(program);
	/* The program is the binding's from here on. */
	close(program);
	for (int i = 0; i < 8 && binding >= 0; i++) {
		for (int k = 0; k < 8; k++) {
			uint64_t value = one_in(2) ? random_number() : (uint64_t)random_descriptor();

			memcpy(mapping2 + 8 * random_below(64), &value, 8);
		}
		random_bytes(mapping2 + 512 + random_below(MAP_SIZE - 1024), 64);
		counted_call(binding, random64());
	}
	close(binding);
}

const struct kind foreign_kind = { .name = "foreign", .prepare = prepare, .enter = enter, .step = step, .loads = true };
