#include "watch/unused.h"

#include "watch/doubt.h"
#include "watch/limbo.h"

#include <string.h>

/* Nodes of one step: looked at, and retired. */
#define LOOKED_MOST 16384u
#define RETIRED_MOST 4096u

static void restore(struct watch *watch, struct node *node)
{
	node->flags &= (uint8_t)~NODE_RETIRED;
	if (watch->source.lazy && key_is_watched(node->key))
		watch->source.type->restore(&watch->source, node->key);
}

void unused_not(struct watch *watch, uint32_t id)
{
	struct node *node = tree_node(&watch->tree, id);

	node->flags |= NODE_NEEDED;
	watch->unused.passed = 0;
	if (node->flags & NODE_RETIRED)
		restore(watch, node);
}

/* Whether the table knows no more of a directory than where it is. */
static bool is_plain(const struct watch *watch, uint32_t id)
{
	const struct tree *tree = &watch->tree;
	const struct node *node = tree_node(tree, id);

	return node && id != NODE_ROOT && node->child == NODE_NONE && key_is_watched(node->key) &&
	       tree_is_attached(tree, id) && tree_by_key(tree, node->key) == id &&
	       tree_next_by_key(tree, id) == NODE_NONE;
}

/* Whether a walk, a comparison or a doubt may need any of them. */
static bool is_busy(const struct watch *watch)
{
	return !watch->source.lazy || watch->walk.active || watch->poll.fd >= 0 ||
	       watch->events.length > 0 || doubt_is_open(watch);
}

/* Looks at one node; returns whether something was done. */
static bool pass(struct watch *watch, uint32_t id)
{
	struct node *node = tree_node(&watch->tree, id);

	if (!is_plain(watch, id))
		return false;
	if (node->flags & NODE_NEEDED) {
		node->flags &= (uint8_t)~NODE_NEEDED;
		return true;
	}
	if (!watch->source.type->retire(&watch->source, node->key))
		return false;
	node->flags |= NODE_RETIRED;
	memcpy(bytes_extend(&watch->unused.retired, sizeof(id)), &id, sizeof(id));
	return false;
}

bool unused_retire(struct watch *watch, uint32_t keep)
{
	struct unused *unused = &watch->unused;
	const struct tree *tree = &watch->tree;
	const uint32_t beyond = tree->used > keep ? tree->used - keep : 0,
	               most = beyond < RETIRED_MOST ? beyond : RETIRED_MOST;

	if (is_busy(watch) || unused->retired.length > 0 || most == 0 ||
	    unused->passed >= tree->count)
		return false;
	/* None twice: there must be some time between two looks. */
	for (uint32_t left = tree->count < LOOKED_MOST ? tree->count : LOOKED_MOST;
	     left > 0 && unused->retired.length < most * sizeof(uint32_t); left--) {
		if (unused->hand >= tree->count)
			unused->hand = 0;
		unused->passed = pass(watch, unused->hand++) ? 0 : unused->passed + 1;
	}
	unused->since = watch->takes;
	return unused->retired.length > 0 || unused->passed < tree->count;
}

/* Forgets a retired node, unless it was needed; returns whether it has. */
static bool forget(struct watch *watch, uint32_t id)
{
	struct node *node = tree_node(&watch->tree, id);

	if (!node || !(node->flags & NODE_RETIRED))
		return false;
	if (is_plain(watch, id)) {
		watch_forget(watch, id);
		return true;
	}
	restore(watch, node);
	return false;
}

bool unused_forget(struct watch *watch, const uint32_t *kept, size_t count)
{
	struct unused *unused = &watch->unused;
	uint32_t id;

	if (watch->source.lazy && (unused->since == watch->takes || is_busy(watch)))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct node *node = tree_node(&watch->tree, kept[i]);

		if (node && node->flags & NODE_RETIRED)
			restore(watch, node);
	}
	for (size_t at = 0; at < unused->retired.length; at += sizeof(id)) {
		memcpy(&id, unused->retired.data + at, sizeof(id));
		if (watch->source.lazy && forget(watch, id))
			unused->passed = 0;
	}
	unused->retired.length = 0;
	return true;
}
