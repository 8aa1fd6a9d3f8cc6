/*
 * The program's view of the file system: a root of its own made of bind mounts, or the host's with
 * some of it mounted over.
 */
#ifndef CLSYNC_LAUNCH_MOUNTS_H
#define CLSYNC_LAUNCH_MOUNTS_H

#include "launch/payload.h"

/*
 * Payload: 1 for a root of its own, which the host's is left for (0: the host's stays below); the
 * directory that becomes the root (empty: none of the host's); then the rows, parents before
 * children (see mount-rows.h). Descriptors that are opened for it are closed.
 */
void step_mounts(struct payload *payload);

#endif
