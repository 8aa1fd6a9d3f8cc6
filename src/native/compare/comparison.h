/*
 * Two directory trees side by side: a source, and its copy where that can be looked at. What a
 * listing program must be told is found: files whose content may differ though size and time do
 * not, files with holes, names that share an object in the copy only, names that only the copy has.
 * Nothing here decides what follows; see src/executor/lists/comparison.ts. Never follows a symbolic
 * link.
 */
#ifndef CLSYNC_COMPARISON_H
#define CLSYNC_COMPARISON_H

#include "common/bytes.h"
#include "compare/quick-check.h"
#include "compare/ties.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* How one directory is looked at. */
enum extent {
	/* Whatever is beneath may be another's: the directory came from elsewhere. */
	EXTENT_SUSPECT = 1,
	/* Of what both sides have, one level only. */
	EXTENT_SHALLOW = 2,
};

enum difference_kind {
	/* Looks like its copy, or may. */
	DIFFERENCE_DOUBTFUL = 1,
	/* A directory that came from elsewhere since it was copied. */
	DIFFERENCE_SUSPECT = 2,
	DIFFERENCE_SPARSE = 3,
	/* Only the copy has it; `directory` says what it is. */
	DIFFERENCE_EXTRA = 4,
	/*
	 * A file, or something else that is no directory, whose copy is the same object as that of
	 * another of the source.
	 */
	DIFFERENCE_TIED_FILE = 5,
	DIFFERENCE_TIED_OTHER = 6,
	DIFFERENCE_SHARED = 7,
};

/* One finding, followed by its path; read by src/executor/lists/comparison.ts. */
struct difference {
	uint8_t kind, directory, reserved[2];
	uint32_t size, links, path_length;
};

_Static_assert(offsetof(struct difference, directory) == 1 &&
                       offsetof(struct difference, size) == 4 &&
                       offsetof(struct difference, links) == 8 &&
                       offsetof(struct difference, path_length) == 12 &&
                       sizeof(struct difference) == 16,
               "struct difference");

/* A directory that is to be looked at; `path` is its own memory. */
struct directory_pair {
	char *path;
	size_t length;
	uint32_t extent;
};

struct comparison {
	struct compare_terms terms;
	/* Roots; `copy` is -1 where it cannot be looked at. */
	int source, copy;
	uint64_t device;
	struct timespec now;
	/* Paths that are left alone with all beneath, sorted; they point into `skipped_bytes`. */
	char *skipped_bytes;
	const char **skipped;
	size_t skipped_count;
	struct directory_pair *pairs;
	size_t count, capacity;
	/* The directory being listed, on one side after the other. */
	struct directory_pair pair;
	int here, there, listed;
	size_t at, length;
	char entries[64 << 10];
	struct ties ties;
	struct bytes findings;
};

/*
 * Owns the descriptors from here on. `skipped`: paths ended by NUL, in byte order; copied.
 */
void compare_init(struct comparison *comparison, int source, int copy,
                  const struct compare_terms *terms, const uint8_t *skipped, size_t length);
/* Closes all descriptors and frees what it holds, not the structure itself. */
void compare_free(struct comparison *comparison);
/* Adds a directory, relative to the roots, to what is to be looked at; bits of enum extent. */
void compare_add(struct comparison *comparison, const char *path, size_t length, uint32_t extent);
/* Goes on for about `budget` entries; false when all has been looked at. */
bool compare_step(struct comparison *comparison, uint32_t budget);

#endif
