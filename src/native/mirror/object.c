#include "mirror/object.h"

#include "mirror/attributes.h"
#include "mirror/content.h"
#include "mirror/findings.h"
#include "mirror/name.h"
#include "mirror/replace.h"
#include "mirror/status.h"
#include "mirror/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* How often a file that changes meanwhile is copied. */
enum { ATTEMPTS = 3 };

enum outcome {
	OUTCOME_DONE,
	/* Reported, or done in a later phase. */
	OUTCOME_ENDED,
	OUTCOME_CHANGED,
	/* It is of another type, or no longer there. */
	OUTCOME_ANOTHER,
};

/* An object in the making. */
struct making {
	struct stat source;
	/* Of a regular file; else -1. */
	int from, to;
	char temporary[TEMPORARY_SIZE];
};

/* Removes the temporary name after a failure. */
static enum outcome give_up(const struct job *job, const struct making *making,
                            enum outcome outcome)
{
	unlinkat(job->pair->destination, making->temporary, 0);
	return outcome;
}

static enum outcome fail_at(const struct job *job, enum mirror_call call)
{
	job_fail(job, call, AT_DESTINATION);
	return OUTCOME_ENDED;
}

static enum outcome open_source(const struct job *job, struct making *making)
{
	making->from = openat(job->pair->source, job->name,
	                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (making->from < 0) {
		if (means_another(errno))
			return OUTCOME_ANOTHER;
		job_fail(job, CALL_OPEN, AT_SOURCE);
		return OUTCOME_ENDED;
	}
	if (fstat(making->from, &making->source) != 0) {
		job_fail(job, CALL_STAT, AT_SOURCE);
		return OUTCOME_ENDED;
	}
	return S_ISREG(making->source.st_mode) ? OUTCOME_DONE : OUTCOME_ANOTHER;
}

static enum outcome make_file(struct worker *worker, const struct job *job, struct making *making)
{
	const struct pair *pair = job->pair;
	const struct place from = { making->from, -1, NULL };
	struct place to = { -1, -1, NULL };
	int old = -1;
	enum copied copied;

