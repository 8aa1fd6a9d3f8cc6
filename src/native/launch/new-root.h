/*
 * The new root while it is filled. Paths are resolved within it, because a handler of an earlier
 * run may have left symbolic links in it. Nothing is created on mounts of the host.
 */
#ifndef CLSYNC_LAUNCH_NEW_ROOT_H
#define CLSYNC_LAUNCH_NEW_ROOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The most rows; each may add one mount in which files may be created, besides the root's. */
enum { NEW_ROOT_ROWS_MAX = 4096 };

/*
 * Opens the root at a path. `own`: files may be created in it, as it is a new file system, or the
 * user named the directory for this use.
 */
void new_root_open(const char *path, bool own);
/* Whether it is the host's tree, in which others may rename directories and create links. */
bool new_root_is_host(void);
/* Closes it; none of the functions below may be called afterwards. */
void new_root_close(void);

/* The caller owns the returned descriptors; they are opened with O_PATH. */

/* Opens the object at a path, following a symbolic link at its end; -1 with errno on failure. */
int new_root_resolve(const char *path, uint64_t flags);
/* Like new_root_resolve without flags; fails the step when the path cannot be opened. */
int new_root_find(const char *path);
/*
 * The parent directory of `path`, created with the directories above it if absent; `*name` is the
 * last part of `path`.
 */
int new_root_parent(const char *path, const char **name);
/* Creates a directory, and those above it, if absent. */
void new_root_make_directory(const char *path, mode_t mode);

/* Allows creating files in the mount of a descriptor; `path` is for error reports. */
void new_root_add_own(int descriptor, const char *path);
bool new_root_is_own(int descriptor, const char *path);
/* Fails the step unless files may be created there. */
void new_root_require_own(int descriptor, const char *path);

#endif
