/*
 * How many names of each directory wait in a queue. Beyond a number of them, further names are a
 * crowd: one record stands for all, and has the directory looked at as a whole.
 */
#ifndef CLSYNC_CROWD_H
#define CLSYNC_CROWD_H

#include "watch/key.h"

#include <stddef.h>
#include <stdint.h>

struct event;

struct crowd {
	directory_key key;
	/* Names with a record of their own. */
	uint32_t names;
	/* Offset of the crowd's record; QUEUE_NOWHERE: there is none yet. */
	uint32_t record;
};

struct crowds {
	struct crowd *slots;
	size_t size, used;
};

void crowds_init(struct crowds *crowds);
void crowds_free(struct crowds *crowds);
void crowds_clear(struct crowds *crowds);
/* The entry of a directory, valid until the next call. */
struct crowd *crowds_find(struct crowds *crowds, directory_key key);
/*
 * Adds an event to a crowd's record. Who looks at the directory finds what was changed in it; but
 * not what has changed in a directory by being moved to the place of another: only that is told.
 */
void crowd_note(struct event *record, uint32_t mask, const char *name);

#endif
