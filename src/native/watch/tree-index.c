/* Finds nodes by (parent, name) and by key: two hash tables whose chains run through the nodes. */
#include "watch/tree-index.h"

#include "common/bytes.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 1024u
/* So many nodes have their place in a bucket, on average and at most. */
#define NODES_EACH 2u

static uint32_t *bucket_of(const struct tree *tree, uint32_t parent, const char *name,
                           size_t length)
{
	return &tree->by_name[keyed_hash(&tree->hash_key, parent, name, length) &
	                      (tree->buckets - 1)];
}

static uint32_t *name_bucket(const struct tree *tree, const struct node *node)
{
	return bucket_of(tree, node->parent, tree_name(tree, node), node->name_length);
}

static uint32_t *key_bucket(const struct tree *tree, directory_key key)
{
	return &tree->by_key[(uint32_t)key & (tree->buckets - 1)];
}

void index_name(struct tree *tree, uint32_t id)
{
	uint32_t *bucket = name_bucket(tree, &tree->nodes[id]);

	tree->nodes[id].next_by_name = *bucket;
	*bucket = id;
}

void index_key(struct tree *tree, uint32_t id)
{
	uint32_t *bucket = key_bucket(tree, tree->nodes[id].key);

	tree->nodes[id].next_by_key = *bucket;
	*bucket = id;
}

void unindex_name(struct tree *tree, uint32_t id)
{
	const struct node *node = &tree->nodes[id];
	uint32_t *link = name_bucket(tree, node);

	while (*link != id)
		link = &tree->nodes[*link].next_by_name;
	*link = node->next_by_name;
}

void unindex_key(struct tree *tree, uint32_t id)
{
	const struct node *node = &tree->nodes[id];
	uint32_t *link = key_bucket(tree, node->key);

	while (*link != id)
		link = &tree->nodes[*link].next_by_key;
	*link = node->next_by_key;
}

static void make_buckets(struct tree *tree, uint32_t buckets)
{
	free(tree->by_name);
	free(tree->by_key);
	tree->buckets = buckets;
	tree->by_name = grow_array(NULL, buckets, sizeof(uint32_t));
	tree->by_key = grow_array(NULL, buckets, sizeof(uint32_t));
	memset(tree->by_name, 0xff, buckets * sizeof(uint32_t));
	memset(tree->by_key, 0xff, buckets * sizeof(uint32_t));
	for (uint32_t id = 0; id < tree->count; id++) {
		if (!(tree->nodes[id].flags & NODE_USED))
			continue;
		if (tree->nodes[id].parent != NODE_NONE)
			index_name(tree, id);
		if (tree->nodes[id].key >= 0)
			index_key(tree, id);
	}
}

void make_room(struct tree *tree)
{
	if (tree->used / NODES_EACH >= tree->buckets)
		make_buckets(tree, tree->buckets ? tree->buckets * 2 : FIRST_BUCKETS);
}

uint32_t tree_child(const struct tree *tree, uint32_t parent, const char *name, size_t length)
{
	uint32_t id = *bucket_of(tree, parent, name, length);

	for (; id != NODE_NONE; id = tree->nodes[id].next_by_name) {
		const struct node *node = &tree->nodes[id];

		if (node->parent == parent && node->name_length == length &&
		    memcmp(tree_name(tree, node), name, length) == 0)
			break;
	}
	return id;
}

static uint32_t with_key(const struct tree *tree, uint32_t id, directory_key key)
{
	while (id != NODE_NONE && tree->nodes[id].key != key)
		id = tree->nodes[id].next_by_key;
	return id;
}

uint32_t tree_by_key(const struct tree *tree, directory_key key)
{
	return key < 0 ? NODE_NONE : with_key(tree, *key_bucket(tree, key), key);
}

uint32_t tree_next_by_key(const struct tree *tree, uint32_t id)
{
	return with_key(tree, tree->nodes[id].next_by_key, tree->nodes[id].key);
}
