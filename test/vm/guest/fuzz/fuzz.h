/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of anycall-fuzz know of each other: main.c has the overview. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "loader.h"

/* ---- random.c: splitmix64, one state a thread, so that a seed tells what each thread tries ---- */

extern _Thread_local uint64_t random_state;
uint64_t random64(void);
/* 0 … limit - 1 */
unsigned int random_below(unsigned int limit);
static inline bool one_in(unsigned int limit)
{
	return random_below(limit) == 0;
}
/* Numbers that system calls are sensitive to: small ones, powers of two and their neighbours, limits, and any. */
uint64_t random_number(void);
int random_descriptor(void);
/* A path of the world that workers live in, or of none; not terminated. Its length. */
size_t random_path(char *to, size_t room);
/* Bytes that some system call takes for something: paths, addresses of sockets, times, descriptors, noise. */
void random_bytes(unsigned char *memory, size_t size);

/* ---- Counts, shared by all processes ---- */

struct counts {
	unsigned long calls;
	/* By status of the calling convention; the last is for anything else. */
	unsigned long statuses[5];
	unsigned long refused; /* calls that /dev/anycall answered with an errno */
	unsigned long loaded, unloadable; /* programs that the verifier took, and not */
	unsigned long mangled, lives, killed, traced;
	double longest_kill; /* seconds from SIGKILL to the end of all processes */
};

extern struct counts *counts;
static inline void count(unsigned long *what)
{
	__atomic_add_fetch(what, 1, __ATOMIC_RELAXED);
}
/* Calls a binding on a frame and counts what it gave. */
void counted_call(int binding, unsigned long frame);

/* ---- Kinds of programs ---- */

struct kind {
	const char *name;
	/* Once, in the first process, with the arguments of the command line. */
	void (*prepare)(char **arguments, int count);
	/* In each worker, before it enters the world, with all rights. */
	void (*enter)(void);
	/* Again and again in each of a worker's threads. */
	void (*step)(unsigned int thread);
	/* Programs are made by steps: the worker keeps its rights. */
	bool loads;
};

extern const struct kind rows_kind, objects_kind, foreign_kind;

/* Threads of a worker that make calls. */
#define THREADS 4
/* Descriptors from here on belong to the fuzzer; below it is the programs' playground. */
#define FIRST_OWN 400

/* Moves a descriptor out of the playground. */
int own_descriptor(int fd);

/* ---- mangle.c: what a worker's last thread does to the others ---- */

/* Memory of this process that is torn up: a mapping of the map behind `fd`. */
void mangle_mapping(void *address, size_t size, int fd);
void mangle_forever(const int *threads, unsigned int count);

/* ---- worker.c ---- */

/* The first process of a PID namespace: makes workers until it is killed. Sets *started when the first one makes calls. */
void live(const struct kind *kind, uint64_t seed, int *started);

#endif
