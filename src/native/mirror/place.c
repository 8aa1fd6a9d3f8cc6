#include "mirror/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Linux 6.6 and 6.13; the numbers are the same on all architectures. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_listxattrat
#define SYS_listxattrat 465
#endif

/*
 * Bytes for a list of attributes or a value, of which nearly all have less. The kernel allocates as
 * many for each call, which took a third of its time with 64 kB.
 */
enum { USUAL = 512 };

int place_hold(struct place *place, struct stat *status)
{
	int held = openat(place->directory, place->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (held < 0 || fstat(held, status) != 0) {
		if (held >= 0)
			close(held);
		return -1;
	}
	*place = (struct place){ -1, held, "" };
	return held;
}

static int flags_of(const struct place *place)
{
	return *place->name == '\0' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW;
}

/* The path of an object that is held. */
static const char *held_path(const struct place *place, char path[NAME_MAX + 64])
{
	snprintf(path, NAME_MAX + 64, "/proc/self/fd/%d", place->directory);
	return path;
}

int place_status(const struct place *place, struct stat *status)
{
	return place->descriptor >= 0
	               ? fstat(place->descriptor, status)
	               : fstatat(place->directory, place->name, status, flags_of(place));
}

bool place_open_up(const struct place *place, const struct stat *status, uid_t user, mode_t wanted)
{
	return status->st_uid == user && (status->st_mode & wanted) != wanted &&
	       place_set_mode(place, (status->st_mode & 07777) | wanted) == 0;
}

int place_set_owner(const struct place *place, uid_t uid, gid_t gid)
{
	return place->descriptor >= 0
	               ? fchown(place->descriptor, uid, gid)
	               : fchownat(place->directory, place->name, uid, gid, flags_of(place));
}

int place_set_mode(const struct place *place, mode_t mode)
{
	char buffer[NAME_MAX + 64];
	long result;

	if (place->descriptor >= 0)
		return fchmod(place->descriptor, mode);
	result = syscall(SYS_fchmodat2, place->directory, place->name, mode, flags_of(place));
	/* Where the kernel does not have this, it takes /proc, which the C library's uses, too. */
	if (result < 0 && (errno == ENOSYS || errno == EPERM) && *place->name == '\0')
		return chmod(held_path(place, buffer), mode);
	if (result < 0 && (errno == ENOSYS || errno == EPERM))
		return fchmodat(place->directory, place->name, mode, AT_SYMLINK_NOFOLLOW);
	return (int)result;
}

int place_set_time(const struct place *place, struct timespec modified)
{
	/* A file system made with FUSE's library of version 2 sets both times or none. */
	const struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, modified };

	char buffer[NAME_MAX + 64];
	int result;

	if (place->descriptor >= 0)
		return futimens(place->descriptor, times);
	result = utimensat(place->directory, place->name, times, flags_of(place));
	/* Before Linux 5.8. */
	if (result < 0 && errno == EINVAL && *place->name == '\0')
		return utimensat(AT_FDCWD, held_path(place, buffer), times, 0);
	return result;
}

/*
 * A path of an object that is given by name: the name itself, in the thread's own working
 * directory, or one through /proc. NULL with errno.
 */
static const char *path_of(struct worker *worker, const struct place *place,
                           char path[NAME_MAX + 64])
{
	if (worker->own_directory)
		return fchdir(place->directory) == 0 ? place->name : NULL;
	snprintf(path, NAME_MAX + 64, "/proc/self/fd/%d/%s", place->directory, place->name);
	return path;
}

/* By one call instead of two, where the kernel has it: this is asked of every name. */
static bool list_at(const struct place *place, char *list, size_t size, ssize_t *length)
{
	static atomic_bool is_missing;

	if (atomic_load_explicit(&is_missing, memory_order_relaxed))
		return false;
	*length = syscall(SYS_listxattrat, place->directory, place->name, AT_SYMLINK_NOFOLLOW, list,
	                  size);
	if (*length >= 0 || (errno != ENOSYS && errno != EPERM))
		return true;
	atomic_store(&is_missing, true);
	return false;
}

static ssize_t list_into(struct worker *worker, const struct place *place, char *list, size_t size)
{
	char buffer[NAME_MAX + 64];
	const char *path;
	ssize_t length;

	if (place->descriptor >= 0)
		return flistxattr(place->descriptor, list, size);
	/* No call for that takes an O_PATH descriptor. */
	if (*place->name == '\0')
		return listxattr(held_path(place, buffer), list, size);
	if (list_at(place, list, size, &length))
		return length;
	path = path_of(worker, place, buffer);
	return path ? llistxattr(path, list, size) : -1;
}

ssize_t place_list_attributes(struct worker *worker, const struct place *place, char *list,
                              size_t size)
{
	ssize_t length = list_into(worker, place, list, size < USUAL ? size : USUAL);

	return length < 0 && errno == ERANGE ? list_into(worker, place, list, size) : length;
}

static ssize_t get_into(struct worker *worker, const struct place *place, const char *name,
                        void *value, size_t size)
{
	char buffer[NAME_MAX + 64];
	const char *path;

	if (place->descriptor >= 0)
		return fgetxattr(place->descriptor, name, value, size);
	if (*place->name == '\0')
		return getxattr(held_path(place, buffer), name, value, size);
	path = path_of(worker, place, buffer);
	return path ? lgetxattr(path, name, value, size) : -1;
}

ssize_t place_get_attribute(struct worker *worker, const struct place *place, const char *name,
                            void *value, size_t size)
{
	ssize_t length = get_into(worker, place, name, value, size < USUAL ? size : USUAL);

	return length < 0 && errno == ERANGE ? get_into(worker, place, name, value, size) : length;
}

int place_set_attribute(struct worker *worker, const struct place *place, const char *name,
                        const void *value, size_t size)
{
	char buffer[NAME_MAX + 64];
	const char *path;

	if (place->descriptor >= 0)
		return fsetxattr(place->descriptor, name, value, size, 0);
	if (*place->name == '\0')
		return setxattr(held_path(place, buffer), name, value, size, 0);
	path = path_of(worker, place, buffer);
	return path ? lsetxattr(path, name, value, size, 0) : -1;
}

int place_remove_attribute(struct worker *worker, const struct place *place, const char *name)
{
	char buffer[NAME_MAX + 64];
	const char *path;

	if (place->descriptor >= 0)
		return fremovexattr(place->descriptor, name);
	if (*place->name == '\0')
		return removexattr(held_path(place, buffer), name);
	path = path_of(worker, place, buffer);
	return path ? lremovexattr(path, name) : -1;
}
