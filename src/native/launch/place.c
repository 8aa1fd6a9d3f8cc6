#include "launch/place.h"

#include "launch/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct place read_place(struct payload *payload)
{
	struct place place = { .path = read_string(payload) };

	place.descriptor = read_u32(payload);
	if (place_is_open(&place) && fcntl((int)place.descriptor, F_GETFD) < 0)
		fail(errno, "descriptor %u", place.descriptor);
	return place;
}

bool place_is_open(const struct place *place)
{
	return place->descriptor != PLACE_BY_PATH;
}

int place_find(const struct place *place)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		                .resolve = RESOLVE_NO_SYMLINKS };
	struct stat found, meant;
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, place->path, &how, sizeof(how));

	if (fd < 0 || fstat(fd, &found) != 0 || fstat((int)place->descriptor, &meant) != 0)
		fail(errno, "%s", place->path);
	/* The number is not used again while the descriptor is open. */
	if (found.st_dev != meant.st_dev || found.st_ino != meant.st_ino)
		fail(ESTALE, "%s is another one by now", place->path);
	return fd;
}
