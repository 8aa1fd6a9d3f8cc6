#include "compare/ties.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_CAPACITY 256u
/*
 * The most inodes that are recorded, to bound memory: a destination that shares inodes with its
 * snapshots may have more. Further ones are not reported.
 */
#define MOST (1u << 20)

void ties_free(struct ties *ties)
{
	free(ties->table);
	*ties = (struct ties){ 0 };
}

/* The finalizer of MurmurHash3, with a random key, as an attacker may choose the inode numbers. */
static uint64_t hash(const struct ties *ties, uint64_t dev, uint64_t ino)
{
	uint64_t hash = ino ^ dev << 32 ^ ties->key;

	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdu;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53u;
	return hash ^ hash >> 33;
}

/* The slot of an inode, or the free one where it belongs. Inode number 0 marks a free slot. */
static struct tie *place_of(const struct ties *ties, uint64_t dev, uint64_t ino)
{
	size_t at = (size_t)hash(ties, dev, ino) & (ties->capacity - 1);

	while (ties->table[at].copy_ino != 0 &&
	       (ties->table[at].copy_ino != ino || ties->table[at].copy_dev != dev))
		at = (at + 1) & (ties->capacity - 1);
	return &ties->table[at];
}

static void make_room(struct ties *ties)
{
	const struct ties old = *ties;

	if (ties->count * 2 < ties->capacity)
		return;
	if (ties->capacity == 0 && getrandom(&ties->key, sizeof(ties->key), GRND_NONBLOCK) < 0)
		ties->key = 0;
	ties->capacity = old.capacity ? old.capacity * 2 : FIRST_CAPACITY;
	ties->table = grow_array(NULL, ties->capacity, sizeof(*ties->table));
	memset(ties->table, 0, ties->capacity * sizeof(*ties->table));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.table[i].copy_ino != 0)
			*place_of(ties, old.table[i].copy_dev,
			          old.table[i].copy_ino) = old.table[i];
	free(old.table);
}

bool ties_conflict(struct ties *ties, const struct stat *status, const struct stat *copy)
{
	struct tie *tie;

	make_room(ties);
	tie = place_of(ties, copy->st_dev, copy->st_ino);
	if (tie->copy_ino != 0)
		return tie->dev != status->st_dev || tie->ino != status->st_ino;
	if (copy->st_ino == 0 || ties->count >= MOST)
		return false;
	*tie = (struct tie){ copy->st_dev, copy->st_ino, status->st_dev, status->st_ino };
	ties->count++;
	return false;
}
