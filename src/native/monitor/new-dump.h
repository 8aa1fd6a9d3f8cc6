/* The directory of a dump, and the files in it: what the texts of its row name. */
#ifndef CLSYNC_MONITOR_NEW_DUMP_H
#define CLSYNC_MONITOR_NEW_DUMP_H

#include "monitor/frozen.h"

/* Makes the directories, whose texts end with a slash, in an open one. Returns 0 or errno. */
int new_dump(int directory, const struct frozen_file *file);

/*
 * Opens a file to be continued, or makes it: the one that the text names, or in the directory that
 * it names the one with a number as name. Returns 0 or errno.
 */
int dump_part(int directory, const char *text, uint32_t number, int *descriptor);

#endif
