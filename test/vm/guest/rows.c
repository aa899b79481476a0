// SPDX-License-Identifier: GPL-2.0
/*
 * anycall-rows MODE OBJECT PLAN: plays scenarios of system calls, MODE `native` as a process makes them or `module` as the
 * programs of OBJECT do, and prints what each step gave: the two traces are to be the same. A plan is text:
 *   scenario NAME             a child process in a fresh directory plays what follows
 *   fill OFFSET HEX           bytes into the memory that calls share
 *   call SYMBOL ARGS | NR REGISTERS [stat=OFFSET] [hide]
 *                             ARGS: numbers, $N for the result of step N of the scenario, %OFFSET for an int in the memory
 *                             REGISTERS: the same, @OFFSET for an address in the memory (@$N for what a step gave),
 *                             =N,OFFSET for an address where the 32-bit number N is put first,
 *                             :OFFSET,LENGTH for a path without its terminator. stat: the native struct there becomes the program's.
 *                             Without | and what follows: a program of handles, which this file does natively itself.
 *                             hide: the result differs by nature and only its sign is printed
 *   do NAME ARGS              one of the preparations below, the same in both modes
 *   dump OFFSET LENGTH        prints memory
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "loader.h"

/* Four buffers of the object, one after another. */
#define MEM_SIZE 131072
#define MEMORY (MEM_SIZE + 3 * 8192)
/* Places of what handle programs use. */
#define PATH MEM_SIZE
#define DIRECTORY (MEM_SIZE + 8192)
#define BUFFER (MEM_SIZE + 16384)
#define STRUCT 120000
#define MAX_STEPS 256
#define MAX_WORDS 32
#define FIRST_BINDING 900
#define SECONDS 20

static bool native;
static struct anycall_object object;
static unsigned char *memory;
static long results[MAX_STEPS];
static int step;

struct our_stat {
	uint64_t dev, ino;
	uint32_t mode, nlink, uid, gid;
	int64_t size;
	uint64_t blocks;
	int64_t mtime_sec, mtime_nsec;
};

