/* Directories in which, or beneath which, a run changes names. */
#ifndef CLSYNC_MIRROR_ABOVE_H
#define CLSYNC_MIRROR_ABOVE_H

#include "common/keyed-hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct directory_above {
	char *path;
	size_t length;
	/* The row for which it was added first. */
	uint32_t row;
	uint32_t depth;
};

struct above {
	struct directory_above *list;
	size_t count, capacity;
	/* A hash table of their numbers, each plus one. */
	uint32_t *slots;
	size_t slot_count;
};

/* Adds a directory and all above it, up to the root, unless they are there. */
void above_add(struct above *above, const struct hash_key *key, const char *path, size_t length,
               uint32_t row);
/* Sorts the deepest first. Then nothing can be added any more. */
void above_sort(struct above *above);
void above_free(struct above *above);

#endif
