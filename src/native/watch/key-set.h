/* A set of keys: 8 bytes each, at most half full. The caller locks. */
#ifndef CLSYNC_KEY_SET_H
#define CLSYNC_KEY_SET_H

#include "watch/key.h"

#include <stdbool.h>
#include <stddef.h>

struct key_set {
	/* A power of two, or 0; free slots are 0. */
	size_t size, used;
	directory_key *slots;
};

/* The key is greater than 0, and its lower bits are spread evenly. */
void key_set_add(struct key_set *set, directory_key key);
void key_set_remove(struct key_set *set, directory_key key);
bool key_set_has(const struct key_set *set, directory_key key);
void key_set_free(struct key_set *set);

#endif
