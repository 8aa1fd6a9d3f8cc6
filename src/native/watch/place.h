/* A name in a directory. */
#ifndef CLSYNC_PLACE_H
#define CLSYNC_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct place {
	/* The directory's node. */
	uint32_t parent;
	/* Its descriptor, borrowed from whoever looks. */
	int fd;
	const char *name;
	size_t name_length;
	/* The whole path, relative to the root. */
	const char *path;
	size_t path_length;
	/*
	 * The path from which what stands there, or did until just now, was moved, where that is
	 * known; else of length 0.
	 */
	const char *origin;
	size_t origin_length;
};

/*
 * Whether the path with `name` appended is one; writes it to `path` (PATH_MAX bytes) whose first
 * `length` are the directory's.
 */
bool append_name(char *path, size_t length, const char *name, size_t name_length, size_t *whole);

#endif
