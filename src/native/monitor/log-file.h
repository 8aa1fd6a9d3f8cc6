/*
 * The file of the log has a process of its own: whoever has a file open whose file system does not
 * answer cannot even end, and the master is to.
 */
#ifndef CLSYNC_MONITOR_LOG_FILE_H
#define CLSYNC_MONITOR_LOG_FILE_H

/*
 * Puts the end of a socket that leads to the file in the place of its descriptor, for `log_carry`.
 * Returns the file, or -1 with errno.
 */
int log_lead(int *file, int *other);

/* Writes what comes to the file, until nobody is left to write it. */
_Noreturn void log_carry(int from, int file);

#endif
