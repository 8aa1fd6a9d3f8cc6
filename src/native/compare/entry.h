/* One entry of the directory that is being listed: what it is on both sides. */
#ifndef CLSYNC_COMPARE_ENTRY_H
#define CLSYNC_COMPARE_ENTRY_H

#include "compare/comparison.h"

#include <sys/stat.h>

/* The copy's side has not been asked for yet. */
#define NOT_OPENED (-2)

/* Opens a directory beneath a root, never through a symbolic link; the caller closes it. */
int open_beneath(int root, const char *path);
/*
 * The copy's side of the pair, which stays the pair's; opened when it is first wanted, as most
 * directories have nothing to be compared. -1: there is none.
 */
int compare_there(struct comparison *comparison);
/*
 * Whether the directory came from elsewhere after its copy was made, so that what is beneath it may
 * be another's.
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
