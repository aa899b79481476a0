// SPDX-License-Identifier: GPL-2.0
/* See json.h. */
#include <stdlib.h>
#include <string.h>
#include "json.h"

#define MAX_DEPTH 64

struct reader {
	const char *at;
	const char *end;
	int depth;
};

static struct json *read_value(struct reader *reader);

static void skip_space(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at))
		reader->at++;
}

static bool take(struct reader *reader, const char *word)
{
	size_t length = strlen(word);

	skip_space(reader);
	if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length))
		return false;
	reader->at += length;
	return true;
}

static char *read_text(struct reader *reader)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char *text = malloc(reader->end - reader->at + 1), *to = text;

	while (text && reader->at < reader->end && *reader->at != '"') {
		char byte = *reader->at++;

		if (byte == '\\' && reader->at < reader->end) {
			const char *name = strchr(names, *reader->at);

			if (name && *name)
				byte = values[name - names], reader->at++;
		}
		*to++ = byte;
	}
	if (!text || reader->at == reader->end)
		return NULL;
	reader->at++;
	*to = '\0';
	return text;
}

static struct json *read_members(struct reader *reader, struct json *value, const char *close)
{
	struct json **last = &value->first;

	if (take(reader, close))
		return value;
	do {
		struct json *member;
		char *key = NULL;

		if (value->kind == JSON_OBJECT) {
			if (!take(reader, "\""))
				return NULL;
			key = read_text(reader);
			if (!key || !take(reader, ":"))
				return NULL;
		}
		member = read_value(reader);
		if (!member)
			return NULL;
		member->key = key;
		*last = member;
		last = &member->next;
	} while (take(reader, ","));
	return take(reader, close) ? value : NULL;
}

static struct json *read_value(struct reader *reader)
{
	struct json *value = calloc(1, sizeof(*value)), *result = value;
	char *end;

	if (!value || reader->depth >= MAX_DEPTH)
		return NULL;
	reader->depth++;
	if (take(reader, "{")) {
		value->kind = JSON_OBJECT;
		result = read_members(reader, value, "}");
	} else if (take(reader, "[")) {
		value->kind = JSON_ARRAY;
		result = read_members(reader, value, "]");
	} else if (take(reader, "\"")) {
		value->kind = JSON_STRING;
		value->text = read_text(reader);
		result = value->text ? value : NULL;
	} else if (take(reader, "true")) {
		value->kind = JSON_BOOL;
		value->number = 1;
	} else if (take(reader, "false")) {
		value->kind = JSON_BOOL;
	} else if (!take(reader, "null")) {
		value->kind = JSON_NUMBER;
		value->number = strtod(reader->at, &end);
		result = end > reader->at && end <= reader->end ? value : NULL;
		reader->at = end;
	}
	reader->depth--;
	return result;
}

struct json *json_parse(const char *text, size_t length)
{
	/* A terminator of its own, since numbers are read up to one. */
	char *copy = calloc(1, length + 1);
	struct reader reader = { copy, copy + length, 0 };
	struct json *value;

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	value = read_value(&reader);
	skip_space(&reader);
	return reader.at == reader.end || *reader.at == '\0' ? value : NULL;
}

const struct json *json_member(const struct json *object, const char *key)
{
	const struct json *member = object && object->kind == JSON_OBJECT ? object->first : NULL;

	while (member && strcmp(member->key, key))
		member = member->next;
	return member;
}

double json_number(const struct json *object, const char *key, double otherwise)
{
	const struct json *member = json_member(object, key);

	return member && (member->kind == JSON_NUMBER || member->kind == JSON_BOOL) ?
		       member->number :
		       otherwise;
}

const char *json_text(const struct json *object, const char *key)
{
	const struct json *member = json_member(object, key);

	return member && member->kind == JSON_STRING ? member->text : "";
}
