/*
 * The files of the host that the master goes back to: each a name in a directory, with what may be
 * done with it.
 */
#ifndef CLSYNC_MONITOR_FILES_H
#define CLSYNC_MONITOR_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Replaces a text file by the text of that number; or writes it only where there is none. */
int files_put(uint32_t file, uint32_t text, bool if_missing);

/* The same with a content that was not known before. */
int files_write(uint32_t file, const void *bytes, size_t length, bool if_missing);

/*
 * Opens what is to be read again, or makes what is to be made. Returns 0 and a descriptor for the
 * master, which is -1 where it gets none, or errno.
 */
int files_open(uint32_t file, int *descriptor);

/*
 * Opens a file of the dump that was made last, to be continued: by the number of one of its texts,
 * and where that is a directory's, by its own, too. As files_open.
 */
int files_part(uint32_t file, uint32_t text, uint32_t part, int *descriptor);

/* Removes what is ours. */
void files_remove(void);

#endif