	making->to = openat(pair->destination, making->temporary,
	                    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (making->to < 0)
		return fail_at(job, CALL_OPEN);
	if ((double)making->source.st_size >= worker->mirror->terms.delta_least)
		old = openat(pair->destination, job->name,
		             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	copied = content_copy(worker, job, making->from, making->to, &making->source, old);
	if (old >= 0)
		close(old);
	if (copied != COPIED_ALL)
		return give_up(job, making, OUTCOME_ENDED);
	to.descriptor = making->to;
	attributes_make(worker, job, &from, &making->source, &to, NULL);
	if (job->run->options & RUN_FSYNC && fsync(making->to) != 0) {
		job_fail(job, CALL_FSYNC, AT_DESTINATION);
		return give_up(job, making, OUTCOME_ENDED);
	}
	return OUTCOME_DONE;
}

static enum outcome make_link(struct worker *worker, const struct job *job,
                              const struct making *making)
{
	char *target = (char *)worker->buffer;
	ssize_t length = readlinkat(job->pair->source, job->name, target, BUFFER_PART - 1);

	if (length < 0)
		return OUTCOME_ANOTHER;
	target[length] = '\0';
	if (symlinkat(target, job->pair->destination, making->temporary) != 0)
		return fail_at(job, CALL_SYMLINK);
	return OUTCOME_DONE;
}

static enum outcome make_special(const struct job *job, const struct making *making)
{
	mode_t type = making->source.st_mode & S_IFMT;

	if ((type == S_IFCHR || type == S_IFBLK) && !has_option(job, MIRROR_DEVICES)) {
		find_kind(job->run, job->row, job->path, MIRROR_SKIPPED);
		return OUTCOME_ENDED;
	}
	if (mknodat(job->pair->destination, making->temporary, type | 0600,
	            making->source.st_rdev) != 0)
		return fail_at(job, CALL_MKNOD);
	return OUTCOME_DONE;
}

static enum outcome make_other(struct worker *worker, const struct job *job,
                               const struct making *making)
{
	const struct place from = { -1, job->pair->source, job->name };
	struct place to = { -1, job->pair->destination, making->temporary };
	enum outcome outcome = S_ISLNK(making->source.st_mode) ? make_link(worker, job, making)
	                                                       : make_special(job, making);
	struct stat made;
	int held;

	if (outcome != OUTCOME_DONE)
		return outcome;
	/* Its directory may belong to somebody who has put a file of others in its place. */
	held = place_hold(&to, &made);
	if (held >= 0 && (made.st_mode & S_IFMT) == (making->source.st_mode & S_IFMT) &&
	    made.st_rdev == making->source.st_rdev)
		attributes_make(worker, job, &from, &making->source, &to, NULL);
	else
		outcome = give_up(job, making, OUTCOME_CHANGED);
	if (held >= 0)
		close(held);
	return outcome;
}

bool object_put(struct worker *worker, struct job *job, const char *temporary,
                const struct stat *source, bool *is_changed)
{
	pthread_mutex_t *lock = name_lock(job);
	struct stat now;
	bool is_put;

	pthread_mutex_lock(lock);
	*is_changed = fstatat(job->pair->source, job->name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
	              (source ? !is_unchanged(source, &now) : false);
	is_put = !*is_changed && replace_by(worker, job, temporary);
	pthread_mutex_unlock(lock);
	if (is_put)
		replace_dispose(worker, job, temporary);
	return is_put;
}

/* As object_put(), although it has changed: unless it is of another type, or gone. */
static bool put_nevertheless(struct worker *worker, struct job *job, const struct making *making,
                             bool *is_another)
{
	struct stat now;

	*is_another = fstatat(job->pair->source, job->name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
	              (now.st_mode & S_IFMT) != (making->source.st_mode & S_IFMT);
	if (*is_another || !replace_by(worker, job, making->temporary))
		return false;
	find_kind(job->run, job->row, job->path, MIRROR_CHANGED);
	replace_dispose(worker, job, making->temporary);
	return true;
}

static enum outcome put(struct worker *worker, struct job *job, const struct making *making,
                        bool is_last)
{
	bool is_changed, is_another = false;

	if (object_put(worker, job, making->temporary, &making->source, &is_changed))
		return OUTCOME_DONE;
	if (is_changed && is_last && put_nevertheless(worker, job, making, &is_another))
		return OUTCOME_DONE;
	return give_up(job, making,
	               is_another   ? OUTCOME_ANOTHER
	               : is_changed ? OUTCOME_CHANGED
	                            : OUTCOME_ENDED);
}

static enum outcome attempt(struct worker *worker, struct job *job, bool is_file, bool is_last,
                            struct making *making)
{
	enum outcome outcome = OUTCOME_DONE;

	making->from = making->to = -1;
	if (is_file)
		outcome = open_source(job, making);
	if (outcome != OUTCOME_DONE)
		return outcome;
	if (is_file && making->source.st_nlink > 1 && has_option(job, MIRROR_LINKS) &&
	    !(job->options & JOB_TIES_KNOWN)) {
		job_defer(job, &job->run->links, &making->source);
		return OUTCOME_ENDED;
	}
	temporary_name(worker->mirror, making->temporary);
	outcome = is_file ? make_file(worker, job, making) : make_other(worker, job, making);
	return outcome == OUTCOME_DONE ? put(worker, job, making, is_last) : outcome;
}

static void close_both(const struct making *making)
{
	if (making->from >= 0)
		close(making->from);
	if (making->to >= 0)
		close(making->to);
}

bool object_make(struct worker *worker, struct job *job, struct stat *made)
{
	enum outcome outcome = OUTCOME_CHANGED;
	struct making making;

	for (int i = 1; i <= ATTEMPTS && outcome == OUTCOME_CHANGED; i++) {
		bool is_file = job->options & JOB_FILE;

		if (!is_file) {
			enum looked looked = job_source(job, &making.source);

			if (looked == LOOKED_FAILED)
				return false;
			if (looked == LOOKED_ABSENT || S_ISDIR(making.source.st_mode)) {
				outcome = OUTCOME_ANOTHER;
				break;
			}
			is_file = S_ISREG(making.source.st_mode);
		}
		outcome = attempt(worker, job, is_file, i == ATTEMPTS, &making);
		if (outcome == OUTCOME_DONE && made &&
		    fstatat(job->pair->destination, job->name, made, AT_SYMLINK_NOFOLLOW) != 0)
			outcome = OUTCOME_ENDED;
		close_both(&making);
	}
	if (outcome == OUTCOME_ANOTHER || outcome == OUTCOME_CHANGED)
		name_restart(worker, job);
	return outcome == OUTCOME_DONE;
}
