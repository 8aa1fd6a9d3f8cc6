/*
 * Does what is to be done with a file of the table in a process of its own: its file system may
 * never answer, and then no signal ends who waits for it.
 */
#ifndef CLSYNC_MONITOR_ERRAND_H
#define CLSYNC_MONITOR_ERRAND_H

#include "monitor/files.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * As files_do; or LOOK_WAITS, with errno ETIMEDOUT, or EBUSY while an earlier one for the same file
 * waits.
 */
int errand_do(const struct file_work *work, int *descriptor);

/* Removes what is ours, but for what lies where nothing answers within `patience` milliseconds. */
void errand_remove_all(int patience);

/* Takes the end of a process. */
void errand_ended(pid_t pid);

/* Kills those who wait, and names some of them. Returns how many it has named. */
size_t errand_end(int32_t *pids, size_t size);

#endif