static void fail(const char *what)
{
	printf("FAIL %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		fail(path);
	close(fd);
}

/* The world that every scenario starts in; its working directory is the fresh directory. */
static void make_world(void)
{
	static char big[70000];

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = 'a' + i % 26;
	write_file("hello.txt", "hello from the guest\n", 21);
	write_file("big.bin", big, sizeof(big));
	write_file("secret", "s", 1);
	chmod("secret", 0600);
	write_file("empty", "", 0);
	mkdir("sub", 0755);
	write_file("sub/a", "a", 1);
	write_file("sub/bb", "bb", 2);
	write_file("sub/ccc", "ccc", 3);
	mkdir("sub/deep", 0755);
	mkdir("shut", 0700);
	write_file("shut/in", "in", 2);
	if (symlink("hello.txt", "link") || symlink("nowhere", "dangling") || symlink("loop", "loop") || mkfifo("fifo", 0644))
		fail("world");
}

/* The value of a step, of an int in the memory, or a number. */
static long value_of(const char *word)
{
	int stored;

	if (word[0] == '%') {
		memcpy(&stored, memory + atol(word + 1), sizeof(stored));
		return stored;
	}
	return word[0] == '$' ? results[atoi(word + 1)] : (long)strtoull(word, NULL, 0);
}

static void quiet_handler(int signal)
{
}

/* What a scenario sets up beside calls. */
static void prepare(char **words, int count)
{
	const char *name = words[0];
	long a = count > 1 ? value_of(words[1]) : 0, b = count > 2 ? value_of(words[2]) : 0;

	if (!strcmp(name, "uid")) {
		/* chown first: the directory is the test's own. */
		if (setgid(a) || setuid(a))
			fail(name);
	} else if (!strcmp(name, "nofile")) {
		struct rlimit limit = { a, a };

		setrlimit(RLIMIT_NOFILE, &limit);
	} else if (!strcmp(name, "fsize")) {
		struct rlimit limit = { a, a };

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
	} else if (!strcmp(name, "pipe")) {
		/* Its ends become results 200 and 201. */
		int ends[2];

		if (pipe2(ends, a))
			fail(name);
		results[200] = ends[0];
		results[201] = ends[1];
	} else if (!strcmp(name, "socketpair")) {
		int ends[2];

		if (socketpair(AF_UNIX, a, 0, ends))
			fail(name);
		results[200] = ends[0];
		results[201] = ends[1];
	} else if (!strcmp(name, "tinyfs")) {
		/* A file system of `a` bytes, and of few files. */
		char options[64];

		snprintf(options, sizeof(options), "size=%ld,nr_inodes=8", a);
		if (mkdir("tiny", 0755) || syscall(SYS_mount, "tiny", "tiny", "tmpfs", 0UL, options))
			fail(name);
	} else if (!strcmp(name, "close")) {
		close(a);
	} else if (!strcmp(name, "nosigpipe")) {
		signal(SIGPIPE, SIG_IGN);
	} else if (!strcmp(name, "alarm")) {
		/* A signal with a handler after `a` ms. */
		struct sigaction action = { .sa_handler = quiet_handler };
		struct itimerval timer = { .it_value = { a / 1000, a % 1000 * 1000 } };

		sigaction(SIGALRM, &action, NULL);
		setitimer(ITIMER_REAL, &timer, NULL);
	} else if (!strcmp(name, "umask")) {
		umask(a);
	} else if (!strcmp(name, "open")) {
		/* A file by native means, descriptor in result 202: "do open 0 FLAGS PATH". */
		results[202] = open(words[3], b, 0644);
	} else {
		errno = EINVAL;
		fail(name);
	}
}

static struct our_stat our_stat_of(const struct stat *stat)
{
	return (struct our_stat){ stat->st_dev, stat->st_ino, stat->st_mode, stat->st_nlink, stat->st_uid, stat->st_gid, stat->st_size,
				  stat->st_blocks, stat->st_mtim.tv_sec, stat->st_mtim.tv_nsec };
}

static void convert_stat(unsigned char *at)
{
	struct stat stat;
	struct our_stat ours;

	memcpy(&stat, at, sizeof(stat));
	ours = our_stat_of(&stat);
	memcpy(at, &ours, sizeof(ours));
}

static long native_register(const char *word)
{
	static char paths[2][8192];
	static int next;

	if (word[0] == '@')
		return word[1] == '-' ? 0 : (long)memory + value_of(word + 1);
	if (word[0] == '=') {
		uint32_t preset = atol(word + 1);
		unsigned char *at = memory + atol(strchr(word, ',') + 1);

		memcpy(at, &preset, sizeof(preset));
		return (long)at;
	}
	if (word[0] == ':') {
		char *path = paths[next++ & 1];
		long length = atol(strchr(word, ',') + 1);

		memcpy(path, memory + atol(word + 1), length);
		path[length] = '\0';
		return (long)path;
	}
	return value_of(word);
}

static long native_call(char **words, int count)
{
	unsigned char kept[256], *stat_at = NULL;
	long registers[7] = { 0 };
	long result;
	int i;

	for (i = 0; i < count && i < 7; i++) {
		if (!strncmp(words[i], "stat=", 5)) {
			stat_at = memory + atol(words[i] + 5);
			break;
		}
		registers[i] = native_register(words[i]);
	}
	/* The native struct is larger than the program's: what follows stays as it was. */
	if (stat_at)
		memcpy(kept, stat_at, sizeof(kept));
	result = syscall(registers[0], registers[1], registers[2], registers[3], registers[4], registers[5], registers[6]);
	if (result == -1)
		result = -errno;
	if (stat_at && !result) {
		convert_stat(stat_at);
		memcpy(stat_at + sizeof(struct our_stat), kept + sizeof(struct our_stat), sizeof(kept) - sizeof(struct our_stat));
	}
	return result;
}

struct our_entry {
	uint32_t length;
	int32_t error;
	uint32_t type, bytes;
	struct our_stat stat;
};

/* What file.readDir gives, by getdents64() and fstatat(). */
static long read_dir(int fd, unsigned char *out, long room)
{
	static unsigned char listed[8192];
	long position = lseek(fd, 0, SEEK_CUR), used = 0;
	long given = syscall(SYS_getdents64, fd, listed, room < (long)sizeof(listed) ? room : (long)sizeof(listed));

	if (given < 0)
		return -errno;
	for (long at = 0; at < given; ) {
		unsigned char *dirent = listed + at;
		const char *name = (const char *)dirent + 19;
		struct our_entry entry = { .bytes = strlen(name), .type = dirent[18] };
		struct stat stat;

		entry.length = (sizeof(entry) + entry.bytes + 8) / 8 * 8;
		if (entry.length > room - used) {
			lseek(fd, position, SEEK_SET);
			return used ? used : -EINVAL;
		}
		memcpy(&entry.stat.ino, dirent, 8);
		if (fstatat(fd, name, &stat, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)) {
			entry.error = -errno;
		} else {
			entry.stat = our_stat_of(&stat);
			entry.type = stat.st_mode >> 12;
		}
		memset(out + used, 0, entry.length);
		memcpy(out + used, &entry, sizeof(entry));
		memcpy(out + used + sizeof(entry), name, entry.bytes);
		used += entry.length;
		memcpy(&position, dirent + 8, 8);
		at += dirent[16] | dirent[17] << 8;
	}
	return used;
}

/* What differs between two worlds is cleared where it is what lstat() says: numbers of files and devices, times, directories' sizes. */
static void clear_entries(const char *dir)
{
	struct our_entry *entry;

	for (long at = 0; at + (long)sizeof(*entry) < 8192; at += entry->length) {
		char path[8192 + 512];
		struct stat stat;

		entry = (struct our_entry *)(memory + BUFFER + at);
		if (entry->length < sizeof(*entry) || at + entry->length > 8192)
			break;
		snprintf(path, sizeof(path), "%s/%.300s", dir, (char *)(entry + 1));
		if (entry->error) {
			entry->stat.ino = !entry->stat.ino;
		} else if (!fstatat(AT_FDCWD, path, &stat, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)) {
			struct our_stat ours = our_stat_of(&stat);

			if (memcmp(&ours, &entry->stat, sizeof(ours)))
				continue;
			entry->stat.dev = entry->stat.ino = entry->stat.mtime_sec = entry->stat.mtime_nsec = 0;
			if (S_ISDIR(stat.st_mode))
				entry->stat.nlink = entry->stat.size = 0;
		}
	}
}

/* What a program of this name does with a handle, by native means. Its paths and buffers are at fixed places. */
static long native_handle(const char *symbol, char **words, int count)
{
	unsigned char *stat_at = memory + STRUCT;
	long a[6] = { 0 }, result = 0;
	char path[8192 + 1] = "", dir[8192 + 1] = "";
	struct stat stat;
	int fd, at = -1;

	for (int i = 0; i < count && i < 6; i++)
		a[i] = value_of(words[i]);
	if (!strcmp(symbol, "pipe_eof"))
		return close(a[1]) ? -errno : read(a[0], memory + BUFFER, a[2]);
	if (!strcmp(symbol, "h_read_dir")) {
		long first, second;

		memcpy(dir, memory + DIRECTORY, a[0]);
		fd = open(dir, a[2]);
		if (fd < 0)
			return -errno;
		first = read_dir(fd, memory + BUFFER, a[1]);
		second = first > 0 ? read_dir(fd, memory + BUFFER, a[1]) : first;
		close(fd);
		return second;
	}
	if (!strcmp(symbol, "h_read_file")) {
		long got, done = 0;

		memcpy(dir, memory + DIRECTORY, a[0]);
		memcpy(path, memory + PATH, a[1]);
		at = open(dir, O_PATH);
		if (at < 0)
			return -errno;
		fd = openat(at, path, O_RDONLY);
		result = fd < 0 ? -errno : 0;
		close(at);
		if (fd < 0)
			return result;
		do {
			got = read(fd, memory + BUFFER + done, a[2] - done);
			result = -errno;
			done += got > 0 ? got : 0;
		} while (got > 0 && done < a[2]);
		close(fd);
		return got < 0 ? result : done;
	}
	if (!strcmp(symbol, "h_stat_at") || !strcmp(symbol, "h_open_at")) {
		memcpy(dir, memory + DIRECTORY, a[0]);
		memcpy(path, memory + PATH, a[1]);
		at = open(dir, O_PATH);
		if (at < 0)
			return -errno;
		if (!strcmp(symbol, "h_stat_at")) {
			result = fstatat(at, path, &stat, a[2]);
			result = result ? -errno : 0;
			fd = -1;
		} else {
			fd = openat(at, path, O_RDONLY);
			result = fd < 0 ? -1 : read(fd, memory + BUFFER, a[2]);
			result = result < 0 ? -errno : result;
		}
	} else {
		bool has_flags = strcmp(symbol, "h_seek") && strcmp(symbol, "h_read_twice");

		memcpy(path, memory + PATH, a[0]);
		fd = open(path, has_flags ? a[1] : O_RDONLY, !strcmp(symbol, "h_open") ? a[2] : 0644);
		if (fd < 0)
			return -errno;
		if (!strcmp(symbol, "h_read"))
			result = a[3] == -1 ? read(fd, memory + BUFFER, a[2]) : pread(fd, memory + BUFFER, a[2], a[3]);
		else if (!strcmp(symbol, "h_read_twice"))
			result = read(fd, memory + BUFFER, 6) < 0 ? -1 : read(fd, memory + BUFFER, 6);
		else if (!strcmp(symbol, "h_write"))
			result = a[3] == -1 ? write(fd, memory + BUFFER, a[2]) : pwrite(fd, memory + BUFFER, a[2], a[3]);
		else if (!strcmp(symbol, "h_seek"))
			result = lseek(fd, a[1], a[2]);
		else if (!strcmp(symbol, "h_stat"))
			result = fstat(fd, &stat);
		if (result == -1)
			result = -errno;
	}
	if (strstr(symbol, "stat") && !result) {
		memcpy(stat_at, &stat, sizeof(stat));
		convert_stat(stat_at);
		memset(stat_at + sizeof(struct our_stat), 0, sizeof(stat) - sizeof(struct our_stat));
	}
	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
	return result;
}

static struct { char symbol[64]; int binding; } bound[256];

/* The binding of a program, made on first use. */
static int binding_of(const char *symbol)
{
	int i, binding;

	for (i = 0; bound[i].symbol[0]; i++)
		if (!strcmp(bound[i].symbol, symbol))
			return bound[i].binding;
	binding = anycall_object_bind(&object, symbol, NULL);
	if (binding < 0) {
		errno = -binding;
		fail(symbol);
	}
	/* Out of the way of the descriptors that scenarios see. */
	bound[i].binding = fcntl(binding, F_DUPFD, FIRST_BINDING + i);
	close(binding);
	snprintf(bound[i].symbol, sizeof(bound[i].symbol), "%s", symbol);
	return bound[i].binding;
}

/* Binds what the scenario calls, before anything limits that, and leaves only the standard descriptors below. */
static void bind_all(char **lines, int count)
{
	char symbol[64];

	for (int i = 0; i < count && !native; i++)
		if (sscanf(lines[i], "call %63s", symbol) == 1)
			binding_of(symbol);
	close_range(3, FIRST_BINDING - 1, 0);
}

static long program_call(const char *symbol, char **words, int count)
{
	unsigned char *frame = object.bss + FRAMES_OFFSET;
	int status;
	long result;

	for (int k = 0; k < count; k++) {
		long value = value_of(words[k]);

		memcpy(frame + FRAME_ARGS + 8 * k, &value, 8);
	}
	status = anycall_call(binding_of(symbol), 0);
	if (status) {
		printf("status %d ", status);
		return -100000 - status;
	}
	memcpy(&result, frame + FRAME_RESULT, 8);
	return result;
}

static void dump(long offset, long length)
{
	printf("M %ld", offset);
	for (long i = 0; i < length; i++)
		printf("%s%02x", i % 32 ? "" : " ", memory[offset + i]);
	printf("\n");
}

static void play(char *line)
{
	char *words[MAX_WORDS] = { 0 };
	int count = 0, bar = -1;
	bool hide = false;
	long result;

	for (char *word = strtok(line, " "); word && count < MAX_WORDS; word = strtok(NULL, " ")) {
		if (!strcmp(word, "|"))
			bar = count;
		else if (!strcmp(word, "hide"))
			hide = true;
		else
			words[count++] = word;
	}
	if (!strcmp(words[0], "fill")) {
		unsigned char *at = memory + atol(words[1]);

		for (const char *hex = count > 2 ? words[2] : ""; *hex; hex += 2)
			sscanf(hex, "%2hhx", at++);
	} else if (!strcmp(words[0], "dump")) {
		dump(atol(words[1]), atol(words[2]));
	} else if (!strcmp(words[0], "do")) {
		prepare(words + 1, count - 1);
	} else if (!strcmp(words[0], "call")) {
		if (!native)
			result = program_call(words[1], words + 2, (bar < 0 ? count : bar) - 2);
		else if (bar < 0)
			result = native_handle(words[1], words + 2, count - 2);
		else
			result = native_call(words + bar, count - bar);
		if (!strcmp(words[1], "h_read_dir")) {
			char dir[8192 + 1] = "";

			memcpy(dir, memory + DIRECTORY, atol(words[2]));
			clear_entries(dir);
		}
		printf("R %d %s %s%ld\n", step, words[1], hide && result >= 0 ? "hidden " : "", hide && result >= 0 ? 0 : result);
		results[step++] = result;
	} else {
		errno = EINVAL;
		fail(words[0]);
	}
}

static void run_scenario(const char *name, char **lines, int count)
{
	int pid, status;

	printf("S %s\n", name);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		char directory[64];

		snprintf(directory, sizeof(directory), "/tmp/%s.%d", native ? "native" : "module", getpid());
		/* Both modes see the same path: each has a mount namespace of its own. */
		if (unshare(CLONE_NEWNS) || mkdir(directory, 0777) || chmod(directory, 0777) || mkdir("/tmp/w", 0777) < 0)
			if (errno != EEXIST)
				fail("directory");
		if (syscall(SYS_mount, directory, "/tmp/w", NULL, 4096UL, NULL) || chdir("/tmp/w"))
			fail("mount");
		umask(022);
		make_world();
		memset(memory, 0, MEMORY);
		bind_all(lines, count);
		for (int i = 0; i < count; i++)
			play(lines[i]);
		fflush(stdout);
		_exit(0);
	}
	/* Nothing in a scenario takes long. */
	for (int waited = 0; !waitpid(pid, &status, WNOHANG); waited++) {
		usleep(10000);
		if (waited == SECONDS * 100)
			kill(pid, SIGKILL);
	}
	if (status)
		printf("E ended with status 0x%x\n", status);
}

int main(int argc, char **argv)
{
	static char text[1 << 20];
	char *lines[4096], *name = NULL, *save;
	int count = 0, fd, error;
	ssize_t size;

	if (argc != 4)
		return 2;
	native = !strcmp(argv[1], "native");
	if (native) {
		memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	} else {
				error = anycall_object_load(&object, argv[2], 0);
		if (error) {
			printf("FAIL loading %s: %s\n", argv[2], strerror(-error));
			return 1;
		}
		memory = anycall_object_buffer(&object, "mem", NULL);
		if (!memory || anycall_object_buffer(&object, "data", NULL) != memory + MEM_SIZE + 16384) {
			printf("FAIL the buffers are not where they should be\n");
			return 1;
		}
	}
	fd = open(argv[3], O_RDONLY);
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size < 0)
		return 1;
	for (char *line = strtok_r(text, "\n", &save); ; line = strtok_r(NULL, "\n", &save)) {
		bool next = !line || !strncmp(line, "scenario ", 9);

		if (next && name)
			run_scenario(name, lines, count);
		if (!line)
			break;
		if (next) {
			name = line + 9;
			count = 0;
		} else {
			lines[count++] = line;
		}
	}
	printf("DONE\n");
	return 0;
}
