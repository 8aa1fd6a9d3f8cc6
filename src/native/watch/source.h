/*
 * Where events come from. What is above a source knows directories by its keys, and events by the
 * bits of inotify(7); how the kernel reports them is known to the source alone.
 *
 * Another source is one file source-NAME.c, its line in source.c, and its row in
 * src/shared/monitors.ts, which says what the watcher must be granted for it.
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
 * Everything but `parse` is called by one thread; `parse` by the thread that reads, under the lock
 * of its queue. State that both need is locked by the source.
 */
struct source_type {
	const char *name;
	/*
	 * Sets `fd`. Takes over `granted`, a descriptor from the master, or -1 for a source that
	 * needs none. 0 or an errno value.
	 */
	int (*open)(struct source *source, int granted);
	/*
	 * Watches the directory itself, not what is beneath it; its descriptor stays the caller's.
	 * The key, or KEY_NONE with errno (ENOSPC: no more directories may be watched).
	 */
	directory_key (*add)(struct source *source, int directory);
	/* No events of that directory any more; what the kernel has queued may still come. */
	void (*remove)(struct source *source, directory_key key);
	/*
	 * Gives `queue` the events in what one read(2) of `fd` gave. `now`: CLOCK_MONOTONIC
	 * milliseconds. What is malformed is dropped.
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
