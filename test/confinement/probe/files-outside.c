/* Files outside the grants. */
#include "probe.h"

#include <dirent.h>
#include <sys/inotify.h>
#include <sys/time.h>
#include <sys/xattr.h>

#define SECRET in(arena.outside, "secret")

PROBE(read_secret, "reads a file outside its view")
{
	return opens(SECRET, O_RDONLY);
}
PROBE(write_secret, "writes it")
{
	return opens(SECRET, O_WRONLY);
}
PROBE(truncate_outside, "cuts a file outside short")
{
	return truncate(in(arena.outside, "empty"), 0);
}
PROBE(create_outside, "creates one beside it")
{
	return opens(in(arena.outside, "planted"), O_WRONLY | O_CREAT);
}
PROBE(directory_outside, "makes a directory there")
{
	const char *path = in(arena.outside, "planted-directory");

	return mkdir(path, 0700) == 0 ? rmdir(path) : -1;
}
PROBE(fifo_outside, "makes a fifo there")
{
	const char *path = in(arena.outside, "planted-fifo");

	return mkfifo(path, 0600) == 0 ? unlink(path) : -1;
}
PROBE(symlink_outside, "makes a symbolic link there")
{
	const char *path = in(arena.outside, "planted-link");

	return symlink("secret", path) == 0 ? unlink(path) : -1;
}
PROBE(remove_outside, "removes a file there")
{
	const char *path = in(arena.outside, "spare");

	return unlink(path) == 0 ? opens(path, O_WRONLY | O_CREAT) : -1;
}
PROBE(remove_directory_outside, "removes a directory there")
{
	const char *path = in(arena.outside, "spare-directory");

	return rmdir(path) == 0 ? mkdir(path, 0755) : -1;
}
PROBE(rename_outside, "renames a file there")
{
	return rename(in(arena.outside, "spare"), in(arena.outside, "spare"));
}
PROBE(exchange_outside, "exchanges two files there")
{
	return renameat2(AT_FDCWD, SECRET, AT_FDCWD, in(arena.outside, "secret"), RENAME_EXCHANGE);
}
PROBE(chmod_outside, "changes the mode of a file there")
{
	return chmod(SECRET, 0600);
}
PROBE(chown_outside, "changes its owner")
{
	return chown(SECRET, geteuid(), getegid());
}
PROBE(lchown_outside, "changes the owner of a symbolic link there")
{
	return lchown(in(arena.outside, "link"), geteuid(), getegid());
}
PROBE(utimes_outside, "changes its times")
{
	return utimes(SECRET, NULL);
}
PROBE(set_xattr_outside, "sets an extended attribute on it")
{
	return setxattr(SECRET, "user.probe", "1", 1, 0);
}
PROBE(get_xattr_outside, "lists its extended attributes")
{
	return (int)listxattr(SECRET, NULL, 0);
}
PROBE(link_outside, "links it into the destination")
{
	const char *path = in(arena.copy, "linked");

	return link(SECRET, path) == 0 ? unlink(path) : -1;
}
PROBE(take_outside, "moves a file from there into the destination")
{
	const char *path = in(arena.copy, "taken");

	return rename(in(arena.outside, "spare"), path) == 0
	               ? rename(path, in(arena.outside, "spare"))
	               : -1;
}
PROBE(list_outside, "lists its directory")
{
	return opendir(arena.outside) == NULL ? -1 : 0;
}
PROBE(stat_outside, "learns its size and owner")
{
	struct stat stat;

	return lstat(SECRET, &stat);
}
PROBE(access_outside, "learns whether it is there")
{
	return access(SECRET, F_OK);
}
PROBE(link_value_outside, "reads the value of a symbolic link there")
{
	char value[64];

	return (int)readlink(in(arena.outside, "link"), value, sizeof(value));
}
PROBE(watch_outside, "is told of changes there")
{
	return inotify_add_watch(inotify_init1(0), arena.outside, IN_CREATE);
}
PROBE(enter_outside, "makes it its working directory")
{
	return chdir(arena.outside);
}
PROBE(read_through_symlink, "reads it through a symbolic link in the destination")
{
	const char *path = in(arena.copy, "pointer");

	unlink(path);
	return symlink(SECRET, path) != 0 ? -1 : opens(path, O_RDONLY);
}
PROBE(read_through_dots, "reads it by way of `..`")
{
	char path[2048];

	snprintf(path, sizeof(path), "%s/../outside/secret", arena.copy);
	return opens(path, O_RDONLY);
}
PROBE(read_through_own_root, "reads it by way of /proc/self/root")
{
	char path[2048];

	snprintf(path, sizeof(path), "/proc/self/root%s/secret", arena.outside);
	return opens(path, O_RDONLY);
}
PROBE(read_through_first_root, "reads it by way of the root of process 1")
{
	char path[2048];

	snprintf(path, sizeof(path), "/proc/1/root%s/secret", arena.outside);
	return opens(path, O_RDONLY);
}
PROBE(open_by_handle, "opens a file by its handle, past any view")
{
	struct {
		struct file_handle head;
		unsigned char bytes[128];
	} handle = { .head.handle_bytes = 128 };
	int mount, at = open(arena.copy, O_RDONLY | O_DIRECTORY);

	if (name_to_handle_at(AT_FDCWD, arena.copy, &handle.head, &mount, 0) != 0)
		return -1;
	return open_by_handle_at(at, &handle.head, O_RDONLY) < 0 ? -1 : 0;
}
