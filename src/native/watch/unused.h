/*
 * Forgets directories in which nothing happens any longer, where the source tells of those that it
 * does not know, too (`lazy`): they are entered again when something does.
 *
 * In two steps, so that no event is lost. A retired directory stays in the table, but its events
 * come with its handle from then on. It is removed when all events from before have been looked at,
 * unless it was needed meanwhile. Only those in which the table has no directory are retired: those
 * above follow.
 */
#ifndef CLSYNC_UNUSED_H
#define CLSYNC_UNUSED_H

#include "watch/watch.h"

/* A directory is needed now. */
void unused_not(struct watch *watch, uint32_t id);
/*
 * Retires some of those beyond `keep`, unless there are retired ones, into `unused.retired`. False:
 * there was nothing to do, also not in the next ones.
 */
bool unused_retire(struct watch *watch, uint32_t keep);
/* Forgets those retired but for `kept`, which others need; false: it is too early. */
bool unused_forget(struct watch *watch, const uint32_t *kept, size_t count);

#endif
