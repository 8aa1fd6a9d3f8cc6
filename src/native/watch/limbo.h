/*
 * Directories that are not at the path the table has: looked at again, or forgotten when they have
 * left the tree.
 */
#ifndef CLSYNC_LIMBO_H
#define CLSYNC_LIMBO_H

#include "watch/watch.h"

/*
 * Whether a node is at the path the table has: not yet, yes, or it has been taken out of the tree.
 */
enum revisit { REVISIT_AWAY = 0, REVISIT_THERE = 1, REVISIT_FORGET = 2 };
enum revisit watch_revisit(struct watch *watch, uint32_t id);
/*
 * Reports the directories beneath a node that is about to leave its place as gone from their
 * present paths; then the node itself, if `itself`.
 */
void report_gone(struct watch *watch, uint32_t id, bool itself);
/* Takes a node out of the tree; with WATCH_GONE reports the directories beneath it. */
void watch_detach(struct watch *watch, uint32_t id);
/* Forgets a node without children, with its watch. */
void watch_forget(struct watch *watch, uint32_t id);
/* Forgets all nodes in limbo, with their watches. */
void watch_sweep(struct watch *watch);

#endif
