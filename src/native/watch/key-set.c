#include "watch/key-set.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 1024u

/* The slot of a key, or the free one where it belongs. */
static size_t find(const struct key_set *set, directory_key key)
{
	size_t at = (size_t)key & (set->size - 1);

	while (set->slots[at] != 0 && set->slots[at] != key)
		at = (at + 1) & (set->size - 1);
	return at;
}

static void grow(struct key_set *set)
{
	struct key_set larger = { .size = set->size ? set->size * 2 : FIRST_SIZE,
		                  .used = set->used };

	larger.slots = grow_array(NULL, larger.size, sizeof(*larger.slots));
	memset(larger.slots, 0, larger.size * sizeof(*larger.slots));
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i] != 0)
			larger.slots[find(&larger, set->slots[i])] = set->slots[i];
	free(set->slots);
	*set = larger;
}

bool key_set_has(const struct key_set *set, directory_key key)
{
	return set->size > 0 && set->slots[find(set, key)] == key;
}

void key_set_add(struct key_set *set, directory_key key)
{
	size_t at;

	if ((set->used + 1) * 2 > set->size)
		grow(set);
	at = find(set, key);
	if (set->slots[at] == 0)
		set->used++;
	set->slots[at] = key;
}

void key_set_remove(struct key_set *set, directory_key key)
{
	size_t hole, at;

	if (!key_set_has(set, key))
		return;
	hole = at = find(set, key);
	set->slots[hole] = 0;
	set->used--;
	/* Keys behind it, up to the next free slot, may have been meant for one before the hole. */
	for (;;) {
		size_t home;

		at = (at + 1) & (set->size - 1);
		if (set->slots[at] == 0)
			return;
		home = (size_t)set->slots[at] & (set->size - 1);
		if (((at - home) & (set->size - 1)) < ((at - hole) & (set->size - 1)))
			continue;
		set->slots[hole] = set->slots[at];
		set->slots[at] = 0;
		hole = at;
	}
}

void key_set_free(struct key_set *set)
{
	free(set->slots);
	*set = (struct key_set){ 0 };
}
