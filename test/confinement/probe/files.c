/* Files outside what was granted, and those that were granted for reading only. */
#include "probe.h"

#include <dirent.h>
#include <sys/inotify.h>
#include <sys/time.h>
#include <sys/xattr.h>

#define SECRET in(arena.outside, "secret")
#define GRANTED in(arena.source, "file")

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

/* Of the system. */
PROBE(read_shadow, "reads /etc/shadow")
{
	return opens("/etc/shadow", O_RDONLY);
}
PROBE(read_root_home, "lists the home of root")
{
	return opendir("/root") == NULL ? -1 : 0;
}
PROBE(read_logs, "lists /var/log")
{
	return opendir("/var/log") == NULL ? -1 : 0;
}
PROBE(read_run, "lists /run, with the sockets of the system's services")
{
	return opendir("/run") == NULL ? -1 : 0;
}
PROBE(read_boot, "lists /boot")
{
	return opendir("/boot") == NULL ? -1 : 0;
}
PROBE(read_host_tmp, "finds what the host has in /tmp")
{
	return access(numbered("/tmp/clsync-arena-%d", arena.port), F_OK);
}
PROBE(read_host_shm, "finds the host's shared memory")
{
	return access(numbered("/dev/shm/clsync-arena-%d", arena.port), F_OK);
}

static int creates_in(const char *directory)
{
	const char *path = in(directory, ".clsync-probe");

	return opens(path, O_WRONLY | O_CREAT | O_EXCL) == 0 ? unlink(path) : -1;
}
/* One that nobody runs meanwhile: what runs is busy before it is read-only. */
PROBE(write_usr, "writes to a system program")
{
	return opens("/usr/bin/factor", O_WRONLY | O_APPEND);
}
PROBE(create_in_usr, "creates a file in /usr/lib")
{
	return creates_in("/usr/lib");
}
PROBE(create_in_etc, "creates a file in /etc")
{
	return creates_in("/etc");
}
PROBE(create_in_root, "creates a file in /")
{
	return creates_in("/");
}
PROBE(create_in_home, "creates a file in the home of root")
{
	return creates_in("/root");
}
PROBE(create_in_var, "creates a file in /var/tmp")
{
	return creates_in("/var/tmp");
}
PROBE(create_in_run, "creates a file in /run")
{
	return creates_in("/run");
}
PROBE(create_in_dev, "creates a file in /dev")
{
	return creates_in("/dev");
}
PROBE(create_in_shm, "creates a file in /dev/shm")
{
	return creates_in("/dev/shm");
}
PROBE(create_in_cron, "creates a file in /etc/cron.d")
{
	return creates_in("/etc/cron.d");
}
PROBE(write_passwd, "writes to /etc/passwd")
{
	return opens("/etc/passwd", O_WRONLY | O_APPEND);
}
PROBE(touch_passwd, "changes the times of /etc/passwd")
{
	return utimensat(AT_FDCWD, "/etc/passwd",
	                 (struct timespec[]){ { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_OMIT } },
	                 0);
}
PROBE(chmod_usr, "changes the mode of a system program")
{
	return chmod("/usr/bin/env", 0755);
}
PROBE(chown_usr, "changes the owner of a system program")
{
	return chown("/usr/bin/env", 0, 0);
}

/* The watch directory, of which there is a copy to write to. */
PROBE(write_source, "writes to a file of the watch directory")
{
	return opens(GRANTED, O_WRONLY);
}
PROBE(create_in_source, "creates a file there")
{
	return creates_in(arena.source);
}
PROBE(remove_in_source, "removes a file there")
{
	const char *path = in(arena.source, "spare");

	return unlink(path) == 0 ? opens(path, O_WRONLY | O_CREAT) : -1;
}
PROBE(chmod_source, "changes a mode there")
{
	return chmod(GRANTED, 0644);
}
PROBE(chown_source, "changes an owner there")
{
	return chown(GRANTED, geteuid(), getegid());
}
PROBE(utimes_source, "changes times there")
{
	return utimes(GRANTED, NULL);
}
PROBE(set_xattr_source, "sets an extended attribute there")
{
	return setxattr(GRANTED, "user.probe", "1", 1, 0);
}
PROBE(link_source, "links a file of it into the destination, to write to it there")
{
	const char *path = in(arena.copy, "linked");

	return link(GRANTED, path) == 0 ? unlink(path) : -1;
}
