/*
 * Which objects of a copy stand for which of its source: names that share an object on one side
 * share one on the other.
 */
#ifndef CLSYNC_TIES_H
#define CLSYNC_TIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct tie {
	uint64_t copy_dev, copy_ino, dev, ino;
};

struct ties {
	/* A table of open addressing; without a size (`capacity`) until the first is noted. */
	struct tie *table;
	size_t count, capacity;
	uint64_t key;
};

void ties_free(struct ties *ties);
/*
 * Whether this copy's object is known to stand for another of the source; notes for which it
 * stands, if that is not known.
 */
bool ties_conflict(struct ties *ties, const struct stat *status, const struct stat *copy);

#endif
