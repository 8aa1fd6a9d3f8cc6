#include "mirror/status.h"

static bool are_equal(struct timespec one, struct timespec other)
{
	return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
}

bool is_same_object(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev;
}

bool is_unchanged(const struct stat *one, const struct stat *other)
{
	return is_same_object(one, other) && one->st_mode == other->st_mode &&
	       one->st_size == other->st_size && one->st_rdev == other->st_rdev &&
	       are_equal(one->st_mtim, other->st_mtim) && are_equal(one->st_ctim, other->st_ctim);
}

bool is_copy_later(const struct mirror *mirror, const struct stat *source, const struct stat *copy)
{
	double seconds = (double)copy->st_ctim.tv_sec - (double)source->st_ctim.tv_sec;

	return seconds + (double)(copy->st_ctim.tv_nsec - source->st_ctim.tv_nsec) / 1e9 >
	       mirror->terms.margin;
}

bool is_moved_here(const struct mirror *mirror, const struct stat *source, const struct stat *copy)
{
	return !are_equal(source->st_ctim, source->st_mtim) && !is_copy_later(mirror, source, copy);
}

/* Unsigned, because a file's owner can set any time, and the difference must not overflow. */
static uint64_t distance(time_t one, time_t other)
{
	return one > other ? (uint64_t)one - (uint64_t)other : (uint64_t)other - (uint64_t)one;
}

bool times_equal(const struct mirror *mirror, struct timespec one, struct timespec other)
{
	if (mirror->terms.window < 0)
		return one.tv_sec == other.tv_sec && one.tv_nsec == other.tv_nsec;
	return distance(one.tv_sec, other.tv_sec) <= (uint64_t)mirror->terms.window;
}
