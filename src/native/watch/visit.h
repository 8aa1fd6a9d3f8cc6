/* What a walk does with each object it finds: it watches and enters directories, and reports. */
#ifndef CLSYNC_VISIT_H
#define CLSYNC_VISIT_H

#include "watch/watch.h"

#include <dirent.h>

/*
 * Visits the object of one entry of the directory being listed. The first `length` bytes of `path`
 * (PATH_MAX bytes) are that directory's path.
 */
void visit(struct watch *watch, const struct dirent64 *entry, char *path, size_t length);
/* Reports the root, which is in no listing, before all other objects. */
void visit_root(struct watch *watch);

#endif
