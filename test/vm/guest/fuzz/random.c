// SPDX-License-Identifier: GPL-2.0
/* Random numbers, paths and bytes. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include "fuzz.h"

_Thread_local uint64_t random_state;

uint64_t random64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

unsigned int random_below(unsigned int limit)
{
	return (random64() >> 32) % limit;
}

uint64_t random_number(void)
{
	static const int64_t edges[] = { 0, 1, -1, 2, 3, 4, 7, 8, 16, 255, 256, 511, 512, 4095, 4096, 4097, 65535, 65536, INT_MAX, INT_MIN,
					 UINT_MAX, INT64_MAX, INT64_MIN, 0x7ffffffff000, -4096, AT_FDCWD, 0777, 07777 };

	switch (random_below(6)) {
	case 0:
	case 1:
		return random_below(32);
	case 2:
		return edges[random_below(sizeof(edges) / sizeof(*edges))];
	case 3:
		return (1ull << random_below(64)) + random_below(3) - 1;
	case 4:
		/* Flags: two or three bits of a word. */
		return 1ull << random_below(24) | 1ull << random_below(24) | random_below(4);
	default:
		return random64() >> random_below(64);
	}
}

int random_descriptor(void)
{
	switch (random_below(16)) {
	case 0:
		return AT_FDCWD;
	case 1:
		return random_number();
	case 2:
		return FIRST_OWN + random_below(300);
	default:
		return random_below(24);
	}
}

static const char *const paths[] = {
	"a", "b", "dir", "dir/a", "dir/deep/../a", "link", "loop", "fifo", "socket", "", ".", "..", "/", "//dir/./a", "missing/x", "a/x",
	"/dev/null", "/dev/zero", "/dev/full", "/dev/anycall", "/proc/self/fd", "/proc/self/fd/3", "/proc/self/maps", "/proc/self/mem",
	"/proc/self/cwd", "/proc/self/root/a", "/proc/thread-self/status", "/proc/self/mounts", "/proc/version", "/proc/sys/kernel/ostype",
	"/proc/self/fdinfo/4", "/proc/self/task", "/proc/meminfo", "/proc/self/comm",
};

size_t random_path(char *to, size_t room)
{
	const char *path = paths[random_below(sizeof(paths) / sizeof(*paths))];
	size_t length = strlen(path);

	switch (random_below(12)) {
	case 0:
		/* About as long as a path can be. */
		length = PATH_MAX - 2 + random_below(4);
		length = length < room ? length : room;
		memset(to, "x/."[random_below(3)], length);
		return length;
	case 1:
		length = random_below(300);
		length = length < room ? length : room;
		memset(to, 'n', length);
		return length;
	}
	length = length < room ? length : room;
	memcpy(to, path, length);
	/* Sometimes with its NUL, or with one before the end. */
	if (length < room && one_in(4))
		to[length++] = '\0';
	else if (length && one_in(16))
		to[random_below(length)] = '\0';
	return length;
}

void random_bytes(unsigned char *memory, size_t size)
{
	/* struct sockaddr_in 127.0.0.1:7777, struct sockaddr_un "socket", a millisecond, struct pollfd of 3 and 4. */
	static const unsigned char inet[16] = { 2, 0, 0x1e, 0x61, 127, 0, 0, 1 }, unix_[10] = { 1, 0, 's', 'o', 'c', 'k', 'e', 't' },
				   time[32] = { [8] = 0x40, 0x42, 0x0f, [24] = 0x40, 0x42, 0x0f },
				   poll[16] = { 3, 0, 0, 0, 0xff, 0, 0, 0, 4, 0, 0, 0, 1 };
	unsigned char filler[64];

	for (unsigned int i = 0; i < sizeof(filler); i++)
		filler[i] = random64();
	switch (random_below(7)) {
	case 0:
		random_path((char *)memory, size);
		break;
	case 1:
		memcpy(memory, inet, size < sizeof(inet) ? size : sizeof(inet));
		break;
	case 2:
		memcpy(memory, unix_, size < sizeof(unix_) ? size : sizeof(unix_));
		break;
	case 3:
	case 4:
		memcpy(memory, time, size < sizeof(time) ? size : sizeof(time));
		break;
	case 5:
		memcpy(memory, poll, size < sizeof(poll) ? size : sizeof(poll));
		break;
	default:
		memcpy(memory, filler, size < sizeof(filler) ? size : sizeof(filler));
	}
}
