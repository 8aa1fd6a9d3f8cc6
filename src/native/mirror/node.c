#include "mirror/node.h"

#include "mirror/directory.h"
#include "mirror/tree.h"

#include <stdlib.h>
#include <string.h>

struct node *node_new(struct mirror_run *run, struct node *above, const char *path, uint32_t row,
                      uint8_t flags, bool is_new)
{
	size_t length = strlen(path);
	struct node *node = grow_array(NULL, sizeof(*node) + length + 1, 1);

	node->task = (struct task){ .execute = tree_look };
	node->run = run;
	node->above = above;
	node->next = NULL;
	node->row = row;
	node->is_new = is_new;
	node->is_closed = false;
	node->flags = flags;
	atomic_init(&node->is_late, false);
	atomic_init(&node->pending, 1);
	node->length = length;
	memcpy(node->path, path, length + 1);
	return node;
}

/* Sets the attributes of a directory. `pair`: it, if it is open. */
static void finish(struct worker *worker, struct node *node, struct pair *pair)
{
	struct pair own;

	if (pair) {
		directory_finish(worker, node->run, pair, node->row);
	} else if (!node->is_closed &&
	           pair_open(worker, node->run, &own, node->path, node->length, node->row, false)) {
		directory_finish(worker, node->run, &own, node->row);
		pair_close(&own);
	}
}

static void keep_late(struct node *node)
{
	struct mirror_run *run = node->run;

	pthread_mutex_lock(&run->lock);
	*run->late_end = node;
	run->late_end = &node->next;
	pthread_mutex_unlock(&run->lock);
}

void node_done(struct worker *worker, struct node *node, struct pair *pair)
{
	while (node && atomic_fetch_sub(&node->pending, 1) == 1) {
		struct mirror_run *run = node->run;
		struct node *above = node->above;

		if (atomic_load(&node->is_late)) {
			if (above)
				atomic_store(&above->is_late, true);
			keep_late(node);
		} else {
			finish(worker, node, pair);
			free(node);
		}
		pair = NULL;
		if (!above)
			run_task_done(worker, run);
		node = above;
	}
}

void node_enter(struct node *node, const char *path, bool is_new)
{
	struct node *child = node_new(node->run, node, path, node->row, node->flags, is_new);

	atomic_fetch_add(&node->pending, 1);
	pool_put(&node->run->mirror->pool, &child->task, false);
}

void tree_finish(struct worker *worker, struct mirror_run *run)
{
	struct node *next;

	for (struct node *node = run->late; node; node = next) {
		next = node->next;
		finish(worker, node, NULL);
		free(node);
	}
	run->late = NULL;
	run->late_end = &run->late;
}
