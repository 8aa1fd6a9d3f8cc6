#include "mirror/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* openat2(2) asks to try again when something is renamed meanwhile. */
enum { ATTEMPTS = 64 };

static int open_beneath(int root, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | resolve };
	int directory = -1;

	for (int i = 0; i < ATTEMPTS && directory < 0; i++) {
		directory = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof(how));
		if (directory < 0 && errno != EAGAIN && errno != EINTR)
			break;
	}
	return directory;
}

int open_beneath_root(int root, const char *path)
{
	return open_beneath(root, path, O_RDONLY | O_NONBLOCK, 0);
}

int open_in_mount(int root, const char *path)
{
	return open_beneath(root, path, O_RDONLY | O_NONBLOCK, RESOLVE_NO_XDEV);
}

int open_path_beneath(int root, const char *path)
{
	return open_beneath(root, path, O_PATH, 0);
}

size_t length_above(const char *path, size_t length)
{
	while (length > 0 && path[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

bool means_absent(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ELOOP;
}
