#include "watch/reach.h"

#include "common/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* How directories are opened. */
#define ALWAYS (O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static uint64_t *sorted(uint64_t *former, const uint64_t *numbers, size_t count)
{
	uint64_t *copy = grow_array(former, count ? count : 1, sizeof(*numbers));

	memcpy(copy, numbers, count * sizeof(*numbers));
	qsort(copy, count, sizeof(*numbers), by_number);
	return copy;
}

void mounts_allow(struct mounts *mounts, const uint64_t *allowed, size_t count)
{
	mounts->limited = true;
	mounts->allowed = sorted(mounts->allowed, allowed, count);
	mounts->count = count;
}

void mounts_silent(struct mounts *mounts, const uint64_t *devices, size_t count)
{
	mounts->silent = sorted(mounts->silent, devices, count);
	mounts->silent_count = count;
}

void mounts_counting(struct mounts *mounts, const uint64_t *devices, size_t count)
{
	mounts->counting = sorted(mounts->counting, devices, count);
	mounts->counting_count = count;
}

static bool is_among(const uint64_t *numbers, size_t count, uint64_t number)
{
	return count > 0 && bsearch(&number, numbers, count, sizeof(number), by_number);
}

bool is_silent(const struct mounts *mounts, uint64_t device)
{
	return is_among(mounts->silent, mounts->silent_count, device);
}

bool is_leaf(const struct mounts *mounts, const struct stat *directory)
{
	return directory->st_nlink == 2 &&
	       is_among(mounts->counting, mounts->counting_count, directory->st_dev);
}

void mounts_free(struct mounts *mounts)
{
	free(mounts->allowed);
	free(mounts->silent);
	free(mounts->counting);
	*mounts = (struct mounts){ 0 };
}

static bool is_allowed(const struct mounts *mounts, const struct statx *status)
{
	const uint64_t number = status->stx_mnt_id;

	return status->stx_mask & STATX_MNT_ID &&
	       (number == mounts->own || is_among(mounts->allowed, mounts->count, number));
}

static bool is_foreign(const struct mounts *mounts, const struct statx *status)
{
	return status->stx_attributes & STATX_ATTR_MOUNT_ROOT && !is_allowed(mounts, status);
}

/*
 * What the kernel knows of the mount: nothing is asked for, and so the file system is not asked. It
 * even answers for those that refuse a process everything.
 */
static bool look_at_mount(int directory, const char *name, int flags, struct statx *status)
{
	return statx(directory, name, flags | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, 0, status) == 0;
}

void mounts_init(struct mounts *mounts, int root)
{
	struct statx status;

	*mounts = (struct mounts){ 0 };
	if (look_at_mount(root, "", AT_EMPTY_PATH, &status))
		mounts->own = status.stx_mnt_id;
}

static struct timespec time_of(const struct statx_timestamp *time)
{
	return (struct timespec){ .tv_sec = time->tv_sec, .tv_nsec = time->tv_nsec };
}

static struct stat status_of(const struct statx *status)
{
	return (struct stat){ .st_dev = makedev(status->stx_dev_major, status->stx_dev_minor),
		              .st_ino = status->stx_ino,
		              .st_mode = status->stx_mode,
		              .st_nlink = status->stx_nlink,
		              .st_uid = status->stx_uid,
		              .st_gid = status->stx_gid,
		              .st_rdev = makedev(status->stx_rdev_major, status->stx_rdev_minor),
		              .st_size = (off_t)status->stx_size,
		              .st_blksize = status->stx_blksize,
		              .st_blocks = (blkcnt_t)status->stx_blocks,
		              .st_atim = time_of(&status->stx_atime),
		              .st_mtim = time_of(&status->stx_mtime),
		              .st_ctim = time_of(&status->stx_ctime) };
}

/*
 * Opens a directory with O_PATH if it may be entered; `status`: the mount's, and what else is known
 * of it.
 */
static int reach_place(const struct mounts *mounts, int directory, const char *name,
                       struct statx *status)
{
	/* This asks no file system either. */
	int place = openat(directory, name, O_PATH | ALWAYS);

	if (place < 0)
		return -1;
	if (look_at_mount(place, "", AT_EMPTY_PATH, status) && is_allowed(mounts, status))
		return place;
	close(place);
	errno = EREMOTE;
	return -1;
}

int open_reached(int place, int flags)
{
	int fd = openat(place, ".", flags | ALWAYS), error = errno;

	close(place);
	errno = error;
	return fd;
}

int reach_name(const struct mounts *mounts, int directory, const char *name, int flags)
{
	struct statx status;
	int place;

	if (!mounts->limited)
		return openat(directory, name, flags | ALWAYS);
	place = reach_place(mounts, directory, name, &status);
	return place < 0 || flags & O_PATH ? place : open_reached(place, flags);
}

int reach_directory(const struct mounts *mounts, int directory, const char *name,
                    struct stat *status)
{
	struct statx known = { 0 };
	int place = mounts->limited ? reach_place(mounts, directory, name, &known)
	                            : openat(directory, name, O_PATH | ALWAYS);

	if (place < 0)
		return -1;
	*status = status_of(&known);
	/* The question after the mount has been answered with all of it, which saves another. */
	if ((known.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS &&
	    !is_silent(mounts, status->st_dev))
		return place;
	if (fstat(place, status) == 0)
		return place;
	close(place);
	errno = EMFILE; /* It cannot be decided. */
	return -1;
}

int reach_path(const struct mounts *mounts, int directory, char *path, int flags)
{
	int at = directory, next;

	for (char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
		*slash = '\0';
		next = reach_name(mounts, at, path, O_PATH);
		if (at != directory)
			close(at);
		if (next < 0)
			return -1;
		at = next;
	}
	next = reach_name(mounts, at, path, flags);
	if (at != directory)
		close(at);
	return next;
}

bool reach_status(const struct mounts *mounts, int directory, const char *name, struct stat *status)
{
	struct statx found;

	if (!mounts->limited)
		return fstatat(directory, name, status, AT_SYMLINK_NOFOLLOW) == 0;
	/* What is known without a question to the file system, and the number of the mount. */
	if (statx(directory, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
	          STATX_BASIC_STATS, &found) != 0) {
		int error = errno;
		bool known = error != ENOENT &&
		             look_at_mount(directory, name, AT_SYMLINK_NOFOLLOW, &found);

		errno = known && is_foreign(mounts, &found) ? EREMOTE : error;
		return false;
	}
	if (is_foreign(mounts, &found)) {
		errno = EREMOTE;
		return false;
	}
	*status = status_of(&found);
	return true;
}
