/*
 * Kernel events between the reading thread and JavaScript. Events for the same (directory, name)
 * become one record, so that the queue is bounded by the number of watched names; where it may,
 * very many names of a directory become one, too, so that whoever makes them keeps nobody waiting.
 * In sequence mode every event is kept until a bound is reached.
 */
#ifndef CLSYNC_QUEUE_H
#define CLSYNC_QUEUE_H

#include "common/bytes.h"
#include "common/keyed-hash.h"
#include "watch/crowd.h"
#include "watch/history.h"
#include "watch/key.h"
#include "watch/seen.h"
#include "watch/story.h"

#include <limits.h>
#include <stdbool.h>

/* `key` of a record that is not about a directory. */
enum { QUEUE_OVERFLOW = -1, QUEUE_FELL_BACK = -2 };
/* No record. */
#define QUEUE_NOWHERE UINT32_MAX

enum record_kind {
	RECORD_EVENT,
	/* The place that `origin` of another record means. */
	RECORD_PLACE,
	/* What identifies the directory with the key, see queue_add_note. */
	RECORD_HANDLE,
	/* The key of the directory in which the one with the key was removed. */
	RECORD_REMOVED,
	/* The names of a directory that have no record of their own; without one itself. */
	RECORD_CROWD,
};

enum queue_kind {
	/* Every event is a record. */
	QUEUE_OF_EVENTS,
	/* Every name is one. */
	QUEUE_OF_NAMES,
	/* Likewise, but for crowds. */
	QUEUE_OF_CROWDS,
};

struct event {
	/*
	 * CLOCK_MONOTONIC milliseconds of the first: when it was read, and when no event of it was
	 * there yet. Between them the kernel has reported it: the thread that reads may have waited
	 * for a processor.
	 */
	double since, after;
	directory_key key;
	/* The bits of all events, of the first and of the last. */
	uint32_t mask, first, last;
	/* Bytes of the whole record, a multiple of 8. */
	uint32_t size;
	/*
	 * Offset of the record with the name from which the object there was moved here, as it was
	 * before the first of these events; else QUEUE_NOWHERE.
	 */
	uint32_t origin;
	/* Does not count the NUL that follows. */
	uint16_t name_length;
	/* Bits of event_story. */
	uint8_t story;
	/* A record_kind. */
	uint8_t kind;
	char name[];
};

struct queue_bounds {
	/* Initial number of slots in the table of names, a power of two. */
	size_t slots;
	/*
	 * Bytes of records beyond which a sequence is coalesced, and beyond which a set counts as
	 * overflowed.
	 */
	size_t sequence, set;
	/*
	 * Names of a directory that have records of their own: at most so many; and so `few` while
	 * `waiting` names or more wait in all.
	 */
	uint32_t names, few, waiting;
};

/* The bounds of the event thread. Tests use smaller ones. */
extern const struct queue_bounds QUEUE_BOUNDS;

/* The last object that has left a name. An event with the same cookie tells its new name. */
struct queue_move {
	uint32_t cookie;
	/* Its story. */
	uint8_t story;
	/* Where it was before the first event, if there is such a place. */
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
	struct seen_names seen;
	struct hash_key hash_key;
	enum queue_kind kind;
	struct crowds crowds;
	bool fell_back;
	struct queue_move move;
	/* What is added from now on happened after this: `after` of events. */
	double after;
	/* How often the records were taken or dropped. */
	uint32_t begun;
	/* All events as they were added. */
	struct history history;
};

void queue_init(struct queue *queue, enum queue_kind kind, const struct queue_bounds *bounds);
void queue_free(struct queue *queue);

/*
 * Adds an event that the source has parsed: bits and cookie of inotify(7), the name in the
 * directory (empty: the directory itself), CLOCK_MONOTONIC milliseconds.
 */
void queue_add(struct queue *queue, directory_key key, uint32_t mask, uint32_t cookie,
               const char *name, size_t length, double now);
/*
 * Adds what is to be known of a directory that the source has not been told of, before or after its
 * events: bytes in place of a name, at most NAME_MAX.
 */
void queue_add_note(struct queue *queue, enum record_kind kind, directory_key key,
                    const void *bytes, size_t length);
/*
 * What stands at a name may have been anywhere before: of what leaves the name now, the origin is
 * not known if it has come there in these records.
 */
void queue_forget_origin(struct queue *queue, directory_key key, const char *name, size_t length);
/* Adds that the kernel dropped events. */
void queue_overflow(struct queue *queue, uint32_t mask, double now);

/* Whether most of many records are about what those taken last were about. */
bool queue_repeats(const struct queue *queue);

/* Hands all records over to the caller and leaves the queue empty. */
struct bytes queue_take(struct queue *queue);

#endif
