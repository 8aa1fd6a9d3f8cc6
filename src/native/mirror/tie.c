#include "mirror/name.h"

#include "mirror/attributes.h"
#include "mirror/findings.h"
#include "mirror/object.h"
#include "mirror/same.h"
#include "mirror/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Makes a new copy, of which this is the first name. */
static void make_first(struct worker *worker, struct job *job, struct mirror_tie *tie)
{
	struct stat made;

	if (!object_make(worker, job, &made))
		return;
	tie_set(tie, &made, job->path);
	tie->is_made = true;
}

static bool is_copy(const struct mirror_tie *tie, const struct stat *status)
{
	return status->st_dev == tie->copy_device && status->st_ino == tie->copy_inode;
}

/* Forgets a copy that is not where it was. */
static void forget(struct mirror_tie *tie)
{
	free(tie->path);
	tie->path = NULL;
	tie->is_made = false;
}

/*
 * Makes the attributes of the copy equal before others are tied to it: in place if all its names
 * are known, else by a new copy.
 */
static void make_ready(struct worker *worker, struct job *job, struct mirror_tie *tie)
{
	char path[PATH_MAX];
	struct job first = *job;
	struct stat source, copy;
	struct pair *pair;

	if (strlen(tie->path) >= sizeof(path))
		return;
	strcpy(path, tie->path);
	pair = pair_above(worker, job->run, path, job->row, false, &first.name);
	if (!pair)
		return forget(tie);
	first.pair = pair;
	first.path = path;
	first.options |= JOB_TIES_KNOWN;
	if (job_copy(&first, &copy) != LOOKED_PRESENT || !is_copy(tie, &copy) ||
	    job_source(&first, &source) != LOOKED_PRESENT || source.st_ino != tie->inode ||
	    source.st_dev != tie->device) {
		forget(tie);
	} else if (copy.st_nlink == tie->met && !tie->conflict) {
		name_make_equal(worker, &first);
		tie->is_made = true;
		/* One of another user may have been replaced: its other names are still his. */
		if (job_copy(&first, &copy) != LOOKED_PRESENT || !is_copy(tie, &copy))
			forget(tie);
	} else {
		const struct place from = { -1, pair->source, first.name },
		                   to = { -1, pair->destination, first.name };

		tie->is_made = true;
		if (attributes_differ(worker, &first, &from, &source, &to, &copy))
			make_first(worker, &first, tie);
	}
	pair_free(pair);
}

/* Gives the copy one more name. 0 or errno. */
static int link_to(struct worker *worker, struct job *job, const struct mirror_tie *tie,
                   const struct stat *source)
{
	const int directory = job->pair->destination;
	char temporary[TEMPORARY_SIZE];
	const char *name;
	struct pair *pair = pair_above(worker, job->run, tie->path, job->row, false, &name);
	struct stat linked;
	bool is_changed;
	int error = 0;

	if (!pair)
		return ENOENT;
	temporary_name(worker->mirror, temporary);
	if (linkat(pair->destination, name, directory, temporary, 0) != 0)
		error = errno;
	pair_free(pair);
	if (error != 0)
		return error;
	if (fstatat(directory, temporary, &linked, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !is_copy(tie, &linked)) {
		unlinkat(directory, temporary, 0);
		return ENOENT;
	}
	if (object_put(worker, job, temporary, source, &is_changed))
		run_count(job->run, COUNT_LINKED, 1);
	else if (is_changed)
		error = EAGAIN;
	/* It stays where the two were names of one inode already, rename(2). */
	unlinkat(directory, temporary, 0);
	return error;
}

/* The file system cannot tie them: a copy of its own. */
static void make_apart(struct worker *worker, struct job *job, const struct stat *source)
{
	const struct place from = { -1, job->pair->source, job->name },
	                   to = { -1, job->pair->destination, job->name };
	struct stat copy;

	if (job_copy(job, &copy) != LOOKED_PRESENT ||
	    (copy.st_mode & S_IFMT) != (source->st_mode & S_IFMT) ||
	    compare_contents(worker, job, source, &copy) != COMPARED_EQUAL ||
	    attributes_differ(worker, job, &from, source, &to, &copy))
		object_make(worker, job, NULL);
}

static void tie(struct worker *worker, struct job *job, const struct stat *source,
                struct mirror_tie *tie)
{
	struct stat copy;
	enum looked looked;

	if (tie->path && !tie->is_made)
		make_ready(worker, job, tie);
	if (!tie->path) {
		make_first(worker, job, tie);
		return;
	}
	looked = job_copy(job, &copy);
	if (looked == LOOKED_FAILED || (looked == LOOKED_PRESENT && is_copy(tie, &copy)))
		return;
	switch (link_to(worker, job, tie, source)) {
	case 0:
		break;
	case EAGAIN:
		name_restart(worker, job);
		break;
	case ENOENT:
		make_first(worker, job, tie);
		break;
	default:
		make_apart(worker, job, source);
	}
}

void name_tie(struct worker *worker, struct job *job)
{
	struct mirror_run *run = job->run;
	struct stat source;
	enum looked looked = job_source(job, &source);
	struct mirror_tie *found;

	if (looked == LOOKED_FAILED)
		return;
	if (looked == LOOKED_ABSENT || S_ISDIR(source.st_mode) || source.st_nlink == 1) {
		name_restart(worker, job);
		return;
	}
	pthread_mutex_lock(&run->lock);
	found = tie_of(&run->ties, &run->mirror->key, &source);
	pthread_mutex_unlock(&run->lock);
	job->options |= JOB_TIES_KNOWN;
	tie(worker, job, &source, found);
}
