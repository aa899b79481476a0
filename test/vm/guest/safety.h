/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of anycall-safety know of each other. */
#ifndef SAFETY_H
#define SAFETY_H

#include <stdbool.h>
#include "loader.h"

extern struct anycall_object object;

/* Prints a verdict, and what was found where it is bad. */
void check(const char *name, bool ok, long found);
/* Seconds. */
double now(void);
/* Runs a program with up to two arguments: its result; -1000 - status if it did not end well, the errno of a refusal. */
long run(int binding, long a, long b);
int bind_program(const char *symbol);
/* The answer of `body` in a child process, as far as an exit code holds it: a small errno or 0. */
int in_child(int (*body)(void));
void set_parameter(const char *name, const char *value);

/* watchers.c: who has to see system calls, or is to */
void test_filters(void);
void test_tracers(void);
void test_audit(void);

#endif
