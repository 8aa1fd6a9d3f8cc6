/*
 * Where events come from. Users of a source know directories by its keys, and events by the bits of
 * inotify(7). Only the source knows how the kernel reports them.
 *
 * Another source is one file source-NAME.c, its line in source.c, and its row in
 * src/shared/monitors.ts, which says what the watcher needs for it.
 */
#ifndef CLSYNC_SOURCE_H
#define CLSYNC_SOURCE_H

#include "watch/key.h"

#include <stdbool.h>
#include <stddef.h>

struct queue;
struct source_type;

struct source {
	const struct source_type *type;
	/*
	 * Readable when there are events, never blocks; -1 when the source is not open. Owned by
	 * the source: closed by source_close.
	 */
	int fd;
};

/*
 * `parse` is called by the thread that reads, under the lock of its queue; all other functions by
 * one other thread. The source must lock state that both need.
 */
struct source_type {
	const char *name;
	/*
	 * Sets `fd`. Takes over `granted`, a descriptor from the master, or -1 for a source that
	 * needs none. Returns 0 or an errno value.
	 */
	int (*open)(struct source *source, int granted);
	/*
	 * Watches the directory itself, not those beneath it. The descriptor stays owned by the
	 * caller. Returns the key, or KEY_NONE with errno (ENOSPC: no more directories may be
	 * watched).
	 */
	directory_key (*add)(struct source *source, int directory);
	/* Ends the events of a directory; those already queued may still come. */
	void (*remove)(struct source *source, directory_key key);
	/*
	 * Adds the events in the result of one read(2) of `fd` to `queue`. `now`: CLOCK_MONOTONIC
	 * milliseconds. Drops malformed events.
	 */
	void (*parse)(struct source *source, const uint8_t *bytes, size_t length,
	              struct queue *queue, double now);
	/* Whether the kernel holds no event. */
	bool (*idle)(const struct source *source);
};

extern const struct source_type SOURCE_INOTIFY;

/* The type of that name, or NULL. */
const struct source_type *source_named(const char *name);

/* Takes `granted` over, also when it fails: 0 or an errno value. */
int source_open(struct source *source, const struct source_type *type, int granted);
void source_close(struct source *source);

#endif
