/* Directories of the destination. */
#ifndef CLSYNC_MIRROR_DIRECTORY_H
#define CLSYNC_MIRROR_DIRECTORY_H

#include "mirror/job.h"

enum made_directory { DIRECTORY_NONE, DIRECTORY_THERE, DIRECTORY_NEW };

/*
 * Makes the directory of a job, mode 0700, in place of whatever else has its name. DIRECTORY_NONE:
 * it was reported why not.
 */
enum made_directory directory_make(struct worker *worker, struct job *job);
/* Makes a directory that the source has, and those above; false: reported, or the source has none.
 */
bool directory_ensure(struct worker *worker, struct mirror_run *run, const char *path,
                      uint32_t row);
/* Its attributes, and those of all above it, are set at the end of the run. */
void directory_note(struct mirror_run *run, const char *path, uint32_t row);
/* Makes the attributes equal, or reports that they differ. */
void directory_finish(struct worker *worker, struct mirror_run *run, struct pair *pair,
                      uint32_t row);
/* Removes temporary names that were left in the directory of a job. */
void directory_sweep(struct worker *worker, struct job *job);

#endif
