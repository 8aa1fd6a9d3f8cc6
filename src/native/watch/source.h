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

#include "common/whereabouts.h"

#include <stdbool.h>
#include <stddef.h>

struct event;
struct queue;
struct source_type;

enum { SOURCE_FDS = 2 };

/* What of a directory is to be told: what is in it as well, or only changes of its attributes. */
enum source_interest { INTEREST_ALL, INTEREST_ITSELF };

/* Descriptors from the launcher; -1: there is none. */
struct granted {
	int events;
	/* A socket to the process that knows where directories are (common/whereabouts.h). */
	int resolver;
};

struct source {
	const struct source_type *type;
	/*
	 * Readable when there are events, never block; -1: there is none. Owned by the source,
	 * closed by source_close.
	 */
	int fds[SOURCE_FDS];
	/* Of the type. Owned. */
	void *state;
	/* Set by `parse`: what had happened when the mark was asked for has been told. */
	bool marked;
	/*
	 * It tells events of directories that were not added, too, unless they are ignored: the
	 * first of each in the queue comes after a record with its handle, for `where`.
	 */
	bool lazy;
};

/*
 * `parse` is called by the thread that reads, under the lock of its queue; all other functions by
 * one other thread. The source must lock state that both need.
 */
struct source_type {
	const char *name;
	/* What happened to a name may be told at once, and then not which of it came last. */
	bool merges;
	/* It does not always know whether a name is that of a directory. */
	bool guesses;
	/*
	 * Sets `fds`, `state` and `lazy`; when it fails, what is set is closed by `close`. Takes
	 * over what is granted. `root`, the watch directory, stays the caller's. Returns 0 or an
	 * errno value.
	 */
	int (*open)(struct source *source, struct granted granted, int root);
	void (*close)(struct source *source);
	/*
	 * Watches the directory itself, not those beneath it. The descriptor stays owned by the
	 * caller; `device`: its st_dev. Returns the key, or KEY_NONE with errno (ENOSPC: no more
	 * directories may be watched). With INTEREST_ITSELF, KEY_NONE: whoever watches the
	 * directory above hears it, too.
	 */
	directory_key (*add)(struct source *source, int directory, uint64_t device,
	                     enum source_interest interest);
	/* Ends the events of a directory; those already queued may still come. */
	void (*remove)(struct source *source, directory_key key);
	/*
	 * Of a lazy source; all others leave them out. `where` asks where the directory of a record
	 * with a handle is. Events of what is ignored are dropped, until all is told again.
	 * `complete`: all directories have been added, or are about to be: it is no longer lazy.
	 * `retire` forgets that a directory was added, so that its events come with its handle
	 * again, and says whether it can; `restore`: as if it had not.
	 */
	enum whereabouts (*where)(struct source *source, const struct event *handle,
	                          char path[PATH_MAX]);
	void (*ignore)(struct source *source, directory_key key);
	bool (*ignores)(struct source *source, directory_key key);
	void (*tell_again)(struct source *source);
	void (*complete)(struct source *source);
	bool (*retire)(struct source *source, directory_key key);
	void (*restore)(struct source *source, directory_key key);
	/*
	 * Adds the events in the result of one read(2) of `fds[from]` to `queue`. `now`:
	 * CLOCK_MONOTONIC milliseconds. Drops malformed events.
	 */
	void (*parse)(struct source *source, size_t from, const uint8_t *bytes, size_t length,
	              struct queue *queue, double now);
	/*
	 * Of a source that keeps events to itself: has a mark put behind those there are by now.
	 * NULL: an event is in `fds` as soon as it has happened.
	 */
	void (*mark)(struct source *source);
};

extern const struct source_type SOURCE_INOTIFY;
extern const struct source_type SOURCE_FANOTIFY;
extern const struct source_type SOURCE_GIO;

/* The type of that name, or NULL. */
const struct source_type *source_named(const char *name);

/* Takes `granted` over, also when it fails: 0 or an errno value. */
int source_open(struct source *source, const struct source_type *type, struct granted granted,
                int root);
void source_close(struct source *source);
/* Whether the kernel holds no event. */
bool source_is_idle(const struct source *source);

#endif
