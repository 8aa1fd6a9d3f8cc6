#include "mirror/content.h"

#include "mirror/findings.h"
#include "mirror/status.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * Bytes of a read and a write, which larger ones do not make cheaper; of a block that is compared;
 * between two looks at the stop flag.
 */
enum { PIECE = BUFFER / 4, BLOCK = 64 << 10, TURN = 1 << 20 };
/*
 * Bytes from which on the kernel is asked to share blocks, or to copy by itself: of less, a read
 * and a write cost as little.
 */
enum { CLONE_LEAST = 64 << 10 };

bool has_holes(const struct mirror *mirror, const struct stat *status)
{
	double size = (double)status->st_size;

	return size >= mirror->terms.sparse_least &&
	       (double)status->st_blocks * 512 < size / mirror->terms.sparse_share;
}

static bool is_stopped(const struct job *job)
{
	return run_is_stopped(job->run, job->row);
}

/* Reads until the buffer is full or the file ends; -1 with errno. */
static ssize_t read_at(int from, uint8_t *buffer, size_t size, off_t at)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = pread(from, buffer + length, size - length, at + (off_t)length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

static bool write_at(int to, const uint8_t *buffer, size_t size, off_t at)
{
	while (size > 0) {
		ssize_t written = pwrite(to, buffer, size, at);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		buffer += written;
		size -= (size_t)written;
		at += written;
	}
	return true;
}

/*
 * Has the kernel copy, from page to page, or on the server of both files; `at` is where it ended.
 * False: it was stopped. It ends early where it cannot, or where the file ends: read(2) and
 * write(2) then go on, and tell which side has failed.
 */
static bool copy_in_kernel(const struct job *job, int from, int to, off_t *at, off_t end)
{
	while (*at < end) {
		off_t source = *at, copy = *at;
		size_t size = end - *at < TURN ? (size_t)(end - *at) : TURN;
		ssize_t got = copy_file_range(from, &source, to, &copy, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		run_count(job->run, COUNT_BYTES, (uint64_t)got);
		*at += got;
		if (is_stopped(job))
			return false;
	}
	return true;
}

/* Copies the bytes from `at` to `end`, or to the end of the file. */
static enum copied copy_range(struct worker *worker, const struct job *job, int from, int to,
                              off_t at, off_t end)
{
	if (end - at >= CLONE_LEAST && !copy_in_kernel(job, from, to, &at, end))
		return COPIED_STOPPED;
	for (off_t turn = at; at < end;) {
		size_t size = end - at < PIECE ? (size_t)(end - at) : PIECE;
		ssize_t got = read_at(from, worker->buffer, size, at);

		if (got < 0) {
			job_fail(job, CALL_READ, AT_SOURCE);
			return COPIED_FAILED;
		}
		if (!write_at(to, worker->buffer, (size_t)got, at)) {
			job_fail(job, CALL_WRITE, AT_DESTINATION);
			return COPIED_FAILED;
		}
		run_count(job->run, COUNT_BYTES, (uint64_t)got);
		if ((size_t)got < size)
			break;
		at += got;
		if (at - turn >= TURN) {
			turn = at;
			if (is_stopped(job))
				return COPIED_STOPPED;
		}
	}
	return COPIED_ALL;
}

/* xfs gives the end of a clone blocks of its own, 128 kB, even where nothing is cut off. */
static enum copied set_size(const struct job *job, int to, off_t size)
{
	struct stat status;

	if (fstat(to, &status) == 0 && status.st_size == size)
		return COPIED_ALL;
	if (ftruncate(to, size) == 0)
		return COPIED_ALL;
	job_fail(job, CALL_TRUNCATE, AT_DESTINATION);
	return COPIED_FAILED;
}

/* Copies only what is no hole. */
static enum copied copy_sparse(struct worker *worker, const struct job *job, int from, int to,
                               off_t size)
{
	enum copied copied = COPIED_ALL;

	for (off_t at = 0; at < size && copied == COPIED_ALL;) {
		off_t data = lseek(from, at, SEEK_DATA), hole;

		/* ENXIO: only a hole is left. */
		if (data < 0 && errno == ENXIO)
			break;
		hole = data < 0 ? -1 : lseek(from, data, SEEK_HOLE);
		if (hole < 0)
			return copy_range(worker, job, from, to, at, size);
		if (hole > size)
			hole = size;
		copied = copy_range(worker, job, from, to, data, hole);
		at = hole;
	}
	return copied == COPIED_ALL ? set_size(job, to, size) : copied;
}

/* Lets a file share all blocks of another one, if the file system can. */
static bool share_blocks(atomic_int *ability, int from, int to)
{
	if (atomic_load(ability) == ABILITY_MISSING)
		return false;
	if (ioctl(to, FICLONE, from) == 0) {
		atomic_store(ability, ABILITY_THERE);
		return true;
	}
	/* Errors of single files are others. */
	if (errno == EOPNOTSUPP || errno == ENOTTY || errno == ENOSYS || errno == EXDEV)
		atomic_store(ability, ABILITY_MISSING);
	return false;
}

/* Writes the blocks of a clone of the old copy in which the source differs. */
static enum copied write_changes(struct worker *worker, const struct job *job, int from, int to,
                                 off_t size)
{
	uint8_t *wanted = worker->buffer, *found = worker->buffer + PIECE;

	if (set_size(job, to, size) != COPIED_ALL)
		return COPIED_FAILED;
	for (off_t at = 0; at < size;) {
		ssize_t got = read_at(from, wanted, BLOCK, at), had;

		if (got < 0) {
			job_fail(job, CALL_READ, AT_SOURCE);
			return COPIED_FAILED;
		}
		had = read_at(to, found, (size_t)got, at);
		if (had != got || memcmp(wanted, found, (size_t)got) != 0) {
			if (!write_at(to, wanted, (size_t)got, at)) {
				job_fail(job, CALL_WRITE, AT_DESTINATION);
				return COPIED_FAILED;
			}
			run_count(job->run, COUNT_BYTES, (uint64_t)got);
		}
		if (got < BLOCK)
			break;
		at += got;
		if (at % TURN == 0 && is_stopped(job))
			return COPIED_STOPPED;
	}
	return COPIED_ALL;
}

enum copied content_copy(struct worker *worker, const struct job *job, int from, int to,
                         const struct stat *source, int old)
{
	struct mirror *mirror = worker->mirror;
	off_t size = source->st_size;

	run_count(job->run, COUNT_COPIED, 1);
	if (size >= CLONE_LEAST && share_blocks(&mirror->clone_source, from, to)) {
		run_count(job->run, COUNT_CLONED, 1);
		/* It may have grown since. */
		return set_size(job, to, size);
	}
	if (old >= 0 && (double)size >= mirror->terms.delta_least &&
	    share_blocks(&mirror->clone_copy, old, to)) {
		run_count(job->run, COUNT_CLONED, 1);
		return write_changes(worker, job, from, to, size);
	}
	if (has_holes(mirror, source))
		return copy_sparse(worker, job, from, to, size);
	return copy_range(worker, job, from, to, 0, size);
}

static enum compared compare(struct worker *worker, const struct job *job, int from, int to,
                             off_t size)
{
	uint8_t *wanted = worker->buffer, *found = worker->buffer + PIECE;

	for (off_t at = 0; at < size;) {
		ssize_t got = read_at(from, wanted, PIECE, at), had;

		if (got < 0) {
			job_fail(job, CALL_READ, AT_SOURCE);
			return COMPARED_FAILED;
		}
		had = read_at(to, found, PIECE, at);
		if (had < 0) {
			job_fail(job, CALL_READ, AT_DESTINATION);
			return COMPARED_FAILED;
		}
		if (had != got || memcmp(wanted, found, (size_t)got) != 0)
			return COMPARED_DIFFERENT;
		if (got < PIECE)
			break;
		at += got;
		if (is_stopped(job))
			return COMPARED_FAILED;
	}
	return COMPARED_EQUAL;
}

enum compared content_compare(struct worker *worker, const struct job *job, off_t size,
                              const struct stat *copy)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	enum compared compared = COMPARED_FAILED;
	int from = openat(job->pair->source, job->name, flags), to;
	struct stat opened;

	if (from < 0) {
		if (means_another(errno))
			return COMPARED_ANOTHER;
		job_fail(job, CALL_OPEN, AT_SOURCE);
		return compared;
	}
	to = openat(job->pair->destination, job->name, flags);
	if (to >= 0) {
		compared = fstat(to, &opened) == 0 && is_same_object(copy, &opened)
		                   ? compare(worker, job, from, to, size)
		                   : COMPARED_DIFFERENT;
		close(to);
	} else {
		/* A copy that cannot be read is made anew. */
		compared = COMPARED_DIFFERENT;
	}
	close(from);
	return compared;
}
