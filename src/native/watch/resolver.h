/* The other end of common/whereabouts.h: asks where a directory is. */
#ifndef CLSYNC_WATCH_RESOLVER_H
#define CLSYNC_WATCH_RESOLVER_H

#include "common/whereabouts.h"

#include <stdbool.h>
#include <stddef.h>

struct resolver {
	/* Owned; -1: there is none. */
	int peer;
	/* Where the watch directory is beneath the one that the other process looks from. */
	char root[PATH_MAX];
	size_t root_length;
};

/*
 * Takes the socket over. False, and it is closed, when the other process does not know where the
 * watch directory is, whose handle this is.
 */
bool resolver_open(struct resolver *resolver, int peer, int type, const void *handle,
                   size_t length);
void resolver_close(struct resolver *resolver);
/* WHERE_BENEATH: `path` is relative to the watch directory, and ended by NUL. */
enum whereabouts resolver_ask(const struct resolver *resolver, int type, const void *handle,
                              size_t length, char path[PATH_MAX]);

#endif
