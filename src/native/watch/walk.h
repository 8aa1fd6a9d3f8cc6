/*
 * Walks: every directory is watched before it is listed. A walk is made in steps, so that events
 * can be looked at in between.
 */
#ifndef CLSYNC_WALK_H
#define CLSYNC_WALK_H

#include "watch/watch.h"

/* `since`: see `struct walk`. */
void walk_begin(struct watch *watch, uint32_t node, uint32_t options, double since);
/* Goes on for about `budget` directory entries; false when no walk is going on. */
bool walk_step(struct watch *watch, uint32_t budget);

#endif
