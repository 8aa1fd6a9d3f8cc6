/*
 * The queue of kernel events, fed by the inotify source. Input: a byte of settings, then reads: a
 * u16 whose upper bit says that the records are taken afterwards and whose rest is a length, and
 * that many bytes. Every well-formed event must come out, as a record or as a part of its name's
 * only record, or of that of its directory's crowd.
 */
#include "watch/queue.h"
#include "watch/source.h"
#include "check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

enum {
	SEQUENCE = 1,
	SMALL = 2,
	CROWDS = 4,
	TAKE = 0x8000,
	EVENTS_MAX = 512,
	RECORDS_MAX = EVENTS_MAX + 3
};

/* Bounds so small that a few events reach all of them. */
static const struct queue_bounds SMALL_BOUNDS = {
	.slots = 4, .sequence = 600, .set = 1600, .names = 2, .few = 1, .waiting = 4
};

/* An event as it was read. */
struct seen {
	directory_key key;
	uint32_t mask;
	const char *name;
	size_t length;
};

static struct seen seen[EVENTS_MAX];
static size_t seen_count;

static bool is_name(const char *name, size_t length)
{
	return length <= NAME_MAX && memchr(name, '/', length) == NULL &&
	       !(length == 1 && name[0] == '.') &&
	       !(length == 2 && name[0] == '.' && name[1] == '.');
}

/* Records the events of a read, parsed by inotify(7) independently of source-inotify.c. */
static void note(const uint8_t *at, size_t left)
{
	struct inotify_event event;

	while (left >= sizeof(event) && seen_count < EVENTS_MAX) {
		memcpy(&event, at, sizeof(event));
		at += sizeof(event);
		left -= sizeof(event);
		if (event.len > left)
			return;
		struct seen one = { event.wd, event.mask, (const char *)at,
			            strnlen((const char *)at, event.len) };
		if (event.mask & IN_Q_OVERFLOW)
			seen[seen_count++] = (struct seen){ QUEUE_OVERFLOW, event.mask, "", 0 };
		else if (event.wd >= 0 && is_name(one.name, one.length))
			seen[seen_count++] = one;
		at += event.len;
		left -= event.len;
	}
}

static bool is_of(const struct event *record, const struct seen *event)
{
	return record->kind == RECORD_EVENT && record->key == event->key &&
	       record->name_length == event->length &&
	       memcmp(record->name, event->name, event->length) == 0;
}

static size_t check_shape(const struct bytes *records, const struct event **list)
{
	size_t count = 0, offset = 0;

	while (offset < records->length) {
		const struct event *record =
		        (const struct event *)(const void *)(records->data + offset);

		CHECK(records->length - offset >= sizeof(*record) && record->size % 8 == 0);
		CHECK(record->size >= sizeof(*record) + record->name_length + 1u &&
		      record->size <= records->length - offset);
		CHECK(strlen(record->name) == record->name_length &&
		      is_name(record->name, record->name_length));
		CHECK((record->mask & record->first) == record->first &&
		      (record->mask & record->last) == record->last);
		CHECK(count < RECORDS_MAX);
		CHECK(record->kind != RECORD_PLACE || record->mask == 0);
		list[count++] = record;
		offset += record->size;
	}
	return count;
}

static void check_sequence(const struct event **list, size_t count)
{
	size_t events = 0;

	for (size_t i = 0; i < count; i++) {
		if (list[i]->kind != RECORD_EVENT)
			continue;
		CHECK(events < seen_count && is_of(list[i], &seen[events]) &&
		      list[i]->mask == seen[events].mask);
		events++;
	}
	CHECK(events == seen_count);
}

/* Checks a set: each name occurs once, with all its events. */
static void check_set(const struct event **list, size_t count)
{
	size_t parts = 0;

	for (size_t i = 0; i < count; i++) {
		const struct seen *first = NULL, *last = NULL;
		uint32_t mask = 0;

		if (list[i]->kind != RECORD_EVENT)
			continue;
		for (size_t j = 0; j < seen_count; j++) {
			if (!is_of(list[i], &seen[j]))
				continue;
			first = first ? first : &seen[j];
			last = &seen[j];
			mask |= seen[j].mask;
			parts++;
		}
		CHECK(first && list[i]->first == first->mask && list[i]->last == last->mask &&
		      list[i]->mask == mask);
	}
	CHECK(parts == seen_count);
}

