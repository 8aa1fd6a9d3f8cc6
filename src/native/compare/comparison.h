/*
 * Compares two directory trees: a source, and its copy where that is accessible. Reports what rsync
 * does not find by itself: files whose content may differ though size and time are equal, files
 * with holes, names that share an inode in the copy only, names that only the copy has. Nothing
 * here decides what follows; see src/executor/lists/comparison.ts. Never follows a symbolic link.
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

/* How one directory is compared. */
enum extent {
	/* All beneath may differ from the copy: the directory was moved here. */
	EXTENT_SUSPECT = 1,
	/* Does not descend into directories that both sides have. */
	EXTENT_SHALLOW = 2,
};

enum difference_kind {
	/* Size and time equal those of the copy, or may: the content must be compared. */
	DIFFERENCE_DOUBTFUL = 1,
	/* A directory that was moved here since it was copied. */
	DIFFERENCE_SUSPECT = 2,
	DIFFERENCE_SPARSE = 3,
	/* Only the copy has it; `directory` says what it is. */
	DIFFERENCE_EXTRA = 4,
	/*
	 * Its copy is the same inode as the copy of another object of the source; a regular file,
	 * or another object that is no directory.
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

/* A directory that is to be compared; it owns `path`. */
struct directory_pair {
	char *path;
	size_t length;
	uint32_t extent;
};

struct comparison {
	struct compare_terms terms;
	/* The roots; `copy` is -1 where it is not accessible. */
	int source, copy;
	uint64_t device;
	struct timespec now;
	/* Sorted paths that are skipped with all beneath; they point into `skipped_bytes`. */
	char *skipped_bytes;
	const char **skipped;
	size_t skipped_count;
	struct directory_pair *pairs;
	size_t count, capacity;
	/* The directory being listed, first in the source, then in the copy. */
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
/*
 * Adds a directory, relative to the roots, to those that are to be compared; bits of enum extent.
 */
void compare_add(struct comparison *comparison, const char *path, size_t length, uint32_t extent);
/* Compares about `budget` more entries; false when there are no more. */
bool compare_step(struct comparison *comparison, uint32_t budget);

#endif
