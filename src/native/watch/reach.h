/*
 * Opens names and looks at them without touching mounts that are not to be entered: a file system
 * in user space (fuse(4)) may answer a system call never.
 */
#ifndef CLSYNC_REACH_H
#define CLSYNC_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* The mounts that may be entered: their numbers (mountinfo in proc(5)), sorted. */
struct mounts {
	/* Otherwise all may be. */
	bool limited;
	/* That of the watch directory, which always may. */
	uint64_t own;
	uint64_t *allowed;
	size_t count;
	/*
	 * Devices (st_dev) of file systems that change without events, as another machine or a
	 * process changes them.
	 */
	uint64_t *silent;
	size_t silent_count;
	/*
	 * Devices of file systems where a directory has a link for itself, one for its name, and
	 * one for each directory in it.
	 */
	uint64_t *counting;
	size_t counting_count;
};

/* `root`: the watch directory. All may be entered. */
void mounts_init(struct mounts *mounts, int root);
/* Replaces them; from then on, no others are entered. */
void mounts_allow(struct mounts *mounts, const uint64_t *allowed, size_t count);
/* Replaces the devices of file systems that change without events. */
void mounts_silent(struct mounts *mounts, const uint64_t *devices, size_t count);
bool is_silent(const struct mounts *mounts, uint64_t device);
/* Replaces the devices of file systems that count a directory's directories. */
void mounts_counting(struct mounts *mounts, const uint64_t *devices, size_t count);
/* Whether there is no directory in this one. */
bool is_leaf(const struct mounts *mounts, const struct stat *directory);
void mounts_free(struct mounts *mounts);

/*
 * Opens a directory, with O_NOFOLLOW and O_CLOEXEC. EREMOTE: a mount stands there that may not be
 * entered, also when it came there just now.
 *
 * openat2(2) has RESOLVE_NO_XDEV, but its flags are in memory: the filter could not tell a
 * directory from a file to read.
 */
int reach_name(const struct mounts *mounts, int directory, const char *name, int flags);
/* The same with O_PATH, and looks at the directory; -1 with errno, also when that fails. */
int reach_directory(const struct mounts *mounts, int directory, const char *name,
                    struct stat *status);
/* Opens a directory reached with O_PATH, which this closes, also when it fails. */
int open_reached(int place, int flags);
/* As reach_name for a path beneath the directory, one name after the other; the path is changed. */
int reach_path(const struct mounts *mounts, int directory, char *path, int flags);
/*
 * As lstat(2), of what is known without a question to another machine; false with errno, EREMOTE
 * as above.
 */
bool reach_status(const struct mounts *mounts, int directory, const char *name,
                  struct stat *status);

#endif
