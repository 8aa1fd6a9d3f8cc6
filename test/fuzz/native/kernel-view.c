/*
 * The view of the file system, Landlock and the system call filter: every argument is read, and
 * nothing is kept.
 */
#include "specification.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers of Landlock's calls, and the size of a rule. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, PATH_RULE = 12 };

STAND_IN(int, chroot, const char *path)
{
	touch_string(path);
	return refused() ? -1 : 0;
}

STAND_IN(int, unshare, int flags)
{
	kernel.new_namespace = flags & CLONE_NEWPID;
	return refused() ? -1 : 0;
}

STAND_IN(int, mount, const char *source, const char *target, const char *type, unsigned long flags,
         const void *options)
{
	const char *strings[] = { source, target, type, options };

	(void)flags;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (strings[i] != NULL)
			touch_string(strings[i]);
	return refused() ? -1 : 0;
}

/*
 * Of the root that is left: it goes. Of a row: nothing is mounted there, unless the input says so.
 */
STAND_IN(int, umount2, const char *target, int flags)
{
	CHECK(flags == MNT_DETACH);
	touch_string(target);
	if (strcmp(target, ".") == 0)
		return refused() ? -1 : 0;
	if (decision() > 0)
		return fails() ? -1 : 0;
	errno = EINVAL;
	return -1;
}

STAND_IN(int, open_tree, int directory, const char *path, unsigned flags)
{
	CHECK(flags & OPEN_TREE_CLONE);
	CHECK(flags & AT_EMPTY_PATH ? is_open(directory) : directory == AT_FDCWD);
	touch_string(path);
	return refused() ? -1 : open_descriptor();
}

STAND_IN(int, move_mount, int from, const char *from_path, int to, const char *to_path,
         unsigned flags)
{
	CHECK(is_open(from) && (to == AT_FDCWD || is_open(to)));
	touch_string(from_path);
	touch_string(to_path);
	(void)flags;
	return refused() ? -1 : 0;
}

STAND_IN(int, mount_setattr, int directory, const char *path, unsigned flags,
         struct mount_attr *attributes, size_t size)
{
	CHECK(is_open(directory) && size == sizeof(*attributes));
	touch_string(path);
	touch(attributes, size);
	(void)flags;
	return refused() ? -1 : 0;
}

static long filter(const struct sock_fprog *program)
{
	int result;

	touch(program->filter, program->len * sizeof(struct sock_filter));
	SET(filtered, 1);
	return result;
}

static long resolve(int directory, const char *path, const struct open_how *how, size_t size)
{
	CHECK(size == sizeof(*how));
	CHECK(how->resolve == RESOLVE_IN_ROOT ? is_open(directory)
	                                      : how->resolve == RESOLVE_NO_SYMLINKS);
	touch_string(path);
	return opened();
}

STAND_IN(long, syscall, long number, ...)
{
	uintptr_t words[4];
	va_list rest;

	va_start(rest, number);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = va_arg(rest, uintptr_t);
	va_end(rest);
	switch (number) {
	case SYS_capset:
	case SYS_capget:
		return credentials_call(number, (void *)words[0], (void *)words[1]);
	case SYS_openat2:
		return resolve((int)words[0], (const char *)words[1], (const void *)words[2],
		               words[3]);
	case SYS_seccomp:
		return filter((const void *)words[2]);
	case SYS_pivot_root:
	case RESTRICT_SELF:
		return refused() ? -1 : 0;
	case CREATE_RULESET:
		touch((const void *)words[0], words[1]);
		return refused() ? -1 : open_descriptor();
	case ADD_RULE:
		touch((const void *)words[2], PATH_RULE);
		return refused() ? -1 : 0;
	}
	CHECK(!"a system call that is not known here");
	return -1;
}
