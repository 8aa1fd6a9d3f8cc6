/* A directory that is being compared, until everything in it is done. */
#ifndef CLSYNC_MIRROR_NODE_H
#define CLSYNC_MIRROR_NODE_H

#include "mirror/job.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node {
	struct task task;
	struct mirror_run *run;
	/* NULL: of the row itself. */
	struct node *above;
	/* Of the run's list of those that are finished late. */
	struct node *next;
	uint32_t row;
	/* Whether the copy has just been made; it cannot be opened, which was reported. */
	bool is_new, is_closed;
	/* Bits of enum mirror_row_flag, for all names in it. */
	uint8_t flags;
	atomic_bool is_late;
	/* Directories in it that are not done, and one for itself. */
	atomic_size_t pending;
	size_t length;
	char path[];
};

struct node *node_new(struct mirror_run *run, struct node *above, const char *path, uint32_t row,
                      uint8_t flags, bool is_new);

/* Puts the task for a directory in it. */
void node_enter(struct node *node, const char *path, bool is_new);

/*
 * One thing less to be done in a directory; finishes it, and those above, with the last. `pair`:
 * it, if it is open.
 */
void node_done(struct worker *worker, struct node *node, struct pair *pair);

#endif
