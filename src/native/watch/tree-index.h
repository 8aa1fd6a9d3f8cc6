/* Functions of tree-index.c for tree.c. */
#ifndef CLSYNC_TREE_INDEX_H
#define CLSYNC_TREE_INDEX_H

#include "watch/tree.h"

/* To be called before a node is added. */
void make_room(struct tree *tree);
/*
 * A node is in the index by name while it has a parent, and in the index by key while it is
 * watched.
 */
void index_name(struct tree *tree, uint32_t id);
void unindex_name(struct tree *tree, uint32_t id);
void index_key(struct tree *tree, uint32_t id);
void unindex_key(struct tree *tree, uint32_t id);

#endif
