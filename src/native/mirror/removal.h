/* Removes what the source no longer has. No mount is entered, and what is protected stays. */
#ifndef CLSYNC_MIRROR_REMOVAL_H
#define CLSYNC_MIRROR_REMOVAL_H

#include "mirror/job.h"

/* Removes a name that the source does not have, with everything beneath; a job of its phase. */
void removal_make(struct worker *worker, struct job *job);
/* Removes everything there, whatever the source has. `path`: for what is reported. */
void removal_of_all(struct worker *worker, struct job *job, int directory, const char *name,
                    const char *path);
/*
 * Removes an empty directory that the source does not have: what had kept it from being removed
 * with all that was in it, a failure say, has gone.
 */
void removal_of_left(struct worker *worker, struct mirror_run *run, const char *path, uint32_t row);
/* Whether a directory cannot be removed as a whole: something in it is protected or a mount. */
bool removal_is_barred(struct worker *worker, struct job *job, int directory, const char *name,
                       const char *path);

#endif
