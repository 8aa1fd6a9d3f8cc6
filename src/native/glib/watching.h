/* The directories that are watched by monitors of GLib; used by one thread alone. */
#ifndef CLSYNC_WATCHING_H
#define CLSYNC_WATCHING_H

#include "glib/file-monitors.h"

#include <gio/gio.h>

struct watching {
	/* The end of a pipe to which events are written. */
	int events;
	/* An inotify instance that shows whether the kernel grants another watch. */
	int trial;
	/* Of the kernel's queue of events; how many were told since the last rest. */
	uint32_t limit, told;
	/* When the last was told: microseconds of the monotonic clock. */
	gint64 last;
	/* By key, which owns them. */
	GHashTable *by_key, *by_path, *by_inode;
	directory_key last_key;
};

/* Takes over neither descriptor. */
void watching_init(struct watching *watching, int events, int trial, uint32_t limit);
/* By the thread that has added directories. */
void watching_free(struct watching *watching);
/* As gio_functions has them. */
directory_key watching_add(struct watching *watching, int directory);
void watching_remove(struct watching *watching, directory_key key);
/* Writes an event, and waits where the reader is late. */
void watching_tell(struct watching *watching, const struct gio_event *event);

#endif
