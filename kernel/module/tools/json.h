/* SPDX-License-Identifier: GPL-2.0 */
/* Reads JSON into a tree: what the metadata of objects needs. */
#ifndef ANYCALL_JSON_H
#define ANYCALL_JSON_H

#include <stdbool.h>
#include <stddef.h>

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	enum json_kind kind;
	double number; /* also 0 or 1 for a boolean */
	char *text; /* of a string, unescaped but for \u, which stays as it is */
	char *key; /* in an object */
	struct json *first; /* of an array's or object's members */
	struct json *next;
};

/* The tree of a text; NULL if it is no JSON. Never freed: it is read once. */
struct json *json_parse(const char *text, size_t length);
/* A member of an object; NULL if there is none, or no object. */
const struct json *json_member(const struct json *object, const char *key);
/* A member that is a number, or `otherwise`. */
double json_number(const struct json *object, const char *key, double otherwise);
/* A member that is a string, or "". */
const char *json_text(const struct json *object, const char *key);

#endif
