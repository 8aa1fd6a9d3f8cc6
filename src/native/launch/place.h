/* What the master has opened: a path that may lead to something else by now, and a descriptor. */
#ifndef CLSYNC_LAUNCH_PLACE_H
#define CLSYNC_LAUNCH_PLACE_H

#include "launch/payload.h"

#include <stdbool.h>

struct place {
	const char *path;
	/* Inherited; PLACE_BY_PATH: whatever is at the path. */
	uint32_t descriptor;
};

#define PLACE_BY_PATH UINT32_MAX

struct place read_place(struct payload *payload);

bool place_is_open(const struct place *place);

/*
 * A descriptor (O_PATH) of it in the mount namespace of this process: from a descriptor of another
 * one nothing can be mounted (EINVAL of open_tree(2)). What is at the path, reached without a
 * symbolic link, must be what the descriptor means.
 */
int place_find(const struct place *place);

#endif
