#include "mirror/name.h"

#include "mirror/attributes.h"
#include "mirror/content.h"
#include "mirror/difference.h"
#include "mirror/directory.h"
#include "mirror/findings.h"
#include "mirror/object.h"
#include "mirror/same.h"
#include "mirror/status.h"

#include <fcntl.h>
#include <unistd.h>

enum { RESTARTS = 3 };

/* Whether the source's names of the inode are to be the copy's. */
static bool is_shared(const struct job *job, const struct stat *source)
{
	return has_option(job, MIRROR_LINKS) && source->st_nlink > 1;
}

static bool are_attributes_equal(struct worker *worker, const struct job *job,
                                 const struct stat *source, const struct stat *copy)
{
	const struct place from = { -1, job->pair->source, job->name },
	                   to = { -1, job->pair->destination, job->name };

	return attributes_differ(worker, job, &from, source, &to, copy) == 0;
}

/*
 * The copy, if it still is the object that was compared: by a descriptor, which is returned, so
 * that it cannot be exchanged while its attributes are set; else -1.
 */
static int take_copy(const struct job *job, const struct stat *compared, struct place *to,
                     struct stat *copy)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int held = -1;

	*to = (struct place){ -1, job->pair->destination, job->name };
	if (S_ISREG(compared->st_mode))
		held = to->descriptor = openat(to->directory, to->name, flags);
	/* Of another type, or one's own that one may not read. */
	if (held < 0)
		held = place_hold(to, copy);
	else if (fstat(held, copy) != 0)
		*copy = (struct stat){ 0 };
	if (held < 0 || is_same_object(compared, copy))
		return held;
	close(held);
	return -1;
}

/* Sets attributes of the object that was compared, unless there is another one by now. */
static void set_attributes(struct worker *worker, struct job *job, const struct stat *seen,
                           const struct stat *compared)
{
	const struct place from = { -1, job->pair->source, job->name };
	pthread_mutex_t *lock = name_lock(job);
	struct stat source, copy;
	struct place to;
	int held;
	bool is_same;

	pthread_mutex_lock(lock);
	held = take_copy(job, compared, &to, &copy);
	is_same = held >= 0 && job_source(job, &source) == LOOKED_PRESENT &&
	          is_unchanged(seen, &source) &&
	          (copy.st_mode & S_IFMT) == (source.st_mode & S_IFMT) &&
	          (copy.st_nlink == 1 || job->options & JOB_TIES_KNOWN);
	if (is_same && attributes_make(worker, job, &from, &source, &to, &copy))
		run_count(job->run, COUNT_ATTRIBUTES, 1);
	if (held >= 0)
		close(held);
	pthread_mutex_unlock(lock);
	if (!is_same)
		name_restart(worker, job);
}

/*
 * Notes that a name is, or is not, that of the inode's copy. Whatever is not as it should be waits
 * until all names of the run were looked at.
 */
static void note_tie(struct worker *worker, struct job *job, const struct stat *source,
                     const struct stat *copy, bool is_equal)
{
	struct mirror_run *run = job->run;

	if (is_equal) {
		pthread_mutex_lock(&run->lock);
		is_equal = tie_meet(&run->ties, &run->mirror->key, source, copy, job->path);
		pthread_mutex_unlock(&run->lock);
	}
	if (!is_equal || !are_attributes_equal(worker, job, source, copy))
		job_defer(job, &run->links, source);
}

/* For two objects of the same type that are no directories. */
static void make_equal(struct worker *worker, struct job *job, const struct stat *source,
                       const struct stat *copy)
{
	enum compared compared = compare_contents(worker, job, source, copy);
	bool is_equal = compared == COMPARED_EQUAL;

	if (compared == COMPARED_ANOTHER)
		name_restart(worker, job);
	if (compared == COMPARED_FAILED || compared == COMPARED_ANOTHER)
		return;
	if (is_shared(job, source) && !(job->options & JOB_TIES_KNOWN)) {
		note_tie(worker, job, source, copy, is_equal);
	} else if (!is_equal) {
		object_make(worker, job, NULL);
	} else if (copy->st_nlink > 1 && !(job->options & JOB_TIES_KNOWN)) {
		/* What it is tied to may be deleted in this run. */
		if (job->options & JOB_LAST)
			object_make(worker, job, NULL);
		else
			job_defer(job, &job->run->unties, NULL);
	} else if (!are_attributes_equal(worker, job, source, copy)) {
		const struct place to = { -1, job->pair->destination, job->name };

		if (attributes_settable(worker->mirror, &to, copy))
			set_attributes(worker, job, source, copy);
		else
			object_make(worker, job, NULL);
	}
}

