// SPDX-License-Identifier: GPL-2.0
/*
 * resolve-btf-ids MODULE BASE: fills the .BTF_ids section of a kernel module, for headers that lack
 * the kernel's own tool. MODULE is an x86-64 ELF file with .BTF and .BTF_ids (linux/btf_ids.h:
 * local symbols __BTF_ID__func__NAME__N of 4 bytes, and
 * __BTF_ID__set8__NAME around a count, flags and pairs of id and flags); BASE is the kernel's raw
 * BTF. Writes in place.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FUNC_PREFIX "__BTF_ID__func__"
#define SET8_PREFIX "__BTF_ID__set8__"
#define BTF_MAGIC 0xeb9f
#define KIND_FUNC 12

struct blob {
	unsigned char *bytes;
	size_t size;
};

/* A view of BTF: types of `types_size` bytes and strings. */
struct types {
	const unsigned char *types;
	uint32_t types_size;
	const char *strings;
	uint32_t strings_size;
};

struct pair {
	uint32_t id;
	uint32_t flags;
};

static struct blob map_file(const char *path, bool writable)
{
	int fd = open(path, writable ? O_RDWR : O_RDONLY);
	struct stat stat;
	struct blob blob;

	if (fd < 0 || fstat(fd, &stat))
		err(1, "%s", path);
	blob.size = stat.st_size;
	if (writable) {
		blob.bytes = mmap(NULL, blob.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (blob.bytes == MAP_FAILED)
			err(1, "%s", path);
	} else {
		/* Files in /sys can't be mapped. */
		blob.bytes = malloc(blob.size + 1);
		if (!blob.bytes)
			err(1, "%s", path);
		for (size_t at = 0; at < blob.size;) {
			ssize_t got = read(fd, blob.bytes + at, blob.size - at);

			if (got <= 0)
				err(1, "%s", path);
			at += got;
		}
	}
	close(fd);
	return blob;
}

static uint32_t u32_at(const unsigned char *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static struct types parse_types(const unsigned char *bytes, size_t size, const char *what)
{
	uint32_t header;
	struct types types;

	if (size < 24 || (u32_at(bytes) & 0xffff) != BTF_MAGIC)
		errx(1, "%s: no BTF", what);
	header = u32_at(bytes + 4);
	types = (struct types){ bytes + header + u32_at(bytes + 8), u32_at(bytes + 12),
				(const char *)bytes + header + u32_at(bytes + 16),
				u32_at(bytes + 20) };
	if (types.types + types.types_size > bytes + size ||
	    types.strings + types.strings_size > (const char *)bytes + size)
		errx(1, "%s: BTF is cut short", what);
	return types;
}

/* Bytes of the type at `at`: 12, and what its kind adds (Documentation/bpf/btf.rst). */
static uint32_t type_size(const unsigned char *at)
{
	static const struct {
		uint8_t fixed, each;
	} more[] = {
		[1] = { 4, 0 },	 [3] = { 12, 0 },  [4] = { 0, 12 }, [5] = { 0, 12 },
		[6] = { 0, 8 },	 [13] = { 0, 8 },  [14] = { 4, 0 }, [15] = { 0, 12 },
		[17] = { 4, 0 }, [19] = { 0, 12 },
	};
	uint32_t info = u32_at(at + 4);
	uint32_t kind = (info >> 24) & 0x1f;

	return kind < sizeof(more) / sizeof(*more) ?
		       12 + more[kind].fixed + more[kind].each * (info & 0xffff) :
		       12;
}

static uint32_t count_types(const struct types *types)
{
	uint32_t count = 0;

	for (uint32_t at = 0; at < types->types_size; at += type_size(types->types + at))
		count++;
	return count;
}

/*
 * Id of FUNC `name` of the module, whose ids and string offsets go on where the kernel's end; 0 if
 * there is none.
 */
static uint32_t find_func(const struct types *module, const struct types *base, uint32_t base_count,
			  const char *name, size_t length)
{
	uint32_t id = base_count + 1;

	for (uint32_t at = 0; at < module->types_size; at += type_size(module->types + at), id++) {
		uint32_t string = u32_at(module->types + at);

		if (((u32_at(module->types + at + 4) >> 24) & 0x1f) != KIND_FUNC ||
		    string < base->strings_size)
			continue;
		string -= base->strings_size;
		if (string < module->strings_size &&
		    !strncmp(module->strings + string, name, length) &&
		    !module->strings[string + length])
			return id;
	}
	return 0;
}

static Elf64_Shdr *find_section(const struct blob *elf, const char *name)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)elf->bytes;
	Elf64_Shdr *sections = (Elf64_Shdr *)(elf->bytes + header->e_shoff);
	const char *names = (const char *)elf->bytes + sections[header->e_shstrndx].sh_offset;

