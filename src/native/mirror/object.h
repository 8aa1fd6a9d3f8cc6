/* Makes an object that is no directory: under a temporary name, which then takes its name. */
#ifndef CLSYNC_MIRROR_OBJECT_H
#define CLSYNC_MIRROR_OBJECT_H

#include "mirror/job.h"

/*
 * True once the copy is there; what it is then in `made`, unless that is NULL. Else it was reported
 * why not, or is left to a later phase.
 */
bool object_make(struct worker *worker, struct job *job, struct stat *made);
/*
 * Gives an object its name, in place of what has it. `source`: what the source had when it was
 * made. False with the temporary name left; it was reported, or `is_changed` is true.
 */
bool object_put(struct worker *worker, struct job *job, const char *temporary,
                const struct stat *source, bool *is_changed);

#endif
