/* Directories beneath a root. */
#ifndef CLSYNC_MIRROR_BENEATH_H
#define CLSYNC_MIRROR_BENEATH_H

#include <stdbool.h>
#include <stddef.h>

/* Opens a directory beneath a root, never through a symbolic link; -1 with errno. */
int open_beneath_root(int root, const char *path);
/* As open_beneath_root(), and not through a mount point, nor one itself. */
int open_in_mount(int root, const char *path);
/* As open_beneath_root(), with O_PATH. */
int open_path_beneath(int root, const char *path);
/* Whether this errno of the above means that there is no such directory. */
bool means_absent(int error);
/* The length of the directory that a path is in; 0: the root. */
size_t length_above(const char *path, size_t length);

#endif
