/* Looks where kernel events point, and reports what is found there. */
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
