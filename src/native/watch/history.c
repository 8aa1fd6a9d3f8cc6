#include "watch/history.h"

#include <stdlib.h>
#include <string.h>

void history_init(struct history *history)
{
	*history = (struct history){ 0 };
	for (unsigned i = 0; i < 2; i++)
		history->pages[i] = grow_array(NULL, HISTORY_PAGE, 1);
}

void history_free(struct history *history)
{
	for (unsigned i = 0; i < 2; i++)
		free(history->pages[i]);
}

void history_add(struct history *history, const struct past_event *event, const char *name)
{
	size_t size = (sizeof(*event) + event->name_length + 7) & ~(size_t)7;
	struct past_event kept = *event;
	uint8_t *at;

	if (history->lengths[history->current] + size > HISTORY_PAGE) {
		history->current ^= 1;
		history->lengths[history->current] = 0;
	}
	at = history->pages[history->current] + history->lengths[history->current];
	kept.size = (uint16_t)size;
	memcpy(at, &kept, sizeof(kept));
	memcpy(at + sizeof(kept), name, event->name_length);
	history->lengths[history->current] += size;
}

struct bytes history_copy(const struct history *history)
{
	struct bytes copy = { 0 };

	for (unsigned i = 1; i <= 2; i++) {
		unsigned page = (history->current + i) & 1;

		if (history->lengths[page] == 0)
			continue;
		memcpy(bytes_extend(&copy, history->lengths[page]), history->pages[page],
		       history->lengths[page]);
	}
	return copy;
}
