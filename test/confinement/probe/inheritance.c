/* Descriptors and other state inherited from the daemon. */
#include "probe.h"

#include <sys/prctl.h>

/* A plug-in's process has a descriptor besides 0 to 2. */
#ifndef FIRST_STRAY
#define FIRST_STRAY 3
#endif

PROBE(stray_descriptors, "finds descriptors open that are not its own")
{
	for (int fd = FIRST_STRAY; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 0;
	return denied(EBADF);
}
/* Of those that it was started with: found before it opens any. */
static int has_inode;

__attribute__((constructor)) static void look_for_inodes(void)
{
	struct stat own = { 0 }, given;
	int ends[2];

	if (pipe(ends) == 0) {
		fstat(ends[0], &own);
		close(ends[0]);
		close(ends[1]);
	}
	for (int fd = 0; fd < FIRST_STRAY; fd++) {
		if (fstat(fd, &given) != 0 || S_ISSOCK(given.st_mode))
			continue;
		if (!S_ISFIFO(given.st_mode) || given.st_dev != own.st_dev)
			has_inode = 1;
	}
}

PROBE(inherited_inode, "has inherited a descriptor that refers to an inode of the host")
{
	return has_inode ? 0 : denied(EBADF);
}
PROBE(stray_environment, "finds a variable of the daemon's environment")
{
	return getenv("PROBE_SECRET") != NULL ? 0 : denied(ENOENT);
}
PROBE(stray_library, "has a library of the starter's choice loaded")
{
	return getenv("LD_AUDIT") != NULL ? 0 : denied(ENOENT);
}
PROBE(stray_node_options, "finds options for Node in its environment")
{
	return getenv("NODE_OPTIONS") != NULL ? 0 : denied(ENOENT);
}
PROBE(terminal, "has the daemon's terminal for its own")
{
	return opens("/dev/tty", O_RDWR);
}
