/* Renames at the destination. */
#ifndef CLSYNC_MIRROR_MOVE_H
#define CLSYNC_MIRROR_MOVE_H

#include "mirror/run.h"

/*
 * Renames a row's origin to its path. Whatever prevents it is no failure: what stands there is
 * compared afterwards. Names that this leaves in doubt are added to the run's.
 */
void move_make(struct worker *worker, struct mirror_run *run, uint32_t row);

#endif
