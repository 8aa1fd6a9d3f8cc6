/* Files of the system. */
#include "probe.h"

#include <dirent.h>

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

/*
 * A program that does not run now: for a running one, ETXTBSY would hide whether it is read-only.
 */
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
