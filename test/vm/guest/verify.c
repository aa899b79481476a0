// SPDX-License-Identifier: GPL-2.0
/*
 * anycall-verify FILE: has the kernel verify bare SYSCALL programs and says what it answers. Nothing is run or attached. A line
 * a program, words separated by spaces:
 *
 *   flags in hex, instructions in hex (8 bytes each), license, then any number of
 *   m:SLOT:TYPE:KEY:VALUE:MAX:FLAGS   the ldimm64 in that slot is of such a map
 *   k:SLOT:NAME                       the call in that slot is of that kernel function, of the kernel's or of anycall.ko's
 *   v:SLOT:NAME                       the ldimm64 in that slot is of that variable or function
 *
 * The answer: "V number ok|errno processed last line of the log".
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_SIZE (64 << 20)
#define MOST_INSNS (1 << 20)
#define MOST_MAPS 32
#define MODULE_SLOT 1

static struct btf *vmlinux, *module;
static int module_fd = -1;
static struct bpf_insn *insns;
static char *log_text;

static void find_module(void)
{
	unsigned int id = 0;

	while (!bpf_btf_get_next_id(id, &id)) {
		char name[64] = "";
		struct bpf_btf_info info = { .name = (uintptr_t)name, .name_len = sizeof(name) };
		unsigned int size = sizeof(info);
		int fd = bpf_btf_get_fd_by_id(id);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) && !strcmp(name, "anycall")) {
			module_fd = fd;
			module = btf__load_from_kernel_by_id_split(id, vmlinux);
			return;
		}
		if (fd >= 0)
			close(fd);
	}
}

static void read_insns(const char *hex, size_t count)
{
	unsigned char *bytes = (unsigned char *)insns;

	for (size_t i = 0; i < count * 8; i++) {
		unsigned int byte = 0;

		sscanf(hex + 2 * i, "%2x", &byte);
		bytes[i] = byte;
	}
}

/* One m:, k: or v: word. The descriptor of a map that was made, -1 without one, -2 for what the kernel does not have. */
static int link_word(const char *word)
{
	unsigned int slot, type, key, value, max, flags;
	char name[128];
	int id, fd;

	if (sscanf(word, "m:%u:%u:%u:%u:%u:%u", &slot, &type, &key, &value, &max, &flags) == 6) {
		LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);

		fd = bpf_map_create(type, "map", key, value, max, &options);
		insns[slot].imm = fd;
		return fd < 0 ? -2 : fd;
	}
	if (sscanf(word, "k:%u:%127s", &slot, name) == 2) {
		id = btf__find_by_name_kind(vmlinux, name, BTF_KIND_FUNC);
		if (id < 0 && module) {
			id = btf__find_by_name_kind(module, name, BTF_KIND_FUNC);
			insns[slot].off = MODULE_SLOT;
		}
		insns[slot].imm = id;
		return id < 0 ? -2 : -1;
	}
	if (sscanf(word, "v:%u:%127s", &slot, name) == 2) {
		id = btf__find_by_name_kind(vmlinux, name, BTF_KIND_VAR);
		if (id < 0)
			id = btf__find_by_name_kind(vmlinux, name, BTF_KIND_FUNC);
		insns[slot].imm = id;
		return id < 0 ? -2 : -1;
	}
	return -2;
}

static int load(size_t count, const char *license, unsigned int flags, int level)
{
	int fds[] = { -1, module_fd };
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_flags = flags, .log_level = level, .log_buf = log_text, .log_size = LOG_SIZE, .fd_array = fds);
	int fd;

	log_text[0] = 0;
	fd = bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "raw", license, insns, count, &options);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int is_statistic(const char *line)
{
	static const char *const starts[] = { "processed ", "verification time ", "stack depth ", "max_states", "cur state", "old state", "total_states" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		if (!strncmp(line, starts[i], strlen(starts[i])))
			return 1;
	return !*line;
}

static void answer(unsigned int number, size_t count, const char *license, unsigned int flags)
{
	int result = load(count, license, flags, 4);
	char *found = strstr(log_text, "processed "), *line, *last = "", *rest;
	long processed = found ? strtol(found + 10, NULL, 10) : 0;

	if (!result) {
		printf("V %u ok %ld\n", number, processed);
		return;
	}
	load(count, license, flags, 1);
	for (line = strtok_r(log_text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!is_statistic(line))
			last = line;
	printf("V %u %d %ld %.300s\n", number, -result, processed, last);
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
	char *line = NULL;
	size_t room = 0;
	unsigned int number = 0;

	if (!file)
		return 1;
	vmlinux = btf__load_vmlinux_btf();
	insns = calloc(MOST_INSNS, sizeof(*insns));
	log_text = malloc(LOG_SIZE);
	if (libbpf_get_error(vmlinux) || !insns || !log_text)
		return 1;
	find_module();
	for (; getline(&line, &room, file) > 0; number++) {
		char *rest, *flags = strtok_r(line, " \n", &rest), *hex = strtok_r(NULL, " \n", &rest), *license = strtok_r(NULL, " \n", &rest), *word;
		int fds[MOST_MAPS], made = 0, lacking = 0;
		size_t count;

		if (!license || (count = strlen(hex) / 16) > MOST_INSNS)
			return 1;
		read_insns(hex, count);
		while ((word = strtok_r(NULL, " \n", &rest))) {
			int fd = link_word(word);

			lacking |= fd == -2;
			if (fd >= 0 && made < MOST_MAPS)
				fds[made++] = fd;
		}
		if (lacking)
			printf("V %u lacking\n", number);
		else
			answer(number, count, license, strtoul(flags, NULL, 16));
		while (made)
			close(fds[--made]);
		fflush(stdout);
	}
	return 0;
}
