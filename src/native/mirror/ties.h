/*
 * Inodes of the source with several names, and which inode at the destination each of them is. Of
 * one run.
 */
#ifndef CLSYNC_MIRROR_TIES_H
#define CLSYNC_MIRROR_TIES_H

#include "common/keyed-hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct mirror_tie {
	/* Its own, from 0 on. */
	uint32_t number;
	uint64_t device, inode;
	uint64_t copy_device, copy_inode;
	/* A name of the copy; NULL: no copy is known yet. */
	char *path;
	/* How many names of the copy the run has met at names of this inode. */
	uint64_t met;
	/* The copy is that of another inode, too. */
	bool conflict;
	/* The attributes of the copy have been made equal. */
	bool is_made;
};

struct ties {
	/* Each is allocated on its own: pointers to it stay valid. */
	struct mirror_tie **list;
	size_t count, capacity;
	/* Hash tables of their numbers, each plus one: by inode, and by the inode of the copy. */
	uint32_t *by_source, *by_copy;
	size_t slot_count;
};

/* The tie of an inode of the source, made if it is new. */
struct mirror_tie *tie_of(struct ties *ties, const struct hash_key *key, const struct stat *source);
/* The same; NULL: there is none. */
struct mirror_tie *tie_find(const struct ties *ties, const struct hash_key *key,
                            const struct stat *source);
/* From now on this is the copy. Not found by tie_meet(). */
void tie_set(struct mirror_tie *tie, const struct stat *copy, const char *path);
/*
 * Notes that an object equal to its source stands at a name of it. True if it is the copy that the
 * tie knows, or the first.
 */
bool tie_meet(struct ties *ties, const struct hash_key *key, const struct stat *source,
              const struct stat *copy, const char *path);
void tie_free_all(struct ties *ties);

#endif
