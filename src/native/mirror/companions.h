/* Names that have to be in the next run together with one that changed during this one. */
#ifndef CLSYNC_MIRROR_COMPANIONS_H
#define CLSYNC_MIRROR_COMPANIONS_H

#include "mirror/run.h"

/*
 * Reports, for each name that is reported as changed, a name of the copy of its inode as well:
 * alone it would become an object of its own, which nothing ties to the others any more.
 */
void companions_find(struct mirror_run *run);

#endif
