#include "watch/crowd.h"

#include "common/bytes.h"
#include "watch/queue.h"

#include <stdlib.h>
#include <sys/inotify.h>

#define FIRST_SIZE 256u

static void make_slots(struct crowds *crowds, size_t size)
{
	crowds->slots = grow_array(NULL, size, sizeof(*crowds->slots));
	crowds->size = size;
	crowds->used = 0;
	for (size_t i = 0; i < size; i++)
		crowds->slots[i] =
		        (struct crowd){ .key = KEY_NONE, .names = 0, .record = QUEUE_NOWHERE };
}

/* The slot of a key, or the free one where it belongs. */
static struct crowd *slot_of(const struct crowds *crowds, directory_key key)
{
	size_t at = (size_t)key & (crowds->size - 1);

	while (crowds->slots[at].key != KEY_NONE && crowds->slots[at].key != key)
		at = (at + 1) & (crowds->size - 1);
	return &crowds->slots[at];
}

static void grow(struct crowds *crowds)
{
	const struct crowds before = *crowds;

	make_slots(crowds, before.size * 2);
	crowds->used = before.used;
	for (size_t i = 0; i < before.size; i++)
		if (before.slots[i].key != KEY_NONE)
			*slot_of(crowds, before.slots[i].key) = before.slots[i];
	free(before.slots);
}

void crowds_init(struct crowds *crowds)
{
	make_slots(crowds, FIRST_SIZE);
}

void crowds_free(struct crowds *crowds)
{
	free(crowds->slots);
}

void crowds_clear(struct crowds *crowds)
{
	if (crowds->used == 0)
		return;
	free(crowds->slots);
	make_slots(crowds, FIRST_SIZE);
}

struct crowd *crowds_find(struct crowds *crowds, directory_key key)
{
	struct crowd *crowd;

	if ((crowds->used + 1) * 2 > crowds->size)
		grow(crowds);
	crowd = slot_of(crowds, key);
	if (crowd->key == KEY_NONE)
		crowds->used++;
	crowd->key = key;
	return crowd;
}

void crowd_note(struct event *record, uint32_t mask, const char *name)
{
	const uint32_t told = mask & IN_ISDIR ? mask : mask & ~(uint32_t)IN_MOVED_TO;

	if (!record->mask)
		record->first = told;
	record->mask |= told;
	record->last = told;
	if (!(mask & IN_ISDIR) && mask & (IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE))
		record->story |= name[0] == '#' ? STORY_TOUCHED | STORY_UNNAMED : STORY_TOUCHED;
}
