/* Lists of names, done in batches by several threads. */
#ifndef CLSYNC_MIRROR_BATCHES_H
#define CLSYNC_MIRROR_BATCHES_H

#include "mirror/job.h"

/* What is done with each; `pair` is the directory of the name, open. */
typedef void (*each_name)(struct worker *worker, struct job *job);

/*
 * Puts tasks that do something with each name. `options`: bits of enum job_option. With `make`,
 * directories that the destination lacks are made.
 */
void names_start(struct mirror_run *run, const struct names *names, each_name each, uint8_t options,
                 bool make);

#endif
