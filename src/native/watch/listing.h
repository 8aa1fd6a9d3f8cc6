/*
 * What a walk with WALK_LISTING finds in a directory, for comparison with an earlier run: rows of
 * fixed fields and a name, read by src/executor/state/rows.ts. A directory's rows come as one or
 * more FOUND_LISTING, in the place of the origin.
 */
#ifndef CLSYNC_LISTING_H
#define CLSYNC_LISTING_H

#include "watch/place.h"
#include "watch/watch.h"

#include <sys/stat.h>

enum row_kind {
	ROW_FILE = 1,
	ROW_DIRECTORY = 2,
	/* The rules refuse it, or it is a mount that is not entered. */
	ROW_REFUSED = 3,
	/* It could not be looked at, or is no longer what the directory says. */
	ROW_UNDECIDED = 4
};

/* Adds what is at a name; `status` may be NULL for the last two kinds. */
void listing_add(struct watch *watch, enum row_kind kind, const char *name, size_t length,
                 const struct stat *status);
/* Adds a file or directory that was looked at, by its status. */
void listing_add_object(struct watch *watch, const struct place *place, const struct stat *status);
/* Adds the root, which has no name. */
void listing_add_root(struct watch *watch, const struct stat *status);
/* Adds what could not be looked at, unless `error` says that nothing is there. */
void listing_add_failed(struct watch *watch, const struct place *place, int error);
/* Reports the rows so far; `detail` is DETAIL_MORE, DETAIL_FAILED or 0 at the end. */
void listing_report(struct watch *watch, const char *path, size_t length, uint8_t detail);

#endif
