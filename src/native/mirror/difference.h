/* Reports in what a copy differs, in a run that only compares. */
#ifndef CLSYNC_MIRROR_DIFFERENCE_H
#define CLSYNC_MIRROR_DIFFERENCE_H

#include "mirror/job.h"

/* `copy`: NULL if there is none. */
void difference_of_object(struct worker *worker, struct job *job, const struct stat *source,
                          const struct stat *copy);
/* Whether there is a directory in the copy, too. Attributes are left to directory_finish(). */
bool difference_of_directory(struct job *job, const struct stat *source, const struct stat *copy);

#endif
