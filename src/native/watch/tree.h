/*
 * The table of directories: nodes with links to their parents, so that a rename changes one node
 * only. A node is named by its index. A node taken out of the tree keeps its own children and stays
 * in limbo until it is attached again or swept.
 */
#ifndef CLSYNC_TREE_H
#define CLSYNC_TREE_H

#include "common/bytes.h"
#include "common/keyed-hash.h"
#include "watch/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODE_NONE UINT32_MAX
#define NODE_ROOT 0u

enum node_flag {
	NODE_USED = 1,
	/* Taken out of the tree; its parent is NODE_NONE. */
	NODE_LIMBO = 2,
	/* It is in the list of limbo nodes, perhaps though it has been attached again. */
	NODE_LISTED = 4,
	/* It was found since the listing of the directory that it is in began. */
	NODE_SEEN = 8,
	/* Its name is among the tree's. */
	NODE_NAMED = 16,
	/* It was needed since unused.c looked at it last. */
	NODE_NEEDED = 32,
	/* The source no longer knows it: see unused.h. */
	NODE_RETIRED = 64,
};

/* There may be millions: what is here is all that one takes, but for its name and the indexes. */
struct node {
	uint64_t ino;
	/* KEY_NONE when not watched. */
	directory_key key;
	/* st_dev, of which the kernel uses 32 bits. */
	uint32_t dev;
	uint32_t parent, child, next, previous;
	uint32_t next_by_name, next_by_key;
	/* Where its name begins in the tree's names, in units of NAME_UNIT. */
	uint32_t name;
	uint16_t name_length;
	uint8_t flags;
} __attribute__((packed, aligned(4)));

struct tree {
	struct node *nodes;
	uint32_t count, capacity, used, free;
	uint32_t *by_name, *by_key;
	uint32_t buckets;
	struct hash_key hash_key;
	/* Each ended by NUL and filled up; and how many bytes of them no node uses any longer. */
	struct bytes names;
	size_t unused;
	uint32_t *limbo;
	size_t limbo_count, limbo_capacity;
};

/* Starts with the root node alone. */
void tree_init(struct tree *tree, uint64_t dev, uint64_t ino);
void tree_free(struct tree *tree);

struct node *tree_node(const struct tree *tree, uint32_t id);
/* Ended by NUL; valid until a node is added, moved or removed. */
const char *tree_name(const struct tree *tree, const struct node *node);
uint32_t tree_child(const struct tree *tree, uint32_t parent, const char *name, size_t length);
/*
 * The first node with a key, and the next one: a directory that is in the tree twice (mount --bind)
 * is several nodes with one key.
 */
uint32_t tree_by_key(const struct tree *tree, directory_key key);
uint32_t tree_next_by_key(const struct tree *tree, uint32_t id);
/* The first of them that is attached, or NODE_NONE. */
uint32_t tree_attached_by_key(const struct tree *tree, directory_key key);

uint32_t tree_add(struct tree *tree, uint32_t parent, const char *name, size_t length, uint64_t dev,
                  uint64_t ino);
void tree_set_key(struct tree *tree, uint32_t id, directory_key key);
void tree_move(struct tree *tree, uint32_t id, uint32_t parent, const char *name, size_t length);
void tree_detach(struct tree *tree, uint32_t id);
/* Forgets a node without children; its id may be given out again. */
void tree_remove(struct tree *tree, uint32_t id);

bool tree_is_within(const struct tree *tree, uint32_t id, uint32_t ancestor);
bool tree_is_attached(const struct tree *tree, uint32_t id);

/*
 * Writes the path relative to the root, NUL-terminated, into `path` of `size` bytes and returns its
 * length; -1 when it does not fit or the node is not attached.
 */
long tree_path(const struct tree *tree, uint32_t id, char *path, size_t size);

#endif
