/* The content of regular files. */
#ifndef CLSYNC_MIRROR_CONTENT_H
#define CLSYNC_MIRROR_CONTENT_H

#include "mirror/job.h"

enum copied { COPIED_FAILED, COPIED_STOPPED, COPIED_ALL };

/*
 * Copies what `source` says the file has to `to`, an empty file. `old`: the copy so far, or -1. A
 * failure was reported. The file may change meanwhile.
 */
enum copied content_copy(struct worker *worker, const struct job *job, int from, int to,
                         const struct stat *source, int old);

/*
 * COMPARED_FAILED: it was reported why. COMPARED_ANOTHER: the source's object is of another type by
 * now, or no longer there.
 */
enum compared { COMPARED_FAILED, COMPARED_ANOTHER, COMPARED_EQUAL, COMPARED_DIFFERENT };
/*
 * Compares two files of the same size by name; a failure was reported. What is no longer `copy` is
 * different.
 */
enum compared content_compare(struct worker *worker, const struct job *job, off_t size,
                              const struct stat *copy);
/* Whether a file has holes worth keeping. */
bool has_holes(const struct mirror *mirror, const struct stat *status);

#endif
