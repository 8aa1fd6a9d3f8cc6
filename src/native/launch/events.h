/* The step that makes what a program may not make itself: a mark for a whole file system. */
#ifndef CLSYNC_LAUNCH_EVENTS_H
#define CLSYNC_LAUNCH_EVENTS_H

#include "launch/payload.h"

/*
 * Payload: the number of a descriptor, flags and mask of fanotify_init(2) and fanotify_mark(2), and
 * a directory. The program gets the group as that descriptor. Where the kernel refuses it, it gets
 * an eventfd(2) that holds the errno value, and decides itself.
 */
void step_events(struct payload *payload);

#endif
