#include "watch/queue.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#define EMPTY UINT32_MAX
/* So many records are worth waiting for others. */
#define MANY 64

const struct queue_bounds QUEUE_BOUNDS = { .slots = 4096,
	                                   .sequence = 64u << 20,
	                                   .set = 128u << 20,
	                                   .names = 2048,
	                                   .few = 32,
	                                   .waiting = 4096 };

static struct event *record_at(const struct queue *queue, uint32_t offset)
{
	return (struct event *)(void *)(queue->records.data + offset);
}

static void clear_slots(struct queue *queue, size_t count)
{
	queue->slots = grow_array(queue->slots, count, sizeof(uint32_t));
	memset(queue->slots, 0xff, count * sizeof(uint32_t));
	queue->slot_count = count;
	queue->used = 0;
}

void queue_init(struct queue *queue, enum queue_kind kind, const struct queue_bounds *bounds)
{
	*queue = (struct queue){ .bounds = bounds,
		                 .kind = kind,
		                 .hash_key = hash_key_new(),
		                 .move.record = QUEUE_NOWHERE };
	clear_slots(queue, bounds->slots);
	seen_init(&queue->seen);
	crowds_init(&queue->crowds);
	history_init(&queue->history);
}

void queue_free(struct queue *queue)
{
	free(queue->slots);
	seen_free(&queue->seen);
	bytes_free(&queue->records);
	crowds_free(&queue->crowds);
	history_free(&queue->history);
}

static uint64_t hash_of(const struct queue *queue, directory_key key, const char *name,
                        size_t length)
{
	return keyed_hash(&queue->hash_key, (uint64_t)key, name, length);
}

static uint32_t *find_slot(const struct queue *queue, uint64_t hash, directory_key key,
                           const char *name, size_t length)
{
	size_t at = hash & (queue->slot_count - 1);

	for (; queue->slots[at] != EMPTY; at = (at + 1) & (queue->slot_count - 1)) {
		const struct event *event = record_at(queue, queue->slots[at]);

		if (event->key == key && event->name_length == length &&
		    memcmp(event->name, name, length) == 0)
			break;
	}
	return &queue->slots[at];
}

/*
 * Enters all records in a larger table. Those of a sequence were in no table until now, and may be
 * too many for this one.
 */
static void more_slots(struct queue *queue)
{
	clear_slots(queue, queue->slot_count * 2);
	for (size_t offset = 0; offset < queue->records.length;) {
		const struct event *event = record_at(queue, (uint32_t)offset);
		uint64_t hash = hash_of(queue, event->key, event->name, event->name_length);
		uint32_t *slot = find_slot(queue, hash, event->key, event->name,
		                           event->name_length);

		if (event->kind == RECORD_EVENT) {
			if (*slot == EMPTY)
				queue->used++;
			*slot = (uint32_t)offset;
		}
		offset += event->size;
		if (queue->used * 2 >= queue->slot_count) {
			clear_slots(queue, queue->slot_count * 2);
			offset = 0;
		}
	}
}

static uint32_t append(struct queue *queue, directory_key key, uint32_t mask, const char *name,
                       size_t length, double now)
{
	size_t size = (sizeof(struct event) + length + 1 + 7) & ~(size_t)7;
	uint32_t offset = (uint32_t)queue->records.length;
	struct event *event = bytes_extend(&queue->records, size);

	memset(event, 0, size);
	event->since = now;
	event->after = queue->after;
	event->key = key;
	event->mask = event->first = event->last = mask;
	event->size = (uint32_t)size;
	event->origin = QUEUE_NOWHERE;
	event->name_length = (uint16_t)length;
	memcpy(event->name, name, length);
	return offset;
}

/* The object at a record's name leaves it: notes where it was before all of the records. */
static void begin_move(struct queue *queue, uint32_t offset, uint32_t cookie)
{
	const struct event *event = record_at(queue, offset), *place;
	struct queue_move *move = &queue->move;

	move->cookie = cookie;
	move->has_origin = event->origin != QUEUE_NOWHERE || !(event->story & STORY_ARRIVED);
	if (!move->has_origin)
		return;
	move->record = event->origin != QUEUE_NOWHERE ? event->origin : offset;
	place = record_at(queue, move->record);
	move->key = place->key;
	move->length = place->name_length;
	memcpy(move->name, place->name, place->name_length);
}

/*
 * The record of the place from which an object was moved; made again if it has been taken already.
 */
static uint32_t origin_of_move(struct queue *queue, uint32_t cookie, double now)
{
	struct queue_move *move = &queue->move;

	if (!move->has_origin || move->cookie != cookie)
		return QUEUE_NOWHERE;
	if (move->record == QUEUE_NOWHERE) {
		move->record = append(queue, move->key, 0, move->name, move->length, now);
		record_at(queue, move->record)->kind = RECORD_PLACE;
	}
	return move->record;
}

