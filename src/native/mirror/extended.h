/* Extended attributes and ACLs, as far as they are mirrored. */
#ifndef CLSYNC_MIRROR_EXTENDED_H
#define CLSYNC_MIRROR_EXTENDED_H

#include "mirror/job.h"
#include "mirror/place.h"

/* Whether those of the two objects differ; what cannot be read is as if it were not there. */
bool extended_differ(struct worker *worker, const struct job *job, const struct place *from,
                     const struct place *to);
/*
 * Makes them equal; true if anything was changed. `is_new`: the object has none yet. Failures are
 * reported, unless another object has come in the place of the source.
 */
bool extended_make(struct worker *worker, const struct job *job, const struct place *from,
                   const struct stat *source, const struct place *to, bool is_new);

#endif
