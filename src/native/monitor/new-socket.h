/* A socket of the daemon, at the place that was frozen for it. */
#ifndef CLSYNC_MONITOR_NEW_SOCKET_H
#define CLSYNC_MONITOR_NEW_SOCKET_H

#include "monitor/frozen.h"

#include <sys/stat.h>

/*
 * Makes one that listens, where nothing has its name. Returns 0 with its status and descriptor, or
 * errno.
 */
int new_socket(int directory, const struct frozen_file *file, struct stat *status, int *descriptor);

#endif
