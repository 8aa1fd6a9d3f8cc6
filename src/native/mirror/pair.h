/* A directory of the source and its copy. */
#ifndef CLSYNC_MIRROR_PAIR_H
#define CLSYNC_MIRROR_PAIR_H

#include "mirror/run.h"

#include <limits.h>
#include <sys/stat.h>

struct pair {
	/* One that is a name too long cannot be opened, but is named. */
	char path[PATH_MAX + NAME_MAX + 2];
	size_t length;
	/* -1: there is no such directory. */
	int source, destination;
	/* Something in it waits for a later phase. */
	atomic_bool is_late;
	/* New objects in the copy may inherit an ACL. */
	bool inherits;
	/* Of what is open. */
	struct stat source_status, status;
	/* The copy's directory, for the locks of names. */
	uint64_t identity;
};

/* A directory's part in the choice of its names' locks. */
uint64_t directory_identity(const struct mirror *mirror, const struct stat *status);
/*
 * Opens both; with `make`, names in the copy may be changed, and it and all above it are made
 * if the source has them. False if one
 * of them cannot be looked at: it was reported, and nothing must be changed then.
 */
bool pair_open(struct worker *worker, struct mirror_run *run, struct pair *pair, const char *path,
               size_t length, uint32_t row, bool make);
void pair_close(struct pair *pair);
/* Lets its owner change names in the copy, if he had closed it to himself; whether he had. */
bool pair_open_up(const struct mirror *mirror, const struct pair *pair);
/*
 * The directory of a path, and in `name` the last part of the path. NULL: the copy has none, or it
 * was reported.
 */
struct pair *pair_above(struct worker *worker, struct mirror_run *run, const char *path,
                        uint32_t row, bool make, const char **name);
/* Closes and frees what pair_above() returned. */
void pair_free(struct pair *pair);

#endif
