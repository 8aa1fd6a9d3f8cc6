/*
 * What is known of the directories of a marked file system, by key: those that are watched, and
 * those that do not concern the watch. Both threads use it.
 */
#ifndef CLSYNC_MARKED_KEYS_H
#define CLSYNC_MARKED_KEYS_H

#include "watch/key-set.h"

#include <pthread.h>

enum known {
	KNOWN_WATCHED,
	/* Only changes of itself are told (KEY_OF_ITSELF). */
	KNOWN_OF_ITSELF,
	/* Its events do not concern the watch. */
	KNOWN_IGNORED,
	/* Nothing is known, and `lazy`; else such a one is ignored. */
	KNOWN_NOT,
};

struct marked_keys {
	pthread_mutex_t lock;
	bool lazy;
	struct key_set watched, ignored;
	/* Those whose handle is in the queue since `begun` of it. */
	struct key_set asked;
	uint32_t begun;
};

void marked_keys_init(struct marked_keys *keys);
void marked_keys_free(struct marked_keys *keys);

/* These lock. */
void marked_keys_add(struct marked_keys *keys, directory_key key);
void marked_keys_remove(struct marked_keys *keys, directory_key key);
void marked_keys_ignore(struct marked_keys *keys, directory_key key);
bool marked_keys_ignores(struct marked_keys *keys, directory_key key);
/* Nothing is ignored any longer. */
void marked_keys_tell_again(struct marked_keys *keys);
/* What is not watched is ignored from now on. */
void marked_keys_complete(struct marked_keys *keys);

/* For these the caller holds the lock. */
enum known known_of(const struct marked_keys *keys, directory_key key);
void known_is_ignored(struct marked_keys *keys, directory_key key);
void known_is_gone(struct marked_keys *keys, directory_key key);
void known_to_none(struct marked_keys *keys);
/* Whether the handle is not in the queue yet that has `begun`; it is from now on. */
bool known_is_to_ask(struct marked_keys *keys, directory_key key, uint32_t begun);

#endif
