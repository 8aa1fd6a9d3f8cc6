/*
 * Finds directories: opens them by descriptor, watches them, and recognises those that have been
 * moved.
 */
#ifndef CLSYNC_DIRECTORY_H
#define CLSYNC_DIRECTORY_H

#include "watch/place.h"
#include "watch/watch.h"

#include <sys/stat.h>

enum directory_state {
	/* Not a directory that can be entered. */
	DIRECTORY_NONE,
	DIRECTORY_KNOWN,
	DIRECTORY_NEW,
	DIRECTORY_MOVED,
	/* Cannot be decided before the table has caught up with the kernel. */
	DIRECTORY_UNDECIDED,
};

struct directory {
	uint32_t node;
	uint8_t actions;
	bool mount_point;
	/* A mount that may not be entered stands there; nothing else is known. */
	bool foreign;
	struct stat status;
	/* Open for listing, or -1. Owned by the calle */
	int fd;
};

/*
 * Looks at the directory at a place: opens and watches it, and enters it in the table, as the rules
 * say.
 */
enum directory_state find_directory(struct watch *watch, const struct place *place,
                                    bool ignore_rules, struct directory *directory);

#endif
