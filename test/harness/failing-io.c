/*
 * Loaded into a FUSE server: while there is a file at $FAILING_IO its reads and writes fail as on a
 * broken disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

typedef ssize_t read_call(int, void *, size_t, off_t);
typedef ssize_t write_call(int, const void *, size_t, off_t);

static int fails(void)
{
	const char *path = getenv("FAILING_IO");

	if (path == NULL || access(path, F_OK) != 0)
		return 0;
	errno = EIO;
	return 1;
}

ssize_t pread64(int fd, void *to, size_t length, off_t at)
{
	read_call *call = (read_call *)dlsym(RTLD_NEXT, "pread64");

	return fails() ? -1 : call(fd, to, length, at);
}

ssize_t pwrite64(int fd, const void *from, size_t length, off_t at)
{
	write_call *call = (write_call *)dlsym(RTLD_NEXT, "pwrite64");

	return fails() ? -1 : call(fd, from, length, at);
}
