/*
 * The program's view of the file system: a new root made of bind mounts, or the host's root with
 * mounts over parts of it.
 */
#ifndef CLSYNC_LAUNCH_MOUNTS_H
#define CLSYNC_LAUNCH_MOUNTS_H

#include "launch/payload.h"

/*
 * Payload: 1 to replace the host's root by pivot_root(2), 0 to keep it; the host's directory that
 * becomes the root (empty: none); then the rows, parents before children (see mount-rows.h). Closes
 * the descriptors it opens.
 */
void step_mounts(struct payload *payload);

#endif
