/* The table itself: parents, children and limbo. tree-index.c finds nodes by name or key. */
#include "watch/tree-index.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NODES 1024u
/* Offsets of names count these, so that 32 bits are enough for them. */
#define NAME_UNIT 4u
/* Names are put together anew when so many bytes are unused, and they are the greater part. */
#define UNUSED_MOST ((size_t)64 << 10)

struct node *tree_node(const struct tree *tree, uint32_t id)
{
	return id < tree->count && tree->nodes[id].flags & NODE_USED ? &tree->nodes[id] : NULL;
}

static size_t room_of(size_t length)
{
	return (length + NAME_UNIT) & ~(size_t)(NAME_UNIT - 1);
}

const char *tree_name(const struct tree *tree, const struct node *node)
{
	return (const char *)tree->names.data + (size_t)node->name * NAME_UNIT;
}

static uint32_t append_to(struct bytes *names, const char *name, size_t length)
{
	size_t at = names->length, room = room_of(length);
	uint8_t *copy;

	if (at / NAME_UNIT > UINT32_MAX)
		abort();
	copy = bytes_extend(names, room);
	memcpy(copy, name, length);
	memset(copy + length, 0, room - length);
	return (uint32_t)(at / NAME_UNIT);
}

static void drop_name(struct tree *tree, struct node *node)
{
	struct bytes before = tree->names, names = { 0 };

	tree->unused += room_of(node->name_length);
	node->flags &= (uint8_t)~NODE_NAMED;
	if (tree->unused < UNUSED_MOST || tree->unused < before.length / 2)
		return;
	for (uint32_t id = 0; id < tree->count; id++) {
		struct node *other = &tree->nodes[id];

		if (other->flags & NODE_NAMED)
			other->name = append_to(&names, tree_name(tree, other), other->name_length);
	}
	tree->names = names;
	tree->unused = 0;
	bytes_free(&before);
}

/* The name is not one of the tree's. */
static void set_name(struct tree *tree, uint32_t id, const char *name, size_t length)
{
	struct node *node = &tree->nodes[id];

	if (node->flags & NODE_NAMED)
		drop_name(tree, node);
	node->name = append_to(&tree->names, name, length);
	node->name_length = (uint16_t)length;
	node->flags |= NODE_NAMED;
}

static void attach(struct tree *tree, uint32_t id, uint32_t parent)
{
	struct node *node = &tree->nodes[id], *above = &tree->nodes[parent];

	node->parent = parent;
	node->previous = NODE_NONE;
	node->next = above->child;
	if (above->child != NODE_NONE)
		tree->nodes[above->child].previous = id;
	above->child = id;
	index_name(tree, id);
}

static void take_out(struct tree *tree, uint32_t id)
{
	struct node *node = &tree->nodes[id];

	if (node->parent == NODE_NONE)
		return;
	unindex_name(tree, id);
	if (node->previous != NODE_NONE)
		tree->nodes[node->previous].next = node->next;
	else
		tree->nodes[node->parent].child = node->next;
	if (node->next != NODE_NONE)
		tree->nodes[node->next].previous = node->previous;
	node->parent = node->next = node->previous = NODE_NONE;
}

static uint32_t new_node(struct tree *tree, const char *name, size_t length, uint64_t dev,
                         uint64_t ino)
{
	uint32_t id = tree->free;

	if (id != NODE_NONE) {
		tree->free = tree->nodes[id].next;
	} else {
		if (tree->count == tree->capacity) {
			tree->capacity = tree->capacity ? tree->capacity * 2 : FIRST_NODES;
			tree->nodes = grow_array(tree->nodes, tree->capacity, sizeof(struct node));
		}
		id = tree->count++;
	}
	tree->used++;
	tree->nodes[id] = (struct node){ .dev = (uint32_t)dev,
		                         .ino = ino,
		                         .key = KEY_NONE,
		                         .flags = NODE_USED,
		                         .parent = NODE_NONE,
		                         .child = NODE_NONE,
		                         .next = NODE_NONE,
		                         .previous = NODE_NONE };
	set_name(tree, id, name, length);
	return id;
}

