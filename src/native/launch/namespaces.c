#include "launch/namespaces.h"

#include "launch/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

uint32_t launch_namespaces;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail(errno, "%s", path);
	close(fd);
}

void step_namespaces(struct payload *payload)
{
	uint32_t flags = read_u32(payload);
	const char *uid_map = read_string(payload);
	const char *gid_map = read_string(payload);
	const uint32_t known = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
	                       CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET;

	read_end(payload);
	if ((flags & ~known) != 0)
		fail(EINVAL, "flags %x", flags);
	if (unshare((int)flags) != 0)
		fail(errno, "unshare %x", flags);
	launch_namespaces = flags;
	if ((flags & CLONE_NEWUSER) == 0)
		return;
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", uid_map);
	write_file("/proc/self/gid_map", gid_map);
}
