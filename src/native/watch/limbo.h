/*
 * Directories that are not where the table says: looked for again, or forgotten when they have left
 * the tree.
 */
#ifndef CLSYNC_LIMBO_H
#define CLSYNC_LIMBO_H

#include "watch/watch.h"

/* Whether the table is right about where a node is now. */
enum revisit { REVISIT_AWAY = 0, REVISIT_THERE = 1, REVISIT_FORGET = 2 };
enum revisit watch_revisit(struct watch *watch, uint32_t id);
/*
 * Reports as gone, from their paths of now, the directories beneath a node that is about to leave
 * its place, then itself if asked for.
 */
void report_gone(struct watch *watch, uint32_t id, bool itself);
/* Takes a node out of the tree; with WATCH_GONE what is beneath it is reported. */
void watch_detach(struct watch *watch, uint32_t id);
/* Forgets all that is in limbo, with its watches. */
void watch_sweep(struct watch *watch);

#endif