	for (int i = 0; i < header->e_shnum; i++)
		if (!strcmp(names + sections[i].sh_name, name))
			return &sections[i];
	errx(1, "the module has no section %s", name);
}

static int by_id(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

int main(int argc, char **argv)
{
	struct blob elf, kernel;
	struct types base, module;
	Elf64_Shdr *btf, *ids, *symtab, *strtab;
	uint32_t base_count, resolved = 0;
	Elf64_Sym *symbols;
	const char *strings;
	size_t count;

	if (argc != 3)
		errx(2, "usage: resolve-btf-ids MODULE BASE");
	elf = map_file(argv[1], true);
	kernel = map_file(argv[2], false);
	if (elf.size < sizeof(Elf64_Ehdr) || memcmp(elf.bytes, ELFMAG, SELFMAG) ||
	    elf.bytes[EI_CLASS] != ELFCLASS64)
		errx(1, "%s: no 64-bit ELF file", argv[1]);
	btf = find_section(&elf, ".BTF");
	ids = find_section(&elf, ".BTF_ids");
	symtab = find_section(&elf, ".symtab");
	strtab = find_section(&elf, ".strtab");
	base = parse_types(kernel.bytes, kernel.size, argv[2]);
	module = parse_types(elf.bytes + btf->sh_offset, btf->sh_size, argv[1]);
	base_count = count_types(&base);
	symbols = (Elf64_Sym *)(elf.bytes + symtab->sh_offset);
	strings = (const char *)elf.bytes + strtab->sh_offset;
	count = symtab->sh_size / sizeof(*symbols);

	for (size_t i = 0; i < count; i++) {
		const char *name = strings + symbols[i].st_name;
		const char *end;
		uint32_t id;

		if (strncmp(name, FUNC_PREFIX, strlen(FUNC_PREFIX)))
			continue;
		name += strlen(FUNC_PREFIX);
		/* What follows the last __ makes the symbol unique. */
		end = name + strlen(name);
		while (end > name + 1 && !(end[-1] == '_' && end[-2] == '_'))
			end--;
		id = find_func(&module, &base, base_count, name, end - 2 - name);
		if (!id)
			errx(1, "%s: no type of function %.*s", argv[1], (int)(end - 2 - name),
			     name);
		memcpy(elf.bytes + ids->sh_offset + symbols[i].st_value, &id, sizeof(id));
		resolved++;
	}
	for (size_t i = 0; i < count; i++) {
		unsigned char *set = elf.bytes + ids->sh_offset + symbols[i].st_value;
		uint32_t pairs;

		if (strncmp(strings + symbols[i].st_name, SET8_PREFIX, strlen(SET8_PREFIX)))
			continue;
		/* The count comes first, then the set's flags. */
		pairs = symbols[i].st_size / 8 - 1;
		memcpy(set, &pairs, sizeof(pairs));
		qsort(set + 8, pairs, sizeof(struct pair), by_id);
	}
	if (!resolved)
		errx(1, "%s: no ids to resolve", argv[1]);
	return 0;
}