static void note_move(struct queue *queue, uint32_t offset, uint32_t mask, uint32_t cookie,
                      double now)
{
	uint32_t origin = QUEUE_NOWHERE;

	if (!(mask & (IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE)))
		return;
	if (mask & IN_MOVED_FROM)
		begin_move(queue, offset, cookie);
	else if (mask & IN_MOVED_TO)
		origin = origin_of_move(queue, cookie, now);
	record_at(queue, offset)->origin = origin == offset ? QUEUE_NOWHERE : origin;
}

static void tell_story(struct queue *queue, struct event *event, uint32_t mask, uint32_t cookie)
{
	const uint8_t arriving = cookie == queue->move.cookie ? queue->move.story : 0;

	if (mask & IN_MOVED_FROM)
		queue->move.story = story_of_inode(event->story);
	event->story = story_after(event->story, mask, arriving);
}

bool queue_repeats(const struct queue *queue)
{
	return queue->used >= MANY && queue->seen.repeated * 2 > queue->used;
}

/* No record, and so no slot, refers to the records any longer. */
static void begin(struct queue *queue)
{
	queue->begun++;
	queue->seen.repeated = 0;
	queue->move.record = QUEUE_NOWHERE;
	clear_slots(queue, queue->bounds->slots);
	crowds_clear(&queue->crowds);
}

/* An event of a name without a record. */
static void join_crowd(struct queue *queue, struct crowd *crowd, const struct past_event *event,
                       const char *name)
{
	if (crowd->record == QUEUE_NOWHERE) {
		crowd->record = append(queue, event->key, 0, "", 0, event->since);
		record_at(queue, crowd->record)->kind = RECORD_CROWD;
	}
	crowd_note(record_at(queue, crowd->record), event->mask, name);
	/* It may have been anywhere before. */
	if (event->mask & IN_MOVED_FROM)
		queue->move = (struct queue_move){ .cookie = event->cookie,
			                           .record = QUEUE_NOWHERE };
}

/* Counts one more name of a directory; false: it has joined the crowd. */
static bool may_stand_alone(struct queue *queue, const struct past_event *event, const char *name)
{
	const struct queue_bounds *bounds = queue->bounds;
	struct crowd *crowd;

	if (queue->kind != QUEUE_OF_CROWDS)
		return true;
	crowd = crowds_find(&queue->crowds, event->key);
	if (crowd->names < (queue->used < bounds->waiting ? bounds->names : bounds->few)) {
		crowd->names++;
		return true;
	}
	join_crowd(queue, crowd, event, name);
	return false;
}

void queue_add(struct queue *queue, directory_key key, uint32_t mask, uint32_t cookie,
               const char *name, size_t length, double now)
{
	const struct past_event past = { .since = now,
		                         .key = key,
		                         .mask = mask,
		                         .cookie = cookie,
		                         .name_length = (uint16_t)length };
	struct event *event;
	uint32_t *slot, offset;
	uint64_t hash;

	history_add(&queue->history, &past, name);
	if (queue->kind == QUEUE_OF_EVENTS && !queue->fell_back) {
		if (queue->records.length < queue->bounds->sequence) {
			note_move(queue, append(queue, key, mask, name, length, now), mask, cookie,
			          now);
			return;
		}
		queue->fell_back = true;
		append(queue, QUEUE_FELL_BACK, 0, "", 0, now);
	}
	if (queue->records.length >= queue->bounds->set) {
		queue->records.length = 0;
		begin(queue);
		key = QUEUE_OVERFLOW;
		mask = IN_Q_OVERFLOW;
		length = 0;
	}
	if (queue->used * 2 >= queue->slot_count)
		more_slots(queue);
	hash = hash_of(queue, key, name, length);
	slot = find_slot(queue, hash, key, name, length);
	if (*slot == EMPTY) {
		if (length > 0 && !may_stand_alone(queue, &past, name))
			return;
		queue->used++;
		seen_note(&queue->seen, hash, queue->begun);
		*slot = append(queue, key, mask, name, length, now);
	}
	offset = *slot;
	note_move(queue, offset, mask, cookie, now);
	event = record_at(queue, offset);
	event->mask |= mask;
	event->last = mask;
	if (!(mask & IN_ISDIR))
		tell_story(queue, event, mask, cookie);
}

void queue_add_note(struct queue *queue, enum record_kind kind, directory_key key,
                    const void *bytes, size_t length)
{
	uint32_t offset = append(queue, key, 0, bytes, length, queue->after);

	record_at(queue, offset)->kind = (uint8_t)kind;
}

void queue_forget_origin(struct queue *queue, directory_key key, const char *name, size_t length)
{
	uint64_t hash = hash_of(queue, key, name, length);
	uint32_t offset = *find_slot(queue, hash, key, name, length);

	if (offset != EMPTY)
		record_at(queue, offset)->origin = QUEUE_NOWHERE;
}

void queue_overflow(struct queue *queue, uint32_t mask, double now)
{
	queue_add(queue, QUEUE_OVERFLOW, mask, 0, "", 0, now);
}

struct bytes queue_take(struct queue *queue)
{
	struct bytes taken = queue->records;

	queue->records = (struct bytes){ 0 };
	queue->fell_back = false;
	begin(queue);
	return taken;
}
