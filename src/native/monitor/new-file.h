/* A new file in place of another, of which several daemons may be the writers. */
#ifndef CLSYNC_MONITOR_NEW_FILE_H
#define CLSYNC_MONITOR_NEW_FILE_H

#include <stdbool.h>

#define TEMPORARY_SIZE 32

/* A name that nobody else can know. */
void name_temporary(char into[TEMPORARY_SIZE]);

/* False: another process has the lock. A file system may have no locks. */
bool file_lock(int fd);

/*
 * Locks what has the name; -1 where nothing can be locked. `*busy`: another process has the lock.
 */
int file_take(int directory, const char *name, bool *busy);

#endif
