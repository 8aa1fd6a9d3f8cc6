/* A marked file system (fanotify(7)), for its source and for what tells its events. */
#ifndef CLSYNC_MARKED_H
#define CLSYNC_MARKED_H

#include "common/keyed-hash.h"
#include "watch/fanotify-records.h"
#include "watch/marked-keys.h"
#include "watch/queue.h"
#include "watch/resolver.h"
#include "watch/source.h"

#include <fcntl.h>

/* In every key of a marked file system, so that it is none of inotify(7), nor 0. The rest: a hash.
 */
#define KEY_OF_HANDLE (INT64_C(1) << 62)

struct marked {
	/* st_dev of the directories that the mark is for. */
	uint64_t device;
	/* For all others. */
	struct source elsewhere;
	struct hash_key hash_key;
	struct marked_keys keys;
	struct resolver resolver;
	/* How many renames there were; it makes a cookie for each. */
	uint32_t renames;
};

/* What `where` of the source gets in place of a name: these, and the bytes of the handle. */
struct marked_handle {
	int32_t type;
	uint8_t bytes[MAX_HANDLE_SZ];
};

directory_key marked_key(const struct marked *marked, int type, const void *bytes, size_t length);
/* Adds what an event says to the queue; the caller holds the lock of the keys. */
void marked_tell(struct marked *marked, const struct notice *notice, struct queue *queue,
                 double now);

#endif
