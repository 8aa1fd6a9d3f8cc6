/* What a run leaves alone, on both sides. */
#ifndef CLSYNC_MIRROR_PROTECTION_H
#define CLSYNC_MIRROR_PROTECTION_H

#include "watch/rules.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Paths in byte order. */
struct paths {
	char *bytes;
	const char **list;
	size_t count;
};

struct protection {
	/* Left alone with everything beneath; and directories of which only the content is. */
	struct paths skipped, contents;
	/* What they refuse is left alone, too; NULL: nothing. Not owned. */
	const struct rules *rules;
};

/* Copies the paths, each ended by NUL, in byte order. */
void paths_decode(struct paths *paths, const uint8_t *bytes, size_t length);
void paths_free(struct paths *paths);

/* Whether a run may meet anything that it leaves alone. */
bool protects_anything(const struct protection *protection);
/* Whether an object of this kind is left alone at this path; what is above it is not asked. */
bool is_protected(const struct protection *protection, const char *path, bool is_directory);
/* Whether a directory above the path is left alone with everything beneath. */
bool is_beneath_protected(const struct protection *protection, const char *path);
/* Whether the content of a directory is left alone. */
bool is_content_protected(const struct protection *protection, const char *path);

#endif
