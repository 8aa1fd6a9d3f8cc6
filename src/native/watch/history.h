/*
 * The last raw events, as the source parsed them and before they are merged, for the post-mortem: a
 * few thousand with names of usual length, in memory of a fixed size.
 */
#ifndef CLSYNC_HISTORY_H
#define CLSYNC_HISTORY_H

#include "common/bytes.h"
#include "watch/key.h"

#include <stddef.h>

/* One event, followed by its name; read by src/watcher/monitor/history.ts. */
struct past_event {
	/* CLOCK_MONOTONIC milliseconds. */
	double since;
	directory_key key;
	/* Bits and cookie of inotify(7). */
	uint32_t mask, cookie;
	/* The directory's node or NODE_NONE, filled in by the reader. */
	uint32_t node;
	/* Bytes of the whole record, a multiple of 8; and of the name. */
	uint16_t size, name_length;
};

_Static_assert(offsetof(struct past_event, since) == 0, "history.ts reads it there");
_Static_assert(offsetof(struct past_event, key) == 8, "history.ts reads it there");
_Static_assert(offsetof(struct past_event, mask) == 16, "history.ts reads it there");
_Static_assert(offsetof(struct past_event, cookie) == 20, "history.ts reads it there");
_Static_assert(offsetof(struct past_event, node) == 24, "history.ts reads it there");
_Static_assert(offsetof(struct past_event, size) == 28, "history.ts reads it there");
_Static_assert(offsetof(struct past_event, name_length) == 30, "history.ts reads it there");
_Static_assert(sizeof(struct past_event) == 32, "history.ts reads the name there");

/* Bytes of a page. One is filled while the other, full, is kept. */
enum { HISTORY_PAGE = 128 << 10 };

struct history {
	uint8_t *pages[2];
	size_t lengths[2];
	/* Index of the page that is being filled. */
	unsigned current;
};

void history_init(struct history *history);
void history_free(struct history *history);
/* Keeps an event, dropping the oldest ones; sets its size. */
void history_add(struct history *history, const struct past_event *event, const char *name);
/* A copy of all events kept, the oldest first, owned by the caller. */
struct bytes history_copy(const struct history *history);

#endif
