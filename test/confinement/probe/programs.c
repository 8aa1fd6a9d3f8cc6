/* What handlers are there for, and an executor that starts none must not be able to do. */
#include "probe.h"

#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int ended_well(pid_t child)
{
	int status;

	return child < 0 || waitpid(child, &status, 0) < 0 ? -1 : 0;
}

PROBE(execute_in_place, "becomes another program")
{
	/* The kernel looks at the path once the call is permitted. */
	return syscall(SYS_execve, NULL, NULL, NULL) < 0 && errno == EFAULT ? 0 : -1;
}
PROBE(execute_program, "runs a program of the system")
{
	int status = runs("/bin/true", (char *const[]){ "true", NULL });

	return status == 0 ? 0 : denied(status > 0 ? EPERM : errno);
}
PROBE(new_process, "makes a process")
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return ended_well(child);
}
PROBE(new_process_by_vfork, "makes one by vfork")
{
	pid_t child = (pid_t)syscall(SYS_clone, 0x4000 | 0x11 /* CLONE_VFORK, SIGCHLD */, 0, 0, 0,
	                             0);

	if (child == 0)
		_exit(0);
	return ended_well(child);
}
PROBE(pair_of_sockets, "makes a pair of sockets")
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return -1;
	close(ends[0]);
	return close(ends[1]);
}
PROBE(library_as_code, "maps one more library as code")
{
	int fd = open("/lib64/ld-linux-x86-64.so.2", O_RDONLY | O_CLOEXEC);
	void *memory = fd < 0 ? MAP_FAILED
	                      : mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	return memory == MAP_FAILED ? -1 : munmap(memory, 4096);
}
PROBE(watch_source, "is told of changes in the watch directory")
{
	int fd = inotify_init1(IN_CLOEXEC);

	return fd < 0 || inotify_add_watch(fd, arena.source, IN_CREATE) < 0 ? -1 : close(fd);
}
PROBE(read_program, "reads a program of the system")
{
	return reads("/usr/bin/env");
}
PROBE(read_password_database, "reads the names of the users")
{
	return reads("/etc/passwd");
}
PROBE(write_tmp, "writes a file to /tmp")
{
	return creates_in("/tmp");
}