void tree_init(struct tree *tree, uint64_t dev, uint64_t ino)
{
	*tree = (struct tree){ .free = NODE_NONE, .hash_key = hash_key_new() };
	make_room(tree);
	new_node(tree, "", 0, dev, ino);
}

void tree_free(struct tree *tree)
{
	free(tree->nodes);
	bytes_free(&tree->names);
	free(tree->by_name);
	free(tree->by_key);
	free(tree->limbo);
	*tree = (struct tree){ 0 };
}

uint32_t tree_add(struct tree *tree, uint32_t parent, const char *name, size_t length, uint64_t dev,
                  uint64_t ino)
{
	uint32_t id;

	make_room(tree);
	id = new_node(tree, name, length, dev, ino);
	attach(tree, id, parent);
	return id;
}

void tree_set_key(struct tree *tree, uint32_t id, directory_key key)
{
	struct node *node = &tree->nodes[id];

	if (node->key == key)
		return;
	if (node->key >= 0)
		unindex_key(tree, id);
	node->key = key;
	if (key >= 0)
		index_key(tree, id);
}

void tree_move(struct tree *tree, uint32_t id, uint32_t parent, const char *name, size_t length)
{
	take_out(tree, id);
	tree->nodes[id].flags &= (uint8_t)~NODE_LIMBO;
	set_name(tree, id, name, length);
	attach(tree, id, parent);
}

void tree_detach(struct tree *tree, uint32_t id)
{
	struct node *node = &tree->nodes[id];

	take_out(tree, id);
	node->flags |= NODE_LIMBO;
	if (node->flags & NODE_LISTED)
		return;
	node->flags |= NODE_LISTED;
	if (tree->limbo_count == tree->limbo_capacity) {
		tree->limbo_capacity = tree->limbo_capacity ? tree->limbo_capacity * 2 : 64;
		tree->limbo = grow_array(tree->limbo, tree->limbo_capacity, sizeof(uint32_t));
	}
	tree->limbo[tree->limbo_count++] = id;
}

void tree_remove(struct tree *tree, uint32_t id)
{
	struct node *node = &tree->nodes[id];

	take_out(tree, id);
	tree_set_key(tree, id, KEY_NONE);
	drop_name(tree, node);
	*node = (struct node){ .next = tree->free, .key = KEY_NONE };
	tree->free = id;
	tree->used--;
}

bool tree_is_within(const struct tree *tree, uint32_t id, uint32_t ancestor)
{
	while (id != ancestor && id != NODE_NONE)
		id = tree->nodes[id].parent;
	return id == ancestor;
}

bool tree_is_attached(const struct tree *tree, uint32_t id)
{
	return tree_is_within(tree, id, NODE_ROOT);
}

uint32_t tree_attached_by_key(const struct tree *tree, directory_key key)
{
	uint32_t id = tree_by_key(tree, key);

	while (id != NODE_NONE && !tree_is_attached(tree, id))
		id = tree_next_by_key(tree, id);
	return id;
}

long tree_path(const struct tree *tree, uint32_t id, char *path, size_t size)
{
	size_t length = 0, at;
	uint32_t up;

	for (up = id; up != NODE_ROOT && up != NODE_NONE; up = tree->nodes[up].parent)
		length += tree->nodes[up].name_length +
		          (tree->nodes[up].parent == NODE_ROOT ? 0u : 1u);
	if (up == NODE_NONE || length >= size)
		return -1;
	path[length] = '\0';
	for (up = id, at = length; up != NODE_ROOT; up = tree->nodes[up].parent) {
		const struct node *node = &tree->nodes[up];

		at -= node->name_length;
		memcpy(path + at, tree_name(tree, node), node->name_length);
		if (node->parent != NODE_ROOT)
			path[--at] = '/';
	}
	return (long)length;
}
