/* Whether two objects of one type that are no directories have the same content. */
#ifndef CLSYNC_MIRROR_SAME_H
#define CLSYNC_MIRROR_SAME_H

#include "mirror/content.h"

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
/*
 * Looks into files only if their status, or the run's options, leave a doubt. A failure was
 * reported.
 */
enum compared compare_contents(struct worker *worker, const struct job *job,
                               const struct stat *source, const struct stat *copy);

#endif
