/* Goes through a directory that is to be removed, the names in it before itself. */
#ifndef CLSYNC_MIRROR_REMOVAL_WALK_H
#define CLSYNC_MIRROR_REMOVAL_WALK_H

#include "mirror/job.h"

enum removal_way {
	/* Removes nothing. */
	WALK_SCAN,
	/* Removes all but what is protected, as long as the source does not have the job's name. */
	WALK_GONE,
	/* The same, but keeps each object that is no directory in the backup. */
	WALK_BACKUP,
	/* Removes everything. */
	WALK_ALL,
};

/*
 * `path`: of the directory, for what is protected and reported. Returns whether everything was
 * removed, or could be.
 */
bool removal_walk(struct worker *worker, struct job *job, enum removal_way way, int directory,
                  const char *name, const char *path);

#endif
