/*
 * Temporary names, in the directory of the name that they are for. Those of another mirror were
 * left behind by a process that is gone.
 */
#ifndef CLSYNC_MIRROR_TEMPORARY_H
#define CLSYNC_MIRROR_TEMPORARY_H

#include "mirror/mirror.h"

enum { TEMPORARY_SIZE = 64 };

void temporary_begin(struct mirror *mirror);
/* The next one, used nowhere else. */
void temporary_name(struct mirror *mirror, char name[TEMPORARY_SIZE]);
/* Whether a name has the form of one of another mirror. */
bool is_left_behind(const struct mirror *mirror, const char *name);

#endif
