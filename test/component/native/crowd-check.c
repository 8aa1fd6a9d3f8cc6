#include "crowd-check.h"

#include "check.h"
#include "watch/queue.h"

#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

enum { HIS = 1, THEIRS = 2, MANY = 100000, DIRECTORIES = 1000, IN_EACH = 100 };

static void make(struct queue *queue, directory_key key, uint32_t number, double now)
{
	char name[16];
	size_t length = (size_t)snprintf(name, sizeof(name), "%u", number);

	queue->after = now - 1;
	queue_add(queue, key, IN_CREATE, 0, name, length, now);
	queue_add(queue, key, IN_CLOSE_WRITE, 0, name, length, now);
	queue_add(queue, key, IN_DELETE, 0, name, length, now);
}

struct counted {
	uint32_t all, his, crowds;
	const struct event *crowd, *theirs;
};

static struct counted count(const struct bytes *records)
{
	struct counted counted = { 0 };

	for (size_t at = 0; at < records->length;) {
		const struct event *event = (const void *)(records->data + at);

		counted.all++;
		counted.his += event->key == HIS && event->kind == RECORD_EVENT;
		counted.crowds += event->kind == RECORD_CROWD;
		if (event->kind == RECORD_CROWD)
			counted.crowd = event;
		else if (event->key == THEIRS)
			counted.theirs = event;
		at += event->size;
	}
	return counted;
}

/* One directory. */
static void check_one(enum queue_kind kind)
{
	struct queue queue;
	struct bytes taken;
	struct counted counted;

	queue_init(&queue, kind, &QUEUE_BOUNDS);
	for (uint32_t i = 0; i < MANY; i++)
		make(&queue, HIS, i, 10 + i);
	/* It was moved out of the crowd: where it was before is not known. */
	queue_add(&queue, HIS, IN_MOVED_FROM, 5, "moved", 5, 1);
	queue_add(&queue, THEIRS, IN_MOVED_TO, 5, "moved", 5, 1);
	/* The directory itself is not in the crowd. */
	queue_add(&queue, HIS, IN_ATTRIB | IN_ISDIR, 0, "", 0, 1);
	taken = queue_take(&queue);
	counted = count(&taken);
	CHECK(counted.theirs && counted.theirs->mask == IN_MOVED_TO);
	if (kind == QUEUE_OF_CROWDS) {
		CHECK(counted.his == QUEUE_BOUNDS.names + 1 && counted.crowds == 1);
		CHECK(counted.crowd->key == HIS && counted.crowd->name_length == 0);
		CHECK(counted.crowd->since == 10 + QUEUE_BOUNDS.names &&
		      counted.crowd->after == counted.crowd->since - 1);
		CHECK(counted.crowd->mask ==
		      (IN_CREATE | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM));
		CHECK(counted.crowd->story == STORY_TOUCHED);
		CHECK(counted.theirs->origin == QUEUE_NOWHERE);
	} else {
		CHECK(counted.his == MANY + 2 && counted.crowds == 0);
		CHECK(counted.theirs->origin != QUEUE_NOWHERE);
	}
	bytes_free(&taken);
	/* Nothing of it is left when all has been taken. */
	make(&queue, HIS, 0, 1);
	queue_add(&queue, HIS, IN_MODIFY, 0, "#1", 2, 1);
	taken = queue_take(&queue);
	counted = count(&taken);
	CHECK(counted.all == 2 && counted.his == 2);
	bytes_free(&taken);
	queue_free(&queue);
}

/* Many directories, each with few names. */
static void check_many(void)
{
	struct queue queue;
	struct bytes taken;
	struct counted counted;

	queue_init(&queue, QUEUE_OF_CROWDS, &QUEUE_BOUNDS);
	for (uint32_t i = 0; i < DIRECTORIES * IN_EACH; i++)
		make(&queue, 10 + i % DIRECTORIES, i, 1);
	queue_add(&queue, THEIRS, IN_MODIFY, 0, "#1", 2, 1);
	taken = queue_take(&queue);
	counted = count(&taken);
	CHECK(counted.theirs && counted.crowds == DIRECTORIES);
	CHECK(counted.all <= DIRECTORIES * (QUEUE_BOUNDS.few + 1) + 1);
	bytes_free(&taken);
	queue_free(&queue);
}

/* A file without a name has no directory by which it could be found. */
static void check_unnamed(void)
{
	const struct queue_bounds bounds = {
		.slots = 4, .set = 1u << 20, .names = 1, .few = 1, .waiting = 8
	};
	struct queue queue;
	struct bytes taken;

	queue_init(&queue, QUEUE_OF_CROWDS, &bounds);
	make(&queue, HIS, 1, 1);
	queue_add(&queue, HIS, IN_MODIFY, 0, "#17", 3, 1);
	taken = queue_take(&queue);
	CHECK(count(&taken).crowd->story == (STORY_TOUCHED | STORY_UNNAMED));
	bytes_free(&taken);
	queue_free(&queue);
}

void check_crowds(void)
{
	check_one(QUEUE_OF_NAMES);
	check_one(QUEUE_OF_CROWDS);
	check_many();
	check_unnamed();
}
