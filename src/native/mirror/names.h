/* Lists of names, done in batches by several threads. */
#ifndef CLSYNC_MIRROR_NAMES_H
#define CLSYNC_MIRROR_NAMES_H

#include "mirror/job.h"

/* What is done with each; `pair` is the directory of the name, open. */
typedef void (*each_name)(struct worker *worker, struct job *job);

/* Appends a name; the list gets a copy of the path. */
void names_add(struct names *names, struct named named, const char *path);
/* Sorts names of one inode together. */
void names_sort(struct names *names);
/*
 * Puts tasks that do something with each name. `options`: bits of enum job_option. With `make`,
 * directories that the destination lacks are made.
 */
void names_start(struct mirror_run *run, const struct names *names, each_name each, uint8_t options,
                 bool make);
void names_free(struct names *names);

#endif
