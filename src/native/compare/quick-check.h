/* Decisions that depend only on the status of an object and of its copy. Pure. */
#ifndef CLSYNC_QUICK_CHECK_H
#define CLSYNC_QUICK_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

enum compare_option {
	COMPARE_DOUBTFUL = 1,
	COMPARE_SPARSE = 2,
	COMPARE_EXTRA = 4,
	COMPARE_ONE_FILE_SYSTEM = 8,
	/* The copy's times are so coarse that two writes may have the same time. */
	COMPARE_COARSE = 16,
	/* The copy has no usable change times: `since` is used instead. */
	COMPARE_NO_CHANGE_TIMES = 32,
	COMPARE_TIED = 64,
	/* Reports inodes with several names that changed after `since`. */
	COMPARE_SHARED = 128,
};

/* What is reported, and the limits of the comparisons. */
struct compare_terms {
	uint32_t options;
	/*
	 * Seconds by which modification times of equal files may differ; -1: compared to the
	 * nanosecond.
	 */
	int32_t window;
	/*
	 * Seconds: a change may be later than the copy although its time is earlier by up to this
	 * much.
	 */
	double margin;
	/*
	 * CLOCK_REALTIME seconds. Where the copy's change time cannot be read, objects that changed
	 * after this may differ from their copies.
	 */
	double since;
	/*
	 * A file has holes worth preserving if it has at least `sparse_least` bytes and less than
	 * 1/`sparse_share` of them is allocated.
	 */
	double sparse_least, sparse_share;
};

/*
 * Whether the modification time was set, or the object was moved or linked: after a write, the
 * modification and change times are equal.
 */
bool is_moved(const struct stat *status);
/*
 * Whether the object may have changed after the copy was made; `copy` is NULL where it is not
 * accessible. `now`: CLOCK_REALTIME.
 */
bool is_later(const struct compare_terms *terms, struct timespec now, const struct stat *status,
              const struct stat *copy);
/* Whether a file and its copy have the same size and time, as in rsync's quick check. */
bool looks_equal(const struct compare_terms *terms, const struct stat *status,
                 const struct stat *copy);
/* Whether a file has holes worth preserving. */
bool is_sparse(const struct compare_terms *terms, const struct stat *status);

#endif
