#include "watch/limbo.h"

#include "watch/node.h"
#include "watch/report.h"

enum revisit watch_revisit(struct watch *watch, uint32_t id)
{
	if (!tree_node(&watch->tree, id) || !tree_is_attached(&watch->tree, id))
		return REVISIT_FORGET;
	return node_is_there(watch, id) ? REVISIT_THERE : REVISIT_AWAY;
}

static uint32_t deepest(const struct tree *tree, uint32_t id)
{
	while (tree_node(tree, id)->child != NODE_NONE)
		id = tree_node(tree, id)->child;
	return id;
}

void report_gone(struct watch *watch, uint32_t top, bool itself)
{
	char path[PATH_MAX];

	for (uint32_t id = deepest(&watch->tree, top);;) {
		const struct node *node = tree_node(&watch->tree, id);
		long length = id == top && !itself
		                      ? -1
		                      : tree_path(&watch->tree, id, path, sizeof(path));

		if (length >= 0 && rules_allowed(&watch->rules, ACTION_SYNC, path))
			report(watch, FOUND_GONE, path, (size_t)length);
		if (id == top)
			return;
		id = node->next != NODE_NONE ? deepest(&watch->tree, node->next) : node->parent;
	}
}

void watch_detach(struct watch *watch, uint32_t id)
{
	if (watch->options & WATCH_GONE)
		report_gone(watch, id, false);
	tree_detach(&watch->tree, id);
}

void watch_forget(struct watch *watch, uint32_t id)
{
	change_key(watch, id, KEY_NONE);
	tree_remove(&watch->tree, id);
	report(watch, FOUND_FORGOTTEN, "", 0)->target = id;
}

static void forget_beneath(struct watch *watch, uint32_t top)
{
	uint32_t id = top;

	for (;;) {
		const struct node *node = tree_node(&watch->tree, id);
		uint32_t up = node->parent;

		if (node->child != NODE_NONE) {
			id = node->child;
			continue;
		}
		watch_forget(watch, id);
		if (id == top)
			return;
		id = up;
	}
}

void watch_sweep(struct watch *watch)
{
	struct tree *tree = &watch->tree;
	size_t count = tree->limbo_count;

	tree->limbo_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct node *node = tree_node(tree, tree->limbo[i]);

		if (!node)
			continue;
		node->flags &= (uint8_t)~NODE_LISTED;
		if (node->flags & NODE_LIMBO)
			forget_beneath(watch, tree->limbo[i]);
	}
}
