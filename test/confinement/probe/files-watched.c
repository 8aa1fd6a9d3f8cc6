/* Files of the watch directory, which was granted for reading only; there is a copy to write to. */
#include "probe.h"

#include <stdint.h>
#include <sys/time.h>
#include <sys/xattr.h>

#define GRANTED in(arena.source, "file")

PROBE(read_source, "reads a file of the watch directory")
{
	return reads(GRANTED);
}
PROBE(read_source_anew, "opens it without reading it, and then again by /proc/self/fd")
{
	int fd = open(GRANTED, O_PATH);

	return fd < 0 ? -1 : reads(numbered("/proc/self/fd/%d", fd));
}
PROBE(read_source_by_openat2, "reads it by openat2")
{
	const uint64_t how[3] = { O_RDONLY };
	char byte;
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, GRANTED, how, sizeof(how));

	return fd < 0 ? -1 : read(fd, &byte, 1) == 1 ? 0 : -1;
}
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
