#include "mirror/ties.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>

static size_t place(const struct ties *ties, const struct hash_key *key, uint64_t device,
                    uint64_t inode)
{
	return (size_t)keyed_hash(key, inode, &device, sizeof(device)) & (ties->slot_count - 1);
}

static uint32_t *slot_by_source(const struct ties *ties, const struct hash_key *key,
                                uint64_t device, uint64_t inode)
{
	size_t at = place(ties, key, device, inode);

	for (; ties->by_source[at] != 0; at = (at + 1) & (ties->slot_count - 1)) {
		const struct mirror_tie *tie = ties->list[ties->by_source[at] - 1];

		if (tie->device == device && tie->inode == inode)
			break;
	}
	return &ties->by_source[at];
}

static uint32_t *slot_by_copy(const struct ties *ties, const struct hash_key *key, uint64_t device,
                              uint64_t inode)
{
	size_t at = place(ties, key, device, inode);

	for (; ties->by_copy[at] != 0; at = (at + 1) & (ties->slot_count - 1)) {
		const struct mirror_tie *tie = ties->list[ties->by_copy[at] - 1];

		if (tie->copy_device == device && tie->copy_inode == inode)
			break;
	}
	return &ties->by_copy[at];
}

static void fill(struct ties *ties, const struct hash_key *key)
{
	memset(ties->by_source, 0, ties->slot_count * sizeof(*ties->by_source));
	memset(ties->by_copy, 0, ties->slot_count * sizeof(*ties->by_copy));
	for (size_t i = 0; i < ties->count; i++) {
		const struct mirror_tie *tie = ties->list[i];
		uint32_t *copy;

		*slot_by_source(ties, key, tie->device, tie->inode) = (uint32_t)i + 1;
		if (!tie->path)
			continue;
		copy = slot_by_copy(ties, key, tie->copy_device, tie->copy_inode);
		if (*copy == 0)
			*copy = (uint32_t)i + 1;
	}
}

static void make_room(struct ties *ties, const struct hash_key *key)
{
	if (ties->count == ties->capacity) {
		ties->capacity = ties->capacity ? ties->capacity * 2 : 64;
		ties->list = grow_array(ties->list, ties->capacity, sizeof(*ties->list));
	}
	if (ties->count * 2 < ties->slot_count)
		return;
	ties->slot_count = ties->slot_count ? ties->slot_count * 2 : 128;
	ties->by_source = grow_array(ties->by_source, ties->slot_count, sizeof(*ties->by_source));
	ties->by_copy = grow_array(ties->by_copy, ties->slot_count, sizeof(*ties->by_copy));
	fill(ties, key);
}

struct mirror_tie *tie_of(struct ties *ties, const struct hash_key *key, const struct stat *source)
{
	struct mirror_tie *tie;
	uint32_t *slot;

	make_room(ties, key);
	slot = slot_by_source(ties, key, source->st_dev, source->st_ino);
	if (*slot != 0)
		return ties->list[*slot - 1];
	tie = grow_array(NULL, 1, sizeof(*tie));
	*tie = (struct mirror_tie){ .number = (uint32_t)ties->count,
		                    .device = source->st_dev,
		                    .inode = source->st_ino };
	ties->list[ties->count++] = tie;
	*slot = (uint32_t)ties->count;
	return tie;
}

struct mirror_tie *tie_find(const struct ties *ties, const struct hash_key *key,
                            const struct stat *source)
{
	uint32_t number;

	if (ties->count == 0)
		return NULL;
	number = *slot_by_source(ties, key, source->st_dev, source->st_ino);
	return number == 0 ? NULL : ties->list[number - 1];
}

void tie_set(struct mirror_tie *tie, const struct stat *copy, const char *path)
{
	char *new = strdup(path);

	if (!new)
		abort();
	free(tie->path);
	tie->path = new;
	tie->copy_device = copy->st_dev;
	tie->copy_inode = copy->st_ino;
	tie->met = 1;
	tie->conflict = false;
}

bool tie_meet(struct ties *ties, const struct hash_key *key, const struct stat *source,
              const struct stat *copy, const char *path)
{
	struct mirror_tie *tie = tie_of(ties, key, source), *other;
	uint32_t *slot = slot_by_copy(ties, key, copy->st_dev, copy->st_ino);

	other = *slot != 0 ? ties->list[*slot - 1] : NULL;
	if (other && other != tie) {
		other->conflict = true;
		return false;
	}
	if (other) {
		tie->met++;
		return true;
	}
	if (tie->path)
		return false;
	tie_set(tie, copy, path);
	*slot = tie->number + 1;
	return true;
}

void tie_free_all(struct ties *ties)
{
	for (size_t i = 0; i < ties->count; i++) {
		free(ties->list[i]->path);
		free(ties->list[i]);
	}
	free(ties->list);
	free(ties->by_source);
	free(ties->by_copy);
}
