#include "compare/quick-check.h"

/* Seconds from one time to another. */
static double between(struct timespec from, struct timespec to)
{
	return ((double)to.tv_sec - (double)from.tv_sec) +
	       (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

/*
 * Whole seconds between two times. Unsigned, because a file's owner can set any time, and the
 * difference must not overflow.
 */
static uint64_t distance(time_t one, time_t other)
{
	return one > other ? (uint64_t)one - (uint64_t)other : (uint64_t)other - (uint64_t)one;
}

static bool are_equal(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

bool is_moved(const struct stat *status)
{
	return !are_equal(status->st_ctim, status->st_mtim);
}

bool is_later(const struct compare_terms *terms, struct timespec now, const struct stat *status,
              const struct stat *copy)
{
	double changed;

	if (terms->options & COMPARE_NO_CHANGE_TIMES)
		copy = NULL;
	if (copy && between(now, copy->st_ctim) <= terms->margin)
		return between(copy->st_ctim, status->st_ctim) >= -terms->margin;
	/* The copy's change time is in the future, as the clock was set back: it proves nothing. */
	if (copy)
		return true;
	changed = (double)status->st_ctim.tv_sec + (double)status->st_ctim.tv_nsec / 1e9;
	return changed >= terms->since - terms->margin;
}

bool looks_equal(const struct compare_terms *terms, const struct stat *status,
                 const struct stat *copy)
{
	const struct timespec one = status->st_mtim, other = copy->st_mtim;

	if (!S_ISREG(copy->st_mode) || status->st_size != copy->st_size)
		return false;
	return terms->window < 0 ? are_equal(one, other)
	                         : distance(one.tv_sec, other.tv_sec) <= (uint64_t)terms->window;
}

bool is_sparse(const struct compare_terms *terms, const struct stat *status)
{
	double size = (double)status->st_size;

	return size >= terms->sparse_least &&
	       (double)status->st_blocks * 512 < size / terms->sparse_share;
}
