/* A name in a directory. */
#ifndef CLSYNC_PLACE_H
#define CLSYNC_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct place {
	/* The directory's node. */
	uint32_t parent;
	/* Its descriptor, owned by the caller. */
	int fd;
	const char *name;
	size_t name_length;
	/* The whole path, relative to the root. */
	const char *path;
	size_t path_length;
	/*
	 * The path from which the object that stands there, or did until just now, was moved. Of
	 * length 0 if it is unknown or the object was not moved.
	 */
	const char *origin;
	size_t origin_length;
};

/*
 * Appends `name` to the directory's path, the first `length` bytes of `path` (PATH_MAX bytes);
 * `whole` is the new length. False when the result is longer than PATH_MAX.
 */
bool append_name(char *path, size_t length, const char *name, size_t name_length, size_t *whole);

/*
 * The length of a name; -1 if it is `.` or `..`, is too long or has a slash. The kernel reports
 * none of these; the check makes sure that a name stays within its directory.
 */
long event_name_length(const char *name, size_t room);

#endif
