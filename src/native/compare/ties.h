/*
 * Records which inode of the copy belongs to which inode of the source: names that share an inode
 * in the copy must share one in the source.
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
	/* A hash table with open addressing; `capacity` is 0 until the first inode is recorded. */
	struct tie *table;
	size_t count, capacity;
	uint64_t key;
};

void ties_free(struct ties *ties);
/*
 * Whether the copy's inode belongs to another inode of the source. If it is unknown, records it for
 * this one and returns false.
 */
bool ties_conflict(struct ties *ties, const struct stat *status, const struct stat *copy);

#endif
