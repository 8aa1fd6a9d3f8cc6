/*
 * Enters directories in the table when they are needed, where the source tells of all directories
 * of a file system: with those above them, as a walk would have found them.
 */
#ifndef CLSYNC_ENTRY_WAY_H
#define CLSYNC_ENTRY_WAY_H

#include "watch/queue.h"
#include "watch/watch.h"

/*
 * Enters the directory whose handle this is, unless it does not concern the watch, which the source
 * is told then. When it cannot be told where it is, the directory nearest to it is displaced, and
 * so will be walked.
 */
void enter_handle(struct watch *watch, const struct event *handle);
/*
 * Enters the directory at a path and returns its node; NODE_NONE: there is none that is watched.
 */
uint32_t enter_path(struct watch *watch, const char *path, size_t length);

#endif
