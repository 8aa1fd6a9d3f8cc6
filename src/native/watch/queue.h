/*
 * Kernel events between the reading thread and JavaScript. Events for the same (directory, name)
 * become one record, so that the queue is bounded by what is watched; in sequence mode every event
 * stays, until a bound is reached.
 */
#ifndef CLSYNC_QUEUE_H
#define CLSYNC_QUEUE_H

#include "common/bytes.h"
#include "watch/history.h"
#include "watch/key.h"

#include <limits.h>
#include <stdbool.h>

/* `key` of a record that stands for no directory. */
enum { QUEUE_OVERFLOW = -1, QUEUE_FELL_BACK = -2 };
/* No record. */
#define QUEUE_NOWHERE UINT32_MAX

struct event {
	/* CLOCK_MONOTONIC milliseconds of the first. */
	double since;
	directory_key key;
	/* All event bits, and those of the first and the last event. */
	uint32_t mask, first, last;
	/* Bytes of the whole record, a multiple of 8. */
	uint32_t size;
	/*
	 * Offset of the record whose name the object there now had before it was moved here, and
	 * before the first of these events; else QUEUE_NOWHERE.
	 */
	uint32_t origin;
	/* Without the NUL that follows. */
	uint16_t name_length;
	/* Bits of event_story. */
	uint8_t story;
	/* It is no event, but what `origin` of another record means. */
	bool is_place;
	char name[];
};

/*
 * What happened to inodes that came to a name and may have left it before anyone could look: which
 * file it was that was written through the name is then unknown.
 */
enum event_story {
	/* The inode there now, as far as these events tell. */
	STORY_ARRIVED = 1,
	STORY_TOUCHED = 2,
	/* An inode that had arrived and been touched was removed or replaced. */
	STORY_LOST = 4,
};

struct queue_bounds {
	/* Slots the table of names begins with, a power of two. */
	size_t slots;
	/*
	 * Beyond these many bytes of records a sequence is coalesced, and a set counts as
	 * overflowed.
	 */
	size_t sequence, set;
};

/* Those of the event thread; smaller ones let a test reach them. */
extern const struct queue_bounds QUEUE_BOUNDS;

/* The last object that has left a name, perhaps for another, which the cookie tells. */
struct queue_move {
	uint32_t cookie;
	/* Its story. */
	uint8_t story;
	/* Where it was before the first event; whether there is such a place. */
	bool has_origin;
	directory_key key;
	size_t length;
	char name[NAME_MAX];
	/* The record with that name, until the records are taken. */
	uint32_t record;
};

struct queue {
	const struct queue_bounds *bounds;
	struct bytes records;
	uint32_t *slots;
	size_t slot_count, used;
	bool sequence, fell_back;
	struct queue_move move;
	/* What has been added, as it came. */
	struct history history;
};

void queue_init(struct queue *queue, bool sequence, const struct queue_bounds *bounds);
void queue_free(struct queue *queue);

/*
 * Adds an event that the source has parsed: bits and cookie of inotify(7), the name in the
 * directory (empty: the directory itself), CLOCK_MONOTONIC milliseconds.
 */
void queue_add(struct queue *queue, directory_key key, uint32_t mask, uint32_t cookie,
               const char *name, size_t length, double now);
/* Adds that the kernel dropped events. */
void queue_overflow(struct queue *queue, uint32_t mask, double now);

/* Hands over all records, as the caller's, and begins anew. */
struct bytes queue_take(struct queue *queue);

#endif
