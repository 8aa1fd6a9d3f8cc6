/* What a walk does with each object it comes by: watches and enters directories, and reports. */
#ifndef CLSYNC_VISIT_H
#define CLSYNC_VISIT_H

#include "watch/watch.h"

#include <dirent.h>

/*
 * Visits what an entry of the directory being listed names; `path` (PATH_MAX bytes) begins with
 * that directory's `length` bytes.
 */
void visit(struct watch *watch, const struct dirent64 *entry, char *path, size_t length);
/* Reports the root, which no listing holds: it comes first of all objects. */
void visit_root(struct watch *watch);

#endif
