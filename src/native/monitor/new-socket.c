#include "monitor/new-socket.h"

#include "monitor/new-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 511

/* Binds it under a name that nobody knows; with its mode from the beginning. */
static int bind_socket(int fd, int directory, const struct frozen_file *file, const char *temporary)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", directory,
	         temporary);
	mode_t before = umask(~file->mode & 0777);
	int error = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
	umask(before);
	if (error == 0 && (file->uid != geteuid() || file->gid != getegid()) &&
	    fchownat(directory, temporary, file->uid, file->gid, AT_SYMLINK_NOFOLLOW) != 0)
		error = errno;
	return error;
}

int new_socket(int directory, const struct frozen_file *file, struct stat *status, int *descriptor)
{
	char temporary[TEMPORARY_SIZE];

	if (fstatat(directory, file->name, status, AT_SYMLINK_NOFOLLOW) == 0)
		return EEXIST;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	name_temporary(temporary);
	int error = bind_socket(fd, directory, file, temporary);
	if (error == 0 && (listen(fd, BACKLOG) != 0 ||
	                   fstatat(directory, temporary, status, AT_SYMLINK_NOFOLLOW) != 0 ||
	                   renameat(directory, temporary, directory, file->name) != 0))
		error = errno;
	if (error != 0) {
		unlinkat(directory, temporary, 0);
		close(fd);
		return error;
	}
	*descriptor = fd;
	return 0;
}
