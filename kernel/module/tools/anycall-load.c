// SPDX-License-Identifier: GPL-2.0
/*
 * anycall-load [-v] FILE.bpf.o [NAME [ARGUMENT…]]: loads an object of anycallc, verified by the
 * running kernel, and calls one of its functions through anycall.ko; without a name it lists them.
 * For machines without Node. Arguments are integers, true or false, and strings; the result is
 * printed as JSON. Exit codes: 0; 1 for what can't be loaded or run; 2 for a wrong command line; 3
 * if the function ended with another status than OK.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "json.h"
#include "loader.h"

#define META_SECTION ".anycall"

static const char *const statuses[] = { "OK", "EXHAUSTED", "ABORTED", "FAULT" };

/* Contents of the section with the metadata; NULL if the file has none. */
static struct json *read_meta(const char *path)
{
	int fd = open(path, O_RDONLY);
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections;
	const char *names;
	struct stat stat;
	char *bytes;

	if (fd < 0 || fstat(fd, &stat) || (size_t)stat.st_size < sizeof(*header))
		return NULL;
	bytes = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		return NULL;
	header = (const Elf64_Ehdr *)bytes;
	if (memcmp(bytes, ELFMAG, SELFMAG) || header->e_shentsize != sizeof(*sections) ||
	    header->e_shstrndx >= header->e_shnum ||
	    header->e_shoff + (uint64_t)header->e_shnum * sizeof(*sections) >
		    (uint64_t)stat.st_size)
		return NULL;
	sections = (const Elf64_Shdr *)(bytes + header->e_shoff);
	names = bytes + sections[header->e_shstrndx].sh_offset;
	for (int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_offset + sections[i].sh_size <= (uint64_t)stat.st_size &&
		    !strcmp(names + sections[i].sh_name, META_SECTION))
			return json_parse(bytes + sections[i].sh_offset, sections[i].sh_size);
	return NULL;
}

static const struct json *find_program(const struct json *meta, const char *name)
{
	const struct json *programs = json_member(meta, "programs");
	const struct json *program = programs ? programs->first : NULL;

	while (program && strcmp(json_text(program, "name"), name))
		program = program->next;
	return program;
}

static int list(const struct json *meta)
{
	const struct json *programs = json_member(meta, "programs");

	for (const struct json *program = programs ? programs->first : NULL; program;
	     program = program->next) {
		const struct json *params =
			json_member(json_member(program, "signature"), "params");
		const char *separator = "";

		printf("%s(", json_text(program, "name"));
		for (const struct json *param = params ? params->first : NULL; param;
		     param = param->next, separator = ", ")
			printf("%s%s: %s", separator, json_text(param, "name"),
			       json_text(json_member(param, "type"), "kind"));
		printf(")\n");
	}
	return 0;
}

/* Puts one argument into the frame; false if it is not of the parameter's type. */
static bool put_argument(unsigned char *frame, const struct json *param, const char *text)
{
	const struct json *type = json_member(param, "type");
	const char *kind = json_text(type, "kind");
	unsigned char *slot = frame + (size_t)json_number(param, "offset", 0);
	uint32_t where[2];
	int64_t value;
	char *end;

	if (!strcmp(kind, "string")) {
		where[0] = json_number(param, "data", 0);
		where[1] = strlen(text);
		if (where[1] > json_number(type, "max", 0))
			return false;
		memcpy(frame + where[0], text, where[1] + 1);
		memcpy(slot, where, sizeof(where));
		return true;
	}
	if (!strcmp(kind, "bool")) {
		value = !strcmp(text, "true");
		memcpy(slot, &value, sizeof(value));
		return value || !strcmp(text, "false");
	}
	if (strcmp(kind, "int"))
		return false;
	errno = 0;
	value = json_number(type, "signed", 0) ? strtoll(text, &end, 0) :
						 (int64_t)strtoull(text, &end, 0);
	memcpy(slot, &value, sizeof(value));
	if (errno || end == text || *end)
		return false;
	/* Narrower ones must fit. */
	if (json_number(type, "bits", 64) < 64) {
		int bits = json_number(type, "bits", 64);
		int64_t least = json_number(type, "signed", 0) ? -(1LL << (bits - 1)) : 0;
		int64_t most = json_number(type, "signed", 0) ? (1LL << (bits - 1)) - 1 :
								(1LL << bits) - 1;

		return value >= least && value <= most;
	}
	return true;
}

struct layout {
	size_t size;
	size_t align;
};

static size_t aligned(size_t at, size_t align)
{
	return (at + align - 1) / align * align;
}

/* Size and alignment of a type in memory: natural C layout. */
static struct layout layout_of(const struct json *type)
{
	const char *kind = json_text(type, "kind");
	struct layout inner, whole = { 0, 1 };
	const struct json *part;

	if (!strcmp(kind, "bool"))
		return (struct layout){ 1, 1 };
	if (!strcmp(kind, "int"))
		return (struct layout){ json_number(type, "bits", 64) / 8,
					json_number(type, "bits", 64) / 8 };
	if (!strcmp(kind, "str"))
		return (struct layout){ json_number(type, "max", 0), 1 };
	if (!strcmp(kind, "struct"))
		return (struct layout){ json_number(type, "size", 0),
					json_number(type, "align", 1) };
	if (!strcmp(kind, "array")) {
		inner = layout_of(json_member(type, "element"));
		return (struct layout){ inner.size * (size_t)json_number(type, "length", 0),
					inner.align };
	}
	part = json_member(type, "elements");
	for (part = part ? part->first : NULL; part; part = part->next) {
		inner = layout_of(part);
		whole.size = aligned(whole.size, inner.align) + inner.size;
		whole.align = inner.align > whole.align ? inner.align : whole.align;
	}
	whole.size = aligned(whole.size, whole.align);
	return whole;
}

