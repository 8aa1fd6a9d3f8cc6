/* Between tree.c and tree-index.c. */
#ifndef CLSYNC_TREE_INDEX_H
#define CLSYNC_TREE_INDEX_H

#include "watch/tree.h"

/* To be called before a node is added. */
void make_room(struct tree *tree);
/* A node is in the first index while it has a parent, and in the second while it has a watch. */
void index_name(struct tree *tree, uint32_t id);
void unindex_name(struct tree *tree, uint32_t id);
void index_key(struct tree *tree, uint32_t id);
void unindex_key(struct tree *tree, uint32_t id);

#endif
