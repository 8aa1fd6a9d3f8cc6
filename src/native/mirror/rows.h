/* What a run is to do, as TypeScript says it. */
#ifndef CLSYNC_MIRROR_ROWS_H
#define CLSYNC_MIRROR_ROWS_H

#include "mirror/terms.h"

#include <stdatomic.h>
#include <stdbool.h>

struct row {
	uint8_t verb, flags;
	/* Relative to the roots; empty: the root itself. `origin` is empty but for VERB_MOVE. */
	const char *path, *origin;
	size_t length;
	/* Something of it was not done because the run was stopped. */
	atomic_bool stopped;
};

struct rows {
	struct row *list;
	size_t count;
	char *text;
};

/* Whether a string may be one part of a path. */
bool is_name(const char *name);
/* Copies what it needs. False if a row is not well-formed; then there is nothing to free. */
bool rows_decode(struct rows *rows, const uint8_t *bytes, size_t length);
void rows_free(struct rows *rows);

/* Whether one of them is for everything beneath a directory. */
bool rows_have_trees(const struct rows *rows);

#endif
