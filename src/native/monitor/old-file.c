#include "monitor/old-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int open_to_read(int directory, const struct frozen_file *file, int *descriptor)
{
	int fd = openat(directory, file->name,
	                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return errno;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return EINVAL;
	}
	*descriptor = fd;
	return 0;
}

int open_to_append(int directory, const struct frozen_file *file, int *descriptor)
{
	int fd = openat(directory, file->name,
	                O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	                        O_CLOEXEC,
	                file->mode);
	struct stat status;

	if (fd < 0)
		return errno;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1 ||
	    (status.st_uid != geteuid() && status.st_uid != 0)) {
		close(fd);
		return EPERM;
	}
	*descriptor = fd;
	return 0;
}
