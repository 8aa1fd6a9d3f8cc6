/* Compares one entry of the directory that is being listed. */
#ifndef CLSYNC_COMPARE_ENTRY_H
#define CLSYNC_COMPARE_ENTRY_H

#include "compare/comparison.h"

#include <sys/stat.h>

/* The copy's directory has not been opened yet. */
#define NOT_OPENED (-2)

/* Opens a directory beneath a root, never through a symbolic link; the caller closes it. */
int open_beneath(int root, const char *path);
/*
 * The descriptor of the pair's directory in the copy; the pair owns it. Opened on first use, as
 * most directories contain nothing to compare. -1: there is none.
 */
int copy_directory(struct comparison *comparison);
/*
 * Whether the directory was moved here after its copy was made, so that every file beneath it may
 * differ.
 */
bool came_later(struct comparison *comparison, const struct stat *status);

/* `type`: of readdir(3). `path`: of the entry, relative to the roots. */
void look_at_source(struct comparison *comparison, const char *name, unsigned char type,
                    const char *path);
void look_at_copy(struct comparison *comparison, const char *name, unsigned char type,
                  const char *path);

/* `links`: how many names the object has. */
void report_difference(struct comparison *comparison, enum difference_kind kind, const char *path,
                       bool directory, uint64_t links);

#endif
