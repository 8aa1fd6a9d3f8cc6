/* The way to an absolute path. */
#ifndef CLSYNC_MONITOR_WAY_H
#define CLSYNC_MONITOR_WAY_H

/*
 * Opens an absolute path (O_PATH), component by component without following a symbolic link.
 * Returns -1 with errno set.
 */
int way_open(const char *path);

#endif
