/* A directory of the table as the file system and the event source have it. */
#ifndef CLSYNC_NODE_H
#define CLSYNC_NODE_H

#include "watch/watch.h"

/*
 * Opens the directory of a node at the place the table says, checking that it is the same one; the
 * caller's descriptor, or -1 with errno when it is not.
 */
int open_node(struct watch *watch, uint32_t id, int flags);
/* Whether it can be opened there. */
bool node_is_there(struct watch *watch, uint32_t id);

/* As open_node with O_PATH; the descriptor stays the watch's, until the next call. */
int open_cached(struct watch *watch, uint32_t id);
void forget_cached(struct watch *watch);

/*
 * Gives a node the key of its directory (KEY_NONE: it is not watched), and its former one back to
 * the source, unless another node has that, too.
 */
void change_key(struct watch *watch, uint32_t id, directory_key key);

/* Watches the root if the rules now set want it; false with errno when that fails. */
bool watch_root(struct watch *watch);

#endif
