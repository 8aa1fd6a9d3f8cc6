/* Random changes of a tree of all kinds of objects, with all kinds of attributes. */
#include "mirror-fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

void pick_path(char *path, size_t size)
{
	static const char *const names[] = { "a", "b", "c", "d\xff\n", ".clsync-mirror.x", "e e" };
	size_t length = 0;

	for (uint32_t depth = 1 + draw(3); depth > 0; depth--)
		length += (size_t)snprintf(path + length, size - length, "%s%s", length ? "/" : "",
		                           names[draw(6)]);
}

static void write_file(int root, const char *path, bool keep_time)
{
	static const size_t sizes[] = { 0, 1, 5000, 70000, 300000, 2 << 20 };
	static char bytes[300000];
	const size_t size = sizes[draw(6)];
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		                           { .tv_sec = 1000000000 + draw(2), .tv_nsec = 5 } };
	struct stat status;
	int fd;

	/* Nothing is written to a device. */
	if (fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(status.st_mode))
		return;
	fd = openat(root, path, O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0644);

	if (fd < 0)
		return;
	memset(bytes, 'a' + (int)draw(3), sizeof(bytes));
	if (size <= sizeof(bytes))
		CHECK(pwrite(fd, bytes, size, 0) == (ssize_t)size &&
		      ftruncate(fd, (off_t)size) == 0);
	else
		CHECK(ftruncate(fd, (off_t)size) == 0 &&
		      pwrite(fd, bytes, 10, (off_t)(size / 2 + draw(2))) == 10);
	if (keep_time)
		futimens(fd, times);
	close(fd);
}

static void set_attributes(int root, const char *path)
{
	/* Version 2; of the owner, user 5, the group, the mask, others. */
	static const uint8_t acl[] = { 2,   0,   0,   0,   1,   0,   7,  0,   255, 255, 255,
		                       255, 2,   0,   7,   0,   5,   0,  0,   0,   4,   0,
		                       5,   0,   255, 255, 255, 255, 16, 0,   7,   0,   255,
		                       255, 255, 255, 32,  0,   0,   0,  255, 255, 255, 255 };
	char through[128], value[2] = { (char)('0' + draw(3)), 0 };

	snprintf(through, sizeof(through), "/proc/self/fd/%d/%s", root, path);
	switch (draw(5)) {
	case 0:
		lsetxattr(through, draw(2) ? "user.one" : "user.two", value, draw(2), 0);
		break;
	case 1:
		lremovexattr(through, "user.one");
		break;
	case 2:
		lsetxattr(through, "system.posix_acl_access", acl, sizeof(acl), 0);
		break;
	case 3:
		lremovexattr(through, "system.posix_acl_access");
		lremovexattr(through, "system.posix_acl_default");
		break;
	default:
		lsetxattr(through, "system.posix_acl_default", acl, sizeof(acl), 0);
	}
}

static void set_time(int root, const char *path)
{
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		                           { .tv_sec = 1000000000 + draw(2), .tv_nsec = draw(2) } };

	utimensat(root, path, times, AT_SYMLINK_NOFOLLOW);
}

static void set_mode(int root, const char *path)
{
	struct stat status;

	if (fstatat(root, path, &status, AT_SYMLINK_NOFOLLOW) != 0 || S_ISLNK(status.st_mode))
		return;
	/* An ordinary user could not look into other directories. */
	fchmodat(root, path, S_ISDIR(status.st_mode) ? 0700 | draw(04000) : draw(010000) | 0600, 0);
}

static void make_special(int root, const char *path)
{
	static const mode_t types[] = { S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };

	mknodat(root, path, types[draw(4)] | draw(01000), draw(2) ? 0x103 : 0x105);
}

void mirror_change(int root, bool plain)
{
	char path[64], other[64];

	pick_path(path, sizeof(path));
	pick_path(other, sizeof(other));
	switch (draw(20)) {
	case 0:
	case 1:
	case 2:
		mkdirat(root, path, 0755);
		break;
	case 3:
		symlinkat(draw(2) ? "/proc/self/fdinfo" : "a", root, path);
		break;
	case 4:
	case 5:
		if (!plain)
			renameat(root, path, root, other);
		break;
	case 6:
		unlinkat(root, path, draw(2) ? AT_REMOVEDIR : 0);
		break;
	case 7:
	case 8:
		if (plain)
			break;
		unlinkat(root, other, 0);
		linkat(root, path, root, other, 0);
		break;
	case 9:
		if (!plain)
			set_time(root, path);
		break;
	case 10:
		make_special(root, path);
		break;
	case 11:
		fchownat(root, path, draw(3), draw(3), AT_SYMLINK_NOFOLLOW);
		break;
	case 12:
		set_mode(root, path);
		break;
	case 13:
	case 14:
		set_attributes(root, path);
		break;
	default:
		write_file(root, path, !plain && draw(2));
	}
}
