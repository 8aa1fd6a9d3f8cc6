/*
 * Compares a directory that has no watch with what it was: instead of its entries, it gives a
 * digest of them.
 */
#ifndef CLSYNC_POLL_H
#define CLSYNC_POLL_H

#include "watch/watch.h"

/*
 * Begins to look at the directory of a node, and first tries to watch it if `may_watch`. Anything
 * before that changed is then in the digest, and anything after is an event.
 */
void poll_begin(struct watch *watch, uint32_t id, bool may_watch);
/*
 * Goes on for about `budget` entries. False when done: the last finding is FOUND_POLLED. A
 * directory that is not at the path the table has is done at once.
 */
bool poll_step(struct watch *watch, uint32_t budget);
/*
 * Looks at a name as watch_look does, unless a directory is there that cannot be opened, as it
 * could not before.
 */
void poll_closed(struct watch *watch, uint32_t parent, const char *name, double since);

#endif
