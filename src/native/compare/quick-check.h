/*
 * Decides by the status of an object and of its copy. Pure.
 */
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
	/* The copy's times are so coarse that two writes may leave the same. */
	COMPARE_COARSE = 16,
	/* Change times of the copy say nothing: `since` does. */
	COMPARE_NO_CHANGE_TIMES = 32,
	COMPARE_TIED = 64,
	/* What has several names and was changed `since`. */
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

/*
 * Whether the time was set, or the object came from elsewhere: a write leaves the same time of
 * modification and of change.
 */
bool is_moved(const struct stat *status);
/*
 * Whether a change may have come after the copy was made; `copy` is NULL where it cannot be seen.
 * `now`: CLOCK_REALTIME.
 */
bool is_later(const struct compare_terms *terms, struct timespec now, const struct stat *status,
              const struct stat *copy);
/* Whether a file is taken for its copy by size and time, as rsync's quick check does. */
bool looks_equal(const struct compare_terms *terms, const struct stat *status,
                 const struct stat *copy);
/* Whether a file has holes worth keeping. */
bool is_sparse(const struct compare_terms *terms, const struct stat *status);

#endif
