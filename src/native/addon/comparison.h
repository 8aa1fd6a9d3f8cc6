/*
 * Two directory trees side by side: a source, and its copy where that can be looked at. What a
 * listing program must be told is found: files whose content may differ though size and time do
 * not, files with holes, names that share an object in the copy only, names that only the copy has.
 * Nothing here decides what follows; see src/executor/lists/comparison.ts. Never follows a symbolic
 * link.
 */
#ifndef CLSYNC_COMPARISON_H
#define CLSYNC_COMPARISON_H

#include "addon/ties.h"
#include "common/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum compare_option {
	COMPARE_DOUBTFUL = 1,
	COMPARE_SPARSE = 2,
	COMPARE_EXTRA = 4,
	COMPARE_ONE_FILE_SYSTEM = 8,
	/* The copy's times are so coarse that two writes may leave the same. */
	COMPARE_COARSE = 16,
	/* Change times of the copy say nothing: `since` does. */
	COMPARE_NO_CHANGE_TIMES = 32,
	COMPARE_TIED = 64,
};

/* How one directory is looked at. */
enum compare_extent {
	/* Whatever is beneath may be another's: the directory came from elsewhere. */
	COMPARE_SUSPECT = 1,
	/* Of what both sides have, one level only. */
	COMPARE_SHALLOW = 2,
};

struct compare_terms {
	uint32_t options;
	/* Seconds by which times of the same content may differ; -1: none. */
	int32_t window;
	/*
	 * Seconds: a change this little older than the copy's last change may have come after it.
	 */
	double margin;
	/*
	 * CLOCK_REALTIME seconds; where the copy's change time cannot be seen: what was changed
	 * since is not known to be there.
	 */
	double since;
	/*
	 * A file of at least so many bytes, of which less than one part in so many is allocated,
	 * has holes worth keeping.
	 */
	double sparse_least, sparse_share;
};

enum compare_kind {
	/* Looks like its copy, or may. */
	COMPARED_DOUBTFUL = 1,
	/* A directory that came from elsewhere since it was copied. */
	COMPARED_SUSPECT = 2,
	COMPARED_SPARSE = 3,
	/* Only the copy has it; `directory` says what it is. */
	COMPARED_EXTRA = 4,
	/*
	 * A file, or something else that is no directory, whose copy is the same object as that of
	 * another of the source.
	 */
	COMPARED_TIED_FILE = 5,
	COMPARED_TIED_OTHER = 6,
};

/* One finding, followed by its path; read by src/executor/lists/comparison.ts. */
struct compared {
	uint8_t kind, directory, reserved[2];
	uint32_t size, links, path_length;
};

struct pair {
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
	struct pair *pairs;
	size_t count, capacity;
	/* The directory being listed, on one side after the other. */
	struct pair pair;
	int here, there, listed;
	size_t at, length;
	char entries[64 << 10];
	struct ties ties;
	struct bytes findings;
};

/* Takes the descriptors over; `skipped`: paths ended by NUL, in byte order. */
void compare_init(struct comparison *comparison, int source, int copy,
                  const struct compare_terms *terms, const uint8_t *skipped, size_t length);
void compare_free(struct comparison *comparison);
/* Adds a directory, relative to the roots, to what is to be looked at. */
void compare_add(struct comparison *comparison, const char *path, size_t length, uint32_t extent);
/* Goes on for about `budget` entries; false when all has been looked at. */
bool compare_step(struct comparison *comparison, uint32_t budget);

#endif
