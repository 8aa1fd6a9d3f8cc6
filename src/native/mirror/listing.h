/* The names in a directory. */
#ifndef CLSYNC_MIRROR_LISTING_H
#define CLSYNC_MIRROR_LISTING_H

#include "common/bytes.h"
#include "common/keyed-hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listing {
	/* For each name a byte for its type (DT_* of readdir(3)), then the name and a NUL. */
	struct bytes bytes;
	/* Where each begins in `bytes`. */
	size_t *starts;
	size_t count, capacity;
	/* A hash table of their numbers, each plus one; 0 is a free slot. */
	uint32_t *slots;
	size_t slot_count;
};

/*
 * Reads all names of a directory but `.` and `..`, from its beginning; what the listing had is
 * forgotten. `buffer`: of at least 64 KiB. 0 or errno.
 */
int listing_read(struct listing *listing, int directory, void *buffer, size_t size);
const char *listing_name(const struct listing *listing, size_t number);
unsigned char listing_type(const struct listing *listing, size_t number);
/* For listing_find(). */
void listing_index(struct listing *listing, const struct hash_key *key);
/* The number of a name, or -1. */
ptrdiff_t listing_find(const struct listing *listing, const struct hash_key *key, const char *name);
void listing_free(struct listing *listing);

#endif
