/* The directories that are still to be compared. */
#ifndef CLSYNC_COMPARE_PAIRS_H
#define CLSYNC_COMPARE_PAIRS_H

#include "compare/comparison.h"

/* Adds a directory to be compared. `path`: relative to the roots. `extent`: bits of enum extent. */
void compare_add(struct comparison *comparison, const char *path, size_t length, uint32_t extent);

#endif
