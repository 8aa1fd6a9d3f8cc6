/* What the files of mirror-fuzz share. */
#ifndef CLSYNC_MIRROR_FUZZ_H
#define CLSYNC_MIRROR_FUZZ_H

#include "check.h"
#include "random.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Makes one random change beneath a directory, which may fail. `plain`: none that leaves another
 * content with a size and a time that were there before.
 */
void mirror_change(int root, bool plain);
/* A random path that mirror_change() may use. */
void pick_path(char *path, size_t size);
/* Ends the program with 1, and says what, unless both trees are equal in everything. */
void expect_equal(int source, int destination);

#endif