/* The bits of the event that are in this record of its name, or crowd. */
static uint32_t told_in(const struct event *record, const struct seen *event)
{
	const bool crowd = record->kind == RECORD_CROWD && record->key == event->key &&
	                   event->length > 0;
	/* Only of directories. */
	const uint32_t untold = crowd && !(event->mask & IN_ISDIR) ? IN_MOVED_TO : 0;

	return crowd || is_of(record, event) ? record->mask | (event->mask & untold) : 0;
}

/*
 * Checks a sequence with merged names, or crowds: an event may be in any record of its name, or in
 * its directory's crowd.
 */
static void check_merged(const struct event **list, size_t count)
{
	for (size_t j = 0; j < seen_count; j++) {
		uint32_t mask = 0;

		for (size_t i = 0; i < count; i++)
			mask |= told_in(list[i], &seen[j]);
		CHECK((mask & seen[j].mask) == seen[j].mask);
	}
}

/*
 * Checks the history: the last events in their order, or all since the last check if they are few.
 */
static void check_history(const struct queue *queue)
{
	struct bytes history = history_copy(&queue->history);
	size_t at = 0, count = 0;
	const struct past_event *event = NULL;

	for (; at < history.length; at += event->size, count++) {
		event = (const struct past_event *)(const void *)(history.data + at);
		CHECK(event->size >= sizeof(*event) + event->name_length && event->size % 8 == 0);
		CHECK(is_name((const char *)(event + 1), event->name_length));
	}
	CHECK(at == history.length && count >= seen_count);
	if (seen_count > 0) {
		const struct seen *last = &seen[seen_count - 1];

		CHECK(event->key == last->key && event->mask == last->mask &&
		      event->name_length == last->length &&
		      memcmp(event + 1, last->name, last->length) == 0);
	}
	bytes_free(&history);
}

/* Checks that an origin is none, or a record other than the one that has it. */
static void check_origins(const struct bytes *records, const struct event **list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool found = list[i]->origin == QUEUE_NOWHERE;

		for (size_t j = 0; j < count && !found; j++)
			found = j != i &&
			        records->data + list[i]->origin == (const uint8_t *)list[j];
		CHECK(found);
	}
}

static void take(struct queue *queue)
{
	const struct event *list[RECORDS_MAX];
	struct bytes records = queue_take(queue);
	size_t count = check_shape(&records, list);
	bool merged = false, overflowed = false;

	check_history(queue);
	check_origins(&records, list, count);
	CHECK(records.length <= queue->bounds->set + 2 * (sizeof(struct event) + NAME_MAX + 8));
	for (size_t i = 0; i < count; i++) {
		merged |= list[i]->key == QUEUE_FELL_BACK || list[i]->kind == RECORD_CROWD;
		overflowed |= list[i]->key == QUEUE_OVERFLOW;
	}
	/* Past the bound of a set only the overflow is left. */
	if (!overflowed || queue->bounds != &SMALL_BOUNDS) {
		if (merged)
			check_merged(list, count);
		else if (queue->kind == QUEUE_OF_EVENTS)
			check_sequence(list, count);
		else
			check_set(list, count);
	}
	bytes_free(&records);
	seen_count = 0;
}

/* Copies the bytes to memory of exactly their size, so that the sanitizer sees reads beyond it. */
static void feed(struct queue *queue, const uint8_t *bytes, size_t length)
{
	struct source source = { .type = &SOURCE_INOTIFY, .fds = { -1, -1 } };
	uint8_t *copy = malloc(length);

	if (length > 0)
		memcpy(copy, bytes, length);
	note(bytes, length);
	SOURCE_INOTIFY.parse(&source, 0, copy, length, queue, 1.0);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	const uint8_t *at = input + 1, *end = input + size;
	struct queue queue;

	if (size == 0 || size > EVENTS_MAX * sizeof(struct inotify_event))
		return 0;
	queue_init(&queue,
	           input[0] & SEQUENCE ? QUEUE_OF_EVENTS
	           : input[0] & CROWDS ? QUEUE_OF_CROWDS
	                               : QUEUE_OF_NAMES,
	           input[0] & SMALL ? &SMALL_BOUNDS : &QUEUE_BOUNDS);
	while (end - at >= 2) {
		size_t left = (size_t)(end - at) - 2, wanted = at[0] | (at[1] & 0x7fu) << 8,
		       length = wanted < left ? wanted : left;
		bool taken = at[1] & TAKE >> 8;

		feed(&queue, at + 2, length);
		at += 2 + length;
		if (taken)
			take(&queue);
	}
	take(&queue);
	queue_free(&queue);
	return 0;
}