static void print_int(const unsigned char *at, const struct json *type, int bytes)
{
	uint64_t value = 0;

	memcpy(&value, at, bytes);
	if (json_number(type, "signed", 0)) {
		int shift = 64 - 8 * bytes;

		printf("%" PRId64, (int64_t)(value << shift) >> shift);
	} else {
		printf("%" PRIu64, value);
	}
}

static void print_value(const unsigned char *at, const struct json *type)
{
	const char *kind = json_text(type, "kind"), *separator = "";
	const struct json *part;
	struct layout inner;
	size_t offset = 0;
	uint32_t tag;

	if (!strcmp(kind, "int")) {
		print_int(at, type, json_number(type, "bits", 64) / 8);
	} else if (!strcmp(kind, "bool")) {
		printf("%s", *at ? "true" : "false");
	} else if (!strcmp(kind, "str")) {
		printf("\"%.*s\"", (int)json_number(type, "max", 0), at);
	} else if (!strcmp(kind, "struct")) {
		printf("{");
		part = json_member(type, "fields");
		for (part = part ? part->first : NULL; part; part = part->next, separator = ",") {
			printf("%s\"%s\":", separator, json_text(part, "name"));
			print_value(at + (size_t)json_number(part, "offset", 0),
				    json_member(part, "type"));
		}
		printf("}");
	} else if (!strcmp(kind, "array")) {
		inner = layout_of(json_member(type, "element"));
		printf("[");
		for (int i = 0; i < json_number(type, "length", 0); i++, separator = ",") {
			printf("%s", separator);
			print_value(at + i * inner.size, json_member(type, "element"));
		}
		printf("]");
	} else if (!strcmp(kind, "tuple")) {
		printf("[");
		part = json_member(type, "elements");
		for (part = part ? part->first : NULL; part; part = part->next, separator = ",") {
			inner = layout_of(part);
			offset = aligned(offset, inner.align);
			printf("%s", separator);
			print_value(at + offset, part);
			offset += inner.size;
		}
		printf("]");
	} else if (!strcmp(kind, "union")) {
		memcpy(&tag, at, sizeof(tag));
		part = json_member(type, "alternatives");
		for (part = part ? part->first : NULL; part && tag; tag--)
			part = part->next;
		print_value(at + 8, part);
	} else {
		printf("null");
	}
}

/* Scalars have a whole slot, whatever their size. */
static void print_result(const unsigned char *frame, const struct json *signature)
{
	const struct json *type = json_member(signature, "result");
	const unsigned char *at =
		frame + (size_t)json_number(signature, "resultOffset", FRAME_RESULT);

	if (!strcmp(json_text(type, "kind"), "int"))
		print_int(at, type, 8);
	else
		print_value(at, type);
	printf("\n");
}

static int call(struct anycall_object *object, const struct json *program, char **arguments,
		int count)
{
	const struct json *signature = json_member(program, "signature");
	const struct json *params = json_member(signature, "params");
	unsigned char *frame = object->bss + FRAMES_OFFSET;
	const struct json *param = params ? params->first : NULL;
	int binding, status, i = 0;

	for (; param; param = param->next, i++) {
		if (i < count && put_argument(frame, param, arguments[i]))
			continue;
		fprintf(stderr, "anycall-load: argument %s: %s\n", json_text(param, "name"),
			i < count ? "not of its type" : "missing");
		return 2;
	}
	if (i < count) {
		fprintf(stderr, "anycall-load: %d arguments too many\n", count - i);
		return 2;
	}
	binding = anycall_object_bind(object, json_text(program, "symbol"), NULL);
	if (binding < 0) {
		fprintf(stderr, "anycall-load: binding: %s%s\n", strerror(-binding),
			binding == -ENOENT ? " (is anycall.ko loaded?)" : "");
		return 1;
	}
	status = anycall_call(binding, 0);
	if (status < 0) {
		fprintf(stderr, "anycall-load: running: %s\n", strerror(-status));
		return 1;
	}
	if (status) {
		fprintf(stderr, "anycall-load: ended with %s\n",
			status < 4 ? statuses[status] : "an unknown status");
		return 3;
	}
	print_result(frame, signature);
	return 0;
}

int main(int argc, char **argv)
{
	int log_level = argc > 1 && !strcmp(argv[1], "-v");
	struct anycall_object object;
	const struct json *program;
	struct json *meta;
	int error;

	argv += log_level;
	argc -= log_level;
	if (argc < 2) {
		fprintf(stderr, "usage: anycall-load [-v] FILE.bpf.o [NAME [ARGUMENT...]]\n");
		return 2;
	}
	meta = read_meta(argv[1]);
	if (!meta) {
		fprintf(stderr, "anycall-load: %s is no object of anycallc\n", argv[1]);
		return 1;
	}
	if (argc == 2)
		return list(meta);
	program = find_program(meta, argv[2]);
	if (!program) {
		fprintf(stderr, "anycall-load: no function %s\n", argv[2]);
		return 2;
	}
	error = anycall_object_load(&object, argv[1], log_level);
	if (error) {
		fprintf(stderr, "anycall-load: loading: %s\n", strerror(-error));
		return 1;
	}
	return call(&object, program, argv + 3, argc - 3);
}
