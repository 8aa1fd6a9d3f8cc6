/* Opens a file of the table that is there, for the master. */
#ifndef CLSYNC_MONITOR_OLD_FILE_H
#define CLSYNC_MONITOR_OLD_FILE_H

#include "monitor/frozen.h"

/* Returns 0 and a descriptor, or errno. */
int open_to_read(int directory, const struct frozen_file *file, int *descriptor);

/* The same; refuses what others own, or what has another name: the master writes to it. */
int open_to_append(int directory, const struct frozen_file *file, int *descriptor);

#endif
