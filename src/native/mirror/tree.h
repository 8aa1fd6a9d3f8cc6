/* A directory of the source against its copy, with everything beneath. */
#ifndef CLSYNC_MIRROR_TREE_H
#define CLSYNC_MIRROR_TREE_H

#include "mirror/job.h"

/* Puts the task for a directory; the run awaits it. */
void tree_start(struct mirror_run *run, const char *path, uint32_t row);
/* The task of a node. */
void tree_look(struct worker *worker, struct task *task);
/* Sets the attributes of the directories that had to wait for a later phase. */
void tree_finish(struct worker *worker, struct mirror_run *run);

#endif
