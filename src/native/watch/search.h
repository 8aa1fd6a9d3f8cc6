/*
 * Searches for all names of some inodes, or for files changed lately, by listing every directory of
 * the tree.
 *
 * One that is moved meanwhile to where the search has been already is walked, as an event says so.
 */
#ifndef CLSYNC_SEARCH_H
#define CLSYNC_SEARCH_H

#include "watch/watch.h"

/* Begins a search; what it finds are findings of kind FOUND_LINK. */
void search_begin(struct watch *watch, const uint64_t *inodes, size_t count, double since);
/* Looks at one name: a finding if something other than a directory stands there. */
void search_name(struct watch *watch, uint32_t id, const char *name);
/* Lists one directory; returns how many entries it has. */
uint32_t search_in(struct watch *watch, uint32_t id);
/* Goes on for about `budget` entries; false when all directories have been listed. */
bool search_step(struct watch *watch, uint32_t budget);

#endif
