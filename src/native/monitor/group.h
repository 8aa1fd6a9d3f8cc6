/* The control group of the executor and its handlers. */
#ifndef CLSYNC_MONITOR_GROUP_H
#define CLSYNC_MONITOR_GROUP_H

#include <stdint.h>

/*
 * Makes the group again if it is gone and sets its limits; `places`: descriptors of the frozen
 * places. Returns 0 or errno.
 */
int group_renew(const int *places);

/*
 * Kills every process of the group; returns when none is left, or those left cannot be killed, or
 * after so many milliseconds.
 */
void group_end(uint32_t patience);

/* Removes the empty groups. */
void group_remove(void);

#endif
