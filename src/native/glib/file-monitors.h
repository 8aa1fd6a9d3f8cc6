/*
 * GLib's file monitors behind four functions. They are a shared object of their own, so that a
 * daemon that does not use them neither loads nor needs GLib.
 */
#ifndef CLSYNC_FILE_MONITORS_H
#define CLSYNC_FILE_MONITORS_H

#include "watch/key.h"

#include <limits.h>
#include <stdint.h>

/* What happened: a packet of the pipe, without what of `name` is not used. */
struct gio_event {
	directory_key key;
	/* Bits and cookie of inotify(7); IN_Q_OVERFLOW: events may be lost. */
	uint32_t mask, cookie;
	uint32_t length;
	char name[NAME_MAX];
};

struct gio;

struct gio_functions {
	/*
	 * Starts the thread that runs the monitors, and has GLib load whatever it loads. `events`:
	 * becomes the descriptor, owned by the caller, from which each read(2) takes one gio_event.
	 * `limit`: of the kernel's queue. NULL with errno.
	 */
	struct gio *(*open)(int *events, uint32_t limit);
	/* Ends the thread. The reading end may be closed before. */
	void (*close)(struct gio *gio);
	/*
	 * Monitors the open directory at the path that it has now. The same key if that is
	 * monitored already; a directory that is replaced or moved gets another. KEY_NONE with
	 * errno.
	 */
	directory_key (*add)(struct gio *gio, int directory);
	void (*remove)(struct gio *gio, directory_key key);
	/*
	 * Has an event without bits written when all that has happened by now has been told, as far
	 * as one can know: GLib keeps events for a moment.
	 */
	void (*mark)(struct gio *gio);
};

/* The name of the only symbol of the shared object: a struct gio_functions. */
#define GIO_FUNCTIONS "clsync_gio"

#endif
