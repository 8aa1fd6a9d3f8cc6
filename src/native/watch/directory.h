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
	/* It is watched, and there is no directory in it: nothing to be walked. */
	bool leaf;
	struct stat status;
	/* Open for listing (a leaf, or FIND_PLACE: with O_PATH), or -1. Owned by the caller. */
	int fd;
};

enum find_option {
	FIND_IGNORE_RULES = 1,
	/* Only directories are of interest: what has none in it need not be listed. */
	FIND_LEAVES = 2,
	/*
	 * Nothing is to be listed: it is opened with O_PATH. What is mounted is left as it is, and
	 * counts as a mount point.
	 */
	FIND_PLACE = 4,
};

/*
 * Looks at the directory at a place: opens and watches it, and enters it in the table, as the rules
 * say. `options`: bits of find_option.
 */
enum directory_state find_directory(struct watch *watch, const struct place *place,
                                    unsigned options, struct directory *directory);

#endif
