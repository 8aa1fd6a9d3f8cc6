/* A directory of the table as the file system and the event source have it. */
#ifndef CLSYNC_NODE_H
#define CLSYNC_NODE_H

#include "watch/watch.h"

/*
 * Opens the directory of a node at the path the table has, and checks device and inode. The
 * descriptor is owned by the caller; -1 with errno on failure (ENOENT: another directory is there).
 */
int open_node(struct watch *watch, uint32_t id, int flags);
/* Whether the directory can be opened there. */
bool node_is_there(struct watch *watch, uint32_t id);

/* As open_node with O_PATH; the descriptor stays the watch's, until the next call. */
int open_cached(struct watch *watch, uint32_t id);
void forget_cached(struct watch *watch);

/*
 * Sets a node's key (KEY_NONE: it is not watched), and removes the watch of its former key unless
 * another node has that key, too.
 */
void change_key(struct watch *watch, uint32_t id, directory_key key);

/* Watches the root if the present rules say so; false with errno when that fails. */
bool watch_root(struct watch *watch);

#endif
