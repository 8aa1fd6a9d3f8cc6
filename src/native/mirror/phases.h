/*
 * The order in which a run is done. Its parts are done by tasks, phase after phase; a phase begins
 * when all tasks of the one before are done. Names that cannot be made equal yet wait for a later
 * phase.
 */
#ifndef CLSYNC_MIRROR_PHASES_H
#define CLSYNC_MIRROR_PHASES_H

#include "mirror/run.h"

/* The caller has filled in rows, protection, options and `ended`. */
void phases_start(struct mirror_run *run);

#endif
