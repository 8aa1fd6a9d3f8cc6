/* Renames at the destination. */
#ifndef CLSYNC_MIRROR_RENAME_H
#define CLSYNC_MIRROR_RENAME_H

#include "mirror/mirror.h"

/*
 * As renameat2(2). To go to another directory, a directory has to be one that may be written, as
 * its ".." changes: if it is this user's, it is for the moment.
 */
int rename_to(const struct mirror *mirror, int from, const char *name, int to, const char *as,
              unsigned flags);

#endif
