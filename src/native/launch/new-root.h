/*
 * The root that is being made. Paths are resolved within it, as symbolic links may be a handler's
 * of an earlier run. Nothing is made on mounts of the host.
 */
#ifndef CLSYNC_LAUNCH_NEW_ROOT_H
#define CLSYNC_LAUNCH_NEW_ROOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Mounts in which something may be made: the root's, and one for each row that mounts a file
 * system.
 */
enum { NEW_ROOT_ROWS_MAX = 4096 };

/* Opens the root at a path. `own`: it is new here, or the user gave the directory for it. */
void new_root_open(const char *path, bool own);
/* Closes it: nothing below can be called after that. */
void new_root_close(void);

/* Descriptors that are returned are the caller's, opened with O_PATH. */

/* Opens what stands at a path, a symbolic link at its end followed; -1 with errno. */
int new_root_resolve(const char *path, uint64_t flags);
/* As that, with no flags; fails the step where nothing is there. */
int new_root_find(const char *path);
/* The directory that holds `path`, made with those above it; `*name` is what it holds. */
int new_root_parent(const char *path, const char **name);
/* Makes a directory, with those above it, unless it is there. */
void new_root_make_directory(const char *path, mode_t mode);

/* From here on things may be made in the mount that a descriptor is in; `path` is for reports. */
void new_root_add_own(int descriptor, const char *path);
bool new_root_is_own(int descriptor, const char *path);
/* Fails the step unless something may be made there. */
void new_root_require_own(int descriptor, const char *path);

#endif
