/*
 * What the watcher asks the process that resolves file handles, and what that answers: one message
 * each, over a socketpair that keeps them apart.
 */
#ifndef CLSYNC_WHEREABOUTS_H
#define CLSYNC_WHEREABOUTS_H

#include <limits.h>
#include <stdint.h>

/* Where is the directory with this file handle? Only its own bytes of `handle` are sent. */
struct whereabouts_question {
	int32_t type;
	uint8_t handle[128];
};

enum whereabouts {
	/* Beneath the watch directory, or that itself: the path follows, relative to it. */
	WHERE_BENEATH = 1,
	WHERE_OUTSIDE = 2,
	/* It has been removed. */
	WHERE_GONE = 3,
	/* Beneath a path that is longer than PATH_MAX, or outside. */
	WHERE_TOO_LONG = 4,
	/* It cannot be told. */
	WHERE_UNKNOWN = 5,
	/* Not an answer: nobody answers any longer. */
	WHERE_NOBODY = 6,
};

struct whereabouts_answer {
	uint32_t where;
	/* Not ended by NUL. */
	char path[PATH_MAX];
};

#endif
