/* Kernel events: each says where to look, and what is found there is reported. */
#ifndef CLSYNC_LOOK_H
#define CLSYNC_LOOK_H

#include "watch/watch.h"

/* Looks at up to `budget` events; false when there are no more. */
bool watch_events(struct watch *watch, uint32_t budget);

/*
 * Looks at a name as if a directory had been made there at `since` (CLOCK_MONOTONIC milliseconds).
 */
void watch_look(struct watch *watch, uint32_t parent, const char *name, double since);

#endif
