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
