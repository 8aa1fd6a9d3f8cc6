/* What identifies a directory, also after its file system has been unmounted and mounted again. */
#ifndef CLSYNC_IDENTITY_H
#define CLSYNC_IDENTITY_H

#include <stddef.h>

/* Bytes of the longest text, with its last NUL. */
#define IDENTITY_SIZE 768

/*
 * Describes what is open at `fd`, which may be O_PATH, in lines, without a last newline: device,
 * inode, mount, handle, time of birth, type of the file system, its id of statfs(2), its UUID,
 * "root" for the root of a mount, the owner's uid, "directory" for one. What is unknown is empty.
 * Asks the file system, which may never answer. Returns 0 or errno.
 */
int identity_describe(int fd, char text[IDENTITY_SIZE]);

#endif
