/*
 * Files that were written to in directories which are not in the tree, or not any longer: may they
 * have been in it? Then nobody can tell which they were, and their other names are searched.
 */
#ifndef CLSYNC_DOUBT_H
#define CLSYNC_DOUBT_H

#include "watch/queue.h"
#include "watch/watch.h"

/* A file may have been written to that cannot be identified; `known`: unless it was known before.
 */
void report_unidentified(struct watch *watch, double since, double after, bool known);
/* An event says that a file was written to in a directory that is not in the tree. */
void doubt_written(struct watch *watch, const struct event *event);
/* A directory has left the tree. */
void doubt_left(struct watch *watch);
/* A record says in which directory one has been removed. */
void doubt_removed(struct watch *watch, const struct event *record);
bool doubt_is_open(const struct watch *watch);
/* Decides what can be decided by now; all of it when `last`: there are no other events. */
void doubt_decide(struct watch *watch, bool last);

#endif
