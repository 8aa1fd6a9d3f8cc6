/* Descriptors, and files by name. Only the set of open descriptors is kept. */
#include "specification.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* The value of the symbolic link that could not be made just now. */
static const char *link_value;
/* The listing of /proc/self/fd: how far it is, and its own descriptor. */
static int listed, listing;

bool is_open(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS && kernel.is.descriptors >> fd & 1;
}

int open_descriptor(void)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (!is_open(fd)) {
			kernel.is.descriptors |= 1ull << fd;
			kernel.asked.descriptors |= 1ull << fd;
			kernel.files |= 1ull << fd;
			return fd;
		}
	errno = EMFILE;
	return -1;
}

int opened(void)
{
	return fails() ? -1 : open_descriptor();
}

STAND_IN(int, close, int fd)
{
	if (!is_open(fd)) {
		errno = EBADF;
		return -1;
	}
	kernel.is.descriptors &= ~(1ull << fd);
	kernel.asked.descriptors &= ~(1ull << fd);
	kernel.files &= ~(1ull << fd);
	if (fd == kernel.cgroup)
		kernel.cgroup = -1;
	return 0;
}

STAND_IN(int, close_range, unsigned first, unsigned last, int flags)
{
	uint64_t left = kernel.is.descriptors;
	int result;

	CHECK(first <= last && flags == 0);
	for (unsigned fd = first; fd <= last && fd < DESCRIPTORS; fd++)
		left &= ~(1ull << fd);
	SET(descriptors, left);
	return result;
}

/* Descriptors above those in the set count as open. */
STAND_IN(int, fcntl, int fd, int command, ...)
{
	CHECK(command == F_SETFD || command == F_GETFD);
	if (fd >= DESCRIPTORS || is_open(fd))
		return 0;
	errno = EBADF;
	return -1;
}

STAND_IN(int, open, const char *path, int flags, ...)
{
	int fd = opened();

	touch_string(path);
	if (flags & O_NOFOLLOW)
		kernel.cgroup = fd;
	return fd;
}

STAND_IN(int, openat, int directory, const char *path, int flags, ...)
{
	CHECK(is_open(directory));
	(void)flags;
	touch_string(path);
	return opened();
}

/* A cgroup's list of members. */
STAND_IN(FILE *, fopen, const char *path, const char *mode)
{
	static char members[32];

	touch_string(path);
	CHECK(strcmp(mode, "re") == 0);
	if (fails())
		return NULL;
	snprintf(members, sizeof(members), "1\n%d\n", kernel.is.in_cgroup ? kernel.pid : 2);
	return fmemopen(members, strlen(members), "r");
}

STAND_IN(DIR *, opendir, const char *path)
{
	touch_string(path);
	listed = 0;
	listing = opened();
	return listing < 0 ? NULL : (DIR *)(void *)&listed;
}

STAND_IN(int, dirfd, DIR *directory)
{
	CHECK((void *)directory == &listed);
	return listing;
}

STAND_IN(struct dirent *, readdir, DIR *directory)
{
	static struct dirent entry;

	CHECK((void *)directory == &listed);
	while (listed < DESCRIPTORS && !is_open(listed))
		listed++;
	if (listed == DESCRIPTORS)
		return NULL;
	snprintf(entry.d_name, sizeof(entry.d_name), "%d", listed++);
	return &entry;
}

STAND_IN(int, closedir, DIR *directory)
{
	CHECK((void *)directory == &listed);
	return fake_close(listing);
}

STAND_IN(int, fanotify_init, unsigned flags, unsigned event_flags)
{
	CHECK(flags & FAN_NONBLOCK);
	(void)event_flags;
	return opened();
}

STAND_IN(int, fanotify_mark, int group, unsigned flags, uint64_t mask, int directory,
         const char *path)
{
	CHECK(is_open(group) && directory == AT_FDCWD);
	(void)flags;
	(void)mask;
	touch_string(path);
	return fails() ? -1 : 0;
}

STAND_IN(int, eventfd, unsigned count, int flags)
{
	CHECK(count > 0 && flags & EFD_NONBLOCK);
	return opened();
}

STAND_IN(int, dup2, int from, int to)
{
	CHECK(is_open(from));
	if (to < 0 || to >= DESCRIPTORS) {
		errno = EBADF;
		return -1;
	}
	kernel.is.descriptors |= 1ull << to;
	kernel.asked.descriptors |= 1ull << to;
	return to;
}

/* Reports a directory or another kind of file. */
static int look_at(struct stat *status)
{
	int decided = decision();

	*status = (struct stat){ .st_mode = decided >= 0 && decided % 2 ? S_IFREG : S_IFDIR,
		                 .st_ino = decided >= 128 };
	return fails() ? -1 : 0;
}

STAND_IN(int, fstat, int fd, struct stat *status)
{
	CHECK(is_open(fd) || fd >= DESCRIPTORS);
	return look_at(status);
}

STAND_IN(int, fstatat, int directory, const char *path, struct stat *status, int flags)
{
	CHECK(is_open(directory) && path[0] == '\0' && flags == AT_EMPTY_PATH);
	return look_at(status);
}

/* Reports the mount that everything is on, or another one. */
STAND_IN(int, statx, int fd, const char *path, int flags, unsigned mask, struct statx *status)
{
	CHECK(is_open(fd) && path[0] == '\0' && flags == AT_EMPTY_PATH && mask == STATX_MNT_ID);
	*status = (struct statx){ .stx_mask = mask, .stx_mnt_id = decision() == 255 ? 2 : 1 };
	return refused() ? -1 : 0;
}

STAND_IN(int, mkdirat, int directory, const char *path, mode_t mode)
{
	CHECK(is_open(directory));
	(void)mode;
	touch_string(path);
	return fails() ? -1 : 0;
}

STAND_IN(int, symlinkat, const char *value, int directory, const char *path)
{
	CHECK(is_open(directory));
	touch_string(value);
	touch_string(path);
	bool failed = fails();
	link_value = failed ? value : NULL;
	return failed ? -1 : 0;
}

/*
 * What stands there already is of any length, up to all the room. Another value than the one wanted
 * is none to go on with.
 */
STAND_IN(ssize_t, readlinkat, int directory, const char *path, char *value, size_t room)
{
	int decided = decision();
	size_t length = decided == 255 ? room : decided < 0 ? 0 : (size_t)decided;

	CHECK(is_open(directory));
	touch_string(path);
	memset(value, 'x', length);
	/*
	 * Where no link was to be made before, in what is the host's, what is wanted is not known
	 * here.
	 */
	if (link_value != NULL)
		kernel.failed |= length != strlen(link_value) ||
		                 memcmp(value, link_value, length) != 0;
	link_value = NULL;
	return fails() ? -1 : (ssize_t)length;
}

STAND_IN(int, chmod, const char *path, mode_t mode)
{
	(void)mode;
	touch_string(path);
	return refused() ? -1 : 0;
}

STAND_IN(int, fchdir, int fd)
{
	CHECK(is_open(fd) || fd >= DESCRIPTORS);
	return refused() ? -1 : 0;
}

STAND_IN(int, chdir, const char *path)
{
	touch_string(path);
	return refused() ? -1 : 0;
}
