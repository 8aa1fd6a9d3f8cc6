#include "monitor/way.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens `name`, which may be no symbolic link, in `at`; -1 with errno set. */
static int enter(int at, const char *name)
{
	int fd = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || (fstat(fd, &status) == 0 && !S_ISLNK(status.st_mode)))
		return fd;
	close(fd);
	errno = ELOOP;
	return -1;
}

int way_open(const char *path)
{
	char name[NAME_MAX + 1];
	int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	while (at >= 0 && *(path += strspn(path, "/")) != '\0') {
		size_t length = strcspn(path, "/");
		int next = -1;

		errno = ENAMETOOLONG;
		if (length < sizeof(name)) {
			memcpy(name, path, length);
			name[length] = '\0';
			next = enter(at, name);
		}
		int error = errno;
		close(at);
		errno = error;
		at = next;
		path += length;
	}
	return at;
}
