#include "mirror/rows.h"

#include "common/bytes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Whether no part of a path is empty, `.`, `..` or too long. */
static bool is_relative(const char *path, size_t length)
{
	size_t start = 0;

	if (length == 0)
		return true;
	if (length >= PATH_MAX || memchr(path, '\0', length))
		return false;
	for (size_t at = 0; at <= length; at++) {
		size_t part = at - start;

		if (at < length && path[at] != '/')
			continue;
		if (part == 0 || part > NAME_MAX || (part == 1 && path[start] == '.') ||
		    (part == 2 && path[start] == '.' && path[start + 1] == '.'))
			return false;
		start = at + 1;
	}
	return true;
}

bool is_name(const char *name)
{
	return *name != '\0' && !strchr(name, '/') && is_relative(name, strlen(name));
}

static bool is_allowed(const struct mirror_row *row)
{
	switch (row->verb) {
	case VERB_NAME:
	case VERB_TREE:
		return row->origin_length == 0;
	case VERB_MOVE:
		return row->origin_length > 0 && row->path_length > 0;
	case VERB_REMOVE:
		return row->origin_length == 0 && row->path_length > 0;
	default:
		return false;
	}
}

/* Reads the row's head; false if it is not well-formed. */
static bool read_row(const uint8_t *bytes, size_t left, struct mirror_row *row)
{
	const char *text = (const char *)bytes + sizeof(*row);

	if (left < sizeof(*row))
		return false;
	memcpy(row, bytes, sizeof(*row));
	return row->size % 8 == 0 && row->size <= left && row->path_length < PATH_MAX &&
	       row->origin_length < PATH_MAX &&
	       sizeof(*row) + row->path_length + row->origin_length <= row->size &&
	       is_allowed(row) && is_relative(text, row->path_length) &&
	       is_relative(text + row->path_length, row->origin_length);
}

static const char *copy_text(char **to, const char *text, size_t length)
{
	char *start = *to;

	memcpy(start, text, length);
	start[length] = '\0';
	*to += length + 1;
	return start;
}

bool rows_decode(struct rows *rows, const uint8_t *bytes, size_t length)
{
	struct mirror_row row;
	size_t count = 0;
	char *to;

	for (size_t at = 0; at < length; at += row.size, count++)
		if (!read_row(bytes + at, length - at, &row))
			return false;
	/* The head of a row is longer than the two NULs. */
	rows->text = to = grow_array(NULL, length + 1, 1);
	rows->list = grow_array(NULL, count + 1, sizeof(*rows->list));
	rows->count = 0;
	for (size_t at = 0; at < length; at += row.size) {
		const char *text = (const char *)bytes + at + sizeof(row);
		struct row *new = &rows->list[rows->count++];

		read_row(bytes + at, length - at, &row);
		new->verb = row.verb;
		new->flags = row.flags;
		new->length = row.path_length;
		new->path = copy_text(&to, text, row.path_length);
		new->origin = copy_text(&to, text + row.path_length, row.origin_length);
		atomic_init(&new->stopped, false);
	}
	return true;
}

void rows_free(struct rows *rows)
{
	free(rows->list);
	free(rows->text);
}

bool rows_have_trees(const struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		if (rows->list[i].verb == VERB_TREE)
			return true;
	return false;
}
