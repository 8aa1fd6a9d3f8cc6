/*
 * Compares two directory trees: a source, and its copy where that is accessible. Reports
 * differences that rsync does not find itself: files whose content may differ although size and
 * time are equal, files with holes, names that share an inode only in the copy, names that only the
 * copy has. What is done about them is decided in TypeScript, see src/executor/lists/comparison.ts.
 * Never follows a symbolic link.
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
	/* The directory was moved here, so every file beneath may differ from its copy. */
	EXTENT_SUSPECT = 1,
	/* Does not descend into directories that both sides have. */
	EXTENT_SHALLOW = 2,
};

enum difference_kind {
	/* Size and time are equal to the copy's, or may be: the content must be compared. */
	DIFFERENCE_DOUBTFUL = 1,
	/* A directory that was moved here since it was copied. */
	DIFFERENCE_SUSPECT = 2,
	DIFFERENCE_SPARSE = 3,
	/* Only the copy has it; `directory` is 1 for a directory. */
	DIFFERENCE_EXTRA = 4,
	/*
	 * Its copy is the same inode as the copy of another object of the source: for a regular
	 * file, and for another object that is not a directory.
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

/* A directory to be compared; owns `path`. */
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
	/*
	 * Sorted paths that are skipped with everything beneath them; they point into
	 * `skipped_bytes`.
	 */
	char *skipped_bytes;
	const char **skipped;
	size_t skipped_count;
	struct directory_pair *pairs;
	size_t count, capacity;
	/*
	 * The directory being listed, first in the source, then in the copy; its descriptors in the
	 * source and in the copy, and the one that is being listed.
	 */
	struct directory_pair pair;
	int here, there, listed;
	size_t at, length;
	char entries[64 << 10];
	struct ties ties;
	struct bytes findings;
};

/*
 * Takes ownership of the descriptors. `skipped`: paths, each ended by NUL, in byte order; copied.
 */
void compare_init(struct comparison *comparison, int source, int copy,
                  const struct compare_terms *terms, const uint8_t *skipped, size_t length);
/* Closes all descriptors and frees all memory except the structure itself. */
void compare_free(struct comparison *comparison);
/* Compares about `budget` more entries; false when there are no more. */
bool compare_step(struct comparison *comparison, uint32_t budget);

#endif
