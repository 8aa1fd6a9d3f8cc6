#include "mirror/same.h"

#include "mirror/attributes.h"
#include "mirror/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Bytes of a file that is rather copied than compared, if its time says that it was written. */
enum { SMALL = 64 << 10 };

/* Gives the copy a change time that says that it was compared, if nothing has changed since. */
static void confirm(const struct job *job, const struct stat *source, const struct stat *copy)
{
	const struct place place = { -1, job->pair->destination, job->name };
	pthread_mutex_t *lock = name_lock(job);
	struct stat now, copy_now;

	pthread_mutex_lock(lock);
	if (fstatat(job->pair->source, job->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(job->pair->destination, job->name, &copy_now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_unchanged(source, &now) && is_unchanged(copy, &copy_now))
		place_set_time(&place, copy->st_mtim);
	pthread_mutex_unlock(lock);
}

/* Whether the copy's change time proves nothing, as it may have been moved. */
static bool is_suspect(const struct job *job)
{
	const struct named *moved = run_moved(job->run, job->path);

	return job->run->is_doubtful || job->flags & ROW_SUSPECT ||
	       (moved && !(moved->flags & ROW_UNWRITTEN));
}

static enum compared compare_files(struct worker *worker, const struct job *job,
                                   const struct stat *source, const struct stat *copy)
{
	const struct mirror *mirror = worker->mirror;
	bool has_times = has_option(job, MIRROR_TIMES),
	     is_same_time = times_equal(mirror, source->st_mtim, copy->st_mtim),
	     compares = job->run->options & (RUN_COMPARE | RUN_CHECKSUM),
	     is_opened = !only_compares(job) && attributes_open(mirror, source, copy);
	enum compared compared;

	if (source->st_size != copy->st_size)
		return COMPARED_DIFFERENT;
	if (source->st_size == 0)
		return COMPARED_EQUAL;
	if (!(job->run->options & RUN_CHECKSUM) && !is_opened && !is_suspect(job) &&
	    (is_same_time || !has_times) &&
	    ((job->flags & ROW_UNWRITTEN && is_same_time) || is_copy_later(mirror, source, copy)))
		return COMPARED_EQUAL;
	/* What was moved may well be the same. */
	if (has_times && !is_same_time && !compares && source->st_size < SMALL &&
	    source->st_nlink == 1 && copy->st_nlink == 1 && !is_suspect(job))
		return COMPARED_DIFFERENT;
	compared = content_compare(worker, job, source->st_size, copy);
	if (compared == COMPARED_EQUAL && !only_compares(job) && (is_same_time || !has_times) &&
	    !is_copy_later(mirror, source, copy))
		confirm(job, source, copy);
	return compared;
}

static enum compared compare_links(struct worker *worker, const struct job *job)
{
	char *wanted = (char *)worker->buffer, *found = wanted + BUFFER_PART;
	ssize_t length = readlinkat(job->pair->source, job->name, wanted, BUFFER_PART),
	        found_length;

	if (length < 0) {
		if (errno == EINVAL || means_another(errno))
			return COMPARED_ANOTHER;
		job_fail(job, CALL_READLINK, AT_SOURCE);
		return COMPARED_FAILED;
	}
	found_length = readlinkat(job->pair->destination, job->name, found, BUFFER_PART);
	return found_length == length && memcmp(wanted, found, (size_t)length) == 0
	               ? COMPARED_EQUAL
	               : COMPARED_DIFFERENT;
}

enum compared compare_contents(struct worker *worker, const struct job *job,
                               const struct stat *source, const struct stat *copy)
{
	if (S_ISREG(source->st_mode))
		return compare_files(worker, job, source, copy);
	if (S_ISLNK(source->st_mode))
		return compare_links(worker, job);
	return source->st_rdev == copy->st_rdev ? COMPARED_EQUAL : COMPARED_DIFFERENT;
}
