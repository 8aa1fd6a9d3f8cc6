/*
 * The step that leaves a process behind which tells where directories are (common/whereabouts.h):
 * for a program that is told of them by their file handles, and may open none.
 */
#ifndef CLSYNC_LAUNCH_RESOLVER_H
#define CLSYNC_LAUNCH_RESOLVER_H

#include "launch/payload.h"

/*
 * Payload: the number of a descriptor, rights of Landlock, and a filter of system calls (empty:
 * none). The program gets a socket to that process as that descriptor. The process has the working
 * directory, ids, capabilities and restrictions of the program so far; it gives up all these rights
 * to files, and takes the filter. It ends when the socket is closed.
 */
void step_resolver(struct payload *payload);

#endif
