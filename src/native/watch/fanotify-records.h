/* What fanotify(7) writes: events with the handles of directories, and names. */
#ifndef CLSYNC_FANOTIFY_RECORDS_H
#define CLSYNC_FANOTIFY_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A directory, and a name in it; or an inode. Points into what was read. */
struct record {
	/* NULL: the event has no such record. */
	const uint8_t *handle;
	size_t handle_length;
	int type;
	/* The name is `.`: the event is about the directory itself. */
	bool is_itself;
	const char *name;
	size_t name_length;
};

struct notice {
	/* Bits of FAN_* in fanotify(7) below 32. */
	uint32_t mask;
	/* Of a rename: before and after. Of other events only `from`. */
	struct record from, to;
	/* The inode that the name means. */
	struct record target;
};

/*
 * Takes the next event off the bytes; false when there is none, or what follows is no event. A
 * record that is malformed is left out.
 */
bool records_next(const uint8_t **bytes, size_t *length, struct notice *notice);

#endif