static void make_object_equal(struct worker *worker, struct job *job, const struct stat *source,
                              const struct stat *copy)
{
	bool is_same_type = copy && (copy->st_mode & S_IFMT) == (source->st_mode & S_IFMT);

	/* So that it is not looked at once more. */
	if (S_ISREG(source->st_mode))
		job->options |= JOB_FILE;
	if (only_compares(job))
		difference_of_object(worker, job, source, copy);
	else if (is_same_type)
		make_equal(worker, job, source, copy);
	else if (copy && job->run->options & RUN_KEEP)
		find_kind(job->run, job->row, job->path, MIRROR_HELD);
	else if (is_shared(job, source) && !(job->options & JOB_TIES_KNOWN))
		job_defer(job, &job->run->links, source);
	else
		object_make(worker, job, NULL);
}

/* Only the destination has it. */
static void make_absent(struct job *job, const struct stat *copy)
{
	struct mirror_run *run = job->run;

	if (only_compares(job))
		find_difference(run, job->row, job->path, DIFFERS_EXTRA, NULL, copy);
	else if (run->options & RUN_KEEP)
		find_kind(run, job->row, job->path, MIRROR_HELD);
	else
		job_defer(job, &run->removals, NULL);
}

static void make_directory_equal(struct worker *worker, struct job *job, const struct stat *source,
                                 const struct stat *copy)
{
	if (only_compares(job)) {
		if (difference_of_directory(job, source, copy) &&
		    job->run->rows.list[job->row].verb == VERB_NAME)
			directory_note(job->run, job->path, job->row);
	} else if (directory_make(worker, job) != DIRECTORY_NONE) {
		if (job->flags & ROW_SWEEP)
			directory_sweep(worker, job);
		directory_note(job->run, job->path, job->row);
	}
}

void name_make_equal(struct worker *worker, struct job *job)
{
	const struct protection *protection = &job->run->protection;
	struct stat source, copy;
	enum looked at_source, at_copy;
	bool is_directory;

	run_count(job->run, COUNT_LOOKED, 1);
	if (job->options & JOB_NEW && job->options & JOB_FILE && !only_compares(job)) {
		if (!is_protected(protection, job->path, false))
			object_make(worker, job, NULL);
		return;
	}
	at_source = job_source(job, &source);
	if (at_source == LOOKED_FAILED)
		return;
	at_copy = job->options & JOB_NEW ? LOOKED_ABSENT : job_copy(job, &copy);
	if (at_copy == LOOKED_FAILED || (at_copy == LOOKED_ABSENT && at_source == LOOKED_ABSENT))
		return;
	is_directory = at_source == LOOKED_PRESENT && S_ISDIR(source.st_mode);
	if (at_copy == LOOKED_PRESENT && is_protected(protection, job->path, S_ISDIR(copy.st_mode)))
		return;
	if (at_source == LOOKED_ABSENT)
		make_absent(job, &copy);
	else if (is_protected(protection, job->path, is_directory))
		return;
	else if (is_directory)
		make_directory_equal(worker, job, &source,
		                     at_copy == LOOKED_PRESENT ? &copy : NULL);
	else
		make_object_equal(worker, job, &source, at_copy == LOOKED_PRESENT ? &copy : NULL);
}

void name_restart(struct worker *worker, struct job *job)
{
	if (++job->restarts > RESTARTS) {
		find_kind(job->run, job->row, job->path, MIRROR_CHANGED);
		return;
	}
	job->options &= (uint8_t)~(JOB_NEW | JOB_FILE | JOB_TIES_KNOWN);
	name_make_equal(worker, job);
}
