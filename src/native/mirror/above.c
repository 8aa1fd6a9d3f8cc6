#include "mirror/above.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>

static uint32_t *slot_of(const struct above *above, const struct hash_key *key, const char *path,
                         size_t length)
{
	size_t at = (size_t)keyed_hash(key, 0, path, length) & (above->slot_count - 1);

	for (; above->slots[at] != 0; at = (at + 1) & (above->slot_count - 1)) {
		const struct directory_above *one = &above->list[above->slots[at] - 1];

		if (one->length == length && memcmp(one->path, path, length) == 0)
			break;
	}
	return &above->slots[at];
}

static void make_room(struct above *above, const struct hash_key *key)
{
	if (above->count == above->capacity) {
		above->capacity = above->capacity ? above->capacity * 2 : 16;
		above->list = grow_array(above->list, above->capacity, sizeof(*above->list));
	}
	if (above->count * 2 < above->slot_count)
		return;
	above->slot_count = above->slot_count ? above->slot_count * 2 : 32;
	above->slots = grow_array(above->slots, above->slot_count, sizeof(*above->slots));
	memset(above->slots, 0, above->slot_count * sizeof(*above->slots));
	for (size_t i = 0; i < above->count; i++)
		*slot_of(above, key, above->list[i].path, above->list[i].length) = (uint32_t)i + 1;
}

static uint32_t depth_of(const char *path, size_t length)
{
	uint32_t depth = length > 0;

	for (size_t i = 0; i < length; i++)
		depth += path[i] == '/';
	return depth;
}

void above_add(struct above *above, const struct hash_key *key, const char *path, size_t length,
               uint32_t row)
{
	for (;;) {
		uint32_t *slot;
		char *copy;

		make_room(above, key);
		slot = slot_of(above, key, path, length);
		if (*slot != 0)
			return;
		copy = grow_array(NULL, length + 1, 1);
		memcpy(copy, path, length);
		copy[length] = '\0';
		above->list[above->count++] = (struct directory_above){ copy, length, row,
			                                                depth_of(path, length) };
		*slot = (uint32_t)above->count;
		if (length == 0)
			return;
		while (length > 0 && path[length - 1] != '/')
			length--;
		length -= length > 0;
	}
}

static int compare_depths(const void *one, const void *other)
{
	const struct directory_above *a = one, *b = other;

	return (a->depth < b->depth) - (a->depth > b->depth);
}

void above_sort(struct above *above)
{
	if (above->count > 0)
		qsort(above->list, above->count, sizeof(*above->list), compare_depths);
}

void above_free(struct above *above)
{
	for (size_t i = 0; i < above->count; i++)
		free(above->list[i].path);
	free(above->list);
	free(above->slots);
}
