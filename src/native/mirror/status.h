/* What the status of an object and of its copy say. */
#ifndef CLSYNC_MIRROR_STATUS_H
#define CLSYNC_MIRROR_STATUS_H

#include "mirror/mirror.h"

#include <sys/stat.h>

bool is_same_object(const struct stat *one, const struct stat *other);
/* Whether it is the same object in the same state: two looks at the source. */
bool is_unchanged(const struct stat *one, const struct stat *other);
/* Whether a copy was last changed after its source was, so that it is as the source was then. */
bool is_copy_later(const struct mirror *mirror, const struct stat *source, const struct stat *copy);
/*
 * Whether a directory was moved here since its copy was made: the names in it were not, and their
 * change times say nothing.
 */
bool is_moved_here(const struct mirror *mirror, const struct stat *source, const struct stat *copy);
/* Whether two times of modification count as equal. */
bool times_equal(const struct mirror *mirror, struct timespec one, struct timespec other);

#endif
