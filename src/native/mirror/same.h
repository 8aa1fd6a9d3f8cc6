/* Whether two objects of one type that are no directories have the same content. */
#ifndef CLSYNC_MIRROR_SAME_H
#define CLSYNC_MIRROR_SAME_H

#include "mirror/content.h"

/*
 * Looks into files only if their status, or the run's options, leave a doubt. A failure was
 * reported.
 */
enum compared compare_contents(struct worker *worker, const struct job *job,
                               const struct stat *source, const struct stat *copy);

#endif
