#include "monitor/places.h"

#include "monitor/frozen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whom the user has accepted as owner since, by place; the frozen owner at first. */
static uint32_t owners[PLACES_MAX];
static bool accepted;

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

int places_walk(const char *path)
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

bool places_may_own(uint32_t user, uint32_t owner)
{
	for (uint32_t i = 0; i < frozen->owner_count; i++)
		if (frozen->owners[i] == user)
			return true;
	return user == owner;
}

static int check(int fd, uint32_t number)
{
	const struct frozen_place *place = &frozen->places[number];
	const uint32_t owner = accepted ? owners[number] : place->owner;
	struct stat status;

	if (fstat(fd, &status) != 0)
		return errno;
	if (S_ISDIR(status.st_mode) != ((place->flags & PLACE_DIRECTORY) != 0))
		return ENOTDIR;
	return (place->flags & PLACE_OF_ANYONE) != 0 || places_may_own(status.st_uid, owner)
	               ? 0
	               : EPERM;
}

int places_open(int *descriptors)
{
	for (uint32_t i = 0; i < frozen->place_count; i++) {
		descriptors[i] = places_walk(frozen->places[i].path);

		int error = descriptors[i] < 0 ? errno : check(descriptors[i], i);
		if (error == 0)
			continue;
		for (uint32_t opened = 0; opened <= i; opened++)
			if (descriptors[opened] >= 0)
				close(descriptors[opened]);
		return error;
	}
	return 0;
}

void places_close(const int *descriptors)
{
	for (uint32_t i = 0; i < frozen->place_count; i++)
		close(descriptors[i]);
}

void places_accept(void)
{
	for (uint32_t i = 0; i < frozen->place_count; i++) {
		int fd = places_walk(frozen->places[i].path);
		struct stat status;

		if (!accepted)
			owners[i] = frozen->places[i].owner;
		if (fd >= 0 && fstat(fd, &status) == 0)
			owners[i] = status.st_uid;
		if (fd >= 0)
			close(fd);
	}
	accepted = true;
}
