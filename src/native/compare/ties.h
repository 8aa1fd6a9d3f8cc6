/*
 * Which inode of a copy belongs to which inode of its source: names that share one in the copy must
 * share one in the source.
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
 * Whether the copy's inode belongs to another inode of the source. If it is unknown, notes it for
 * this one and returns false.
 */
bool ties_conflict(struct ties *ties, const struct stat *status, const struct stat *copy);

#endif
