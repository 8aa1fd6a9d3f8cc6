/* Makes one name of the destination equal to the source's. */
#ifndef CLSYNC_MIRROR_NAME_H
#define CLSYNC_MIRROR_NAME_H

#include "mirror/job.h"

/* Of a directory only itself: its attributes are set at the end of the run. */
void name_make_equal(struct worker *worker, struct job *job);
/* The same once more, because it is something else by now. */
void name_restart(struct worker *worker, struct job *job);
/* For a name of an inode that has several names, see enum job_option. */
void name_tie(struct worker *worker, struct job *job);

#endif
