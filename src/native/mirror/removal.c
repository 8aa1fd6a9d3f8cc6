#include "mirror/removal.h"

#include "mirror/backup.h"
#include "mirror/findings.h"
#include "mirror/name.h"
#include "mirror/pair.h"
#include "mirror/removal-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void removal_of_all(struct worker *worker, struct job *job, int directory, const char *name,
                    const char *path)
{
	if (unlinkat(directory, name, 0) == 0)
		run_count(job->run, COUNT_REMOVED, 1);
	else if (errno == EISDIR || errno == EPERM)
		removal_walk(worker, job, WALK_ALL, directory, name, path);
	else if (errno != ENOENT)
		find_failure(job->run, job->row, path, CALL_UNLINK, errno, AT_DESTINATION);
}

bool removal_is_barred(struct worker *worker, struct job *job, int directory, const char *name,
                       const char *path)
{
	return !removal_walk(worker, job, WALK_SCAN, directory, name, path);
}

/* Removes, or keeps in the backup, what is no directory, or a directory as a whole. */
static void remove_one(struct job *job)
{
	const int directory = job->pair->destination;
	pthread_mutex_t *lock = name_lock(job);
	struct stat source;

	pthread_mutex_lock(lock);
	if (job_source(job, &source) != LOOKED_ABSENT) {
		/* It is back, and there is an event for that. */
	} else if (job->run->options & RUN_BACKUP) {
		if (backup_keep(job, directory, job->name, job->path, false))
			run_count(job->run, COUNT_REMOVED, 1);
	} else if (unlinkat(directory, job->name, 0) == 0) {
		run_count(job->run, COUNT_REMOVED, 1);
	} else if (errno != ENOENT) {
		job_fail(job, CALL_UNLINK, AT_DESTINATION);
	}
	pthread_mutex_unlock(lock);
}

void removal_make(struct worker *worker, struct job *job)
{
	const struct protection *protection = &job->run->protection;
	const int directory = job->pair->destination;
	struct stat source, copy;
	enum looked at_source = job_source(job, &source);

	if (at_source == LOOKED_PRESENT)
		name_restart(worker, job);
	if (at_source != LOOKED_ABSENT || job_copy(job, &copy) != LOOKED_PRESENT ||
	    is_protected(protection, job->path, S_ISDIR(copy.st_mode)))
		return;
	if (!S_ISDIR(copy.st_mode))
		remove_one(job);
	else if (!(job->run->options & RUN_BACKUP))
		removal_walk(worker, job, WALK_GONE, directory, job->name, job->path);
	else if (!removal_is_barred(worker, job, directory, job->name, job->path))
		remove_one(job);
	else
		removal_walk(worker, job, WALK_BACKUP, directory, job->name, job->path);
}

void removal_of_left(struct worker *worker, struct mirror_run *run, const char *path, uint32_t row)
{
	const struct protection *protection = &run->protection;
	struct job job = { .run = run, .path = path, .row = row };
	pthread_mutex_t *lock;
	struct stat source;

	if (*path == '\0' || run->options & (RUN_KEEP | RUN_COMPARE | RUN_AHEAD) ||
	    is_beneath_protected(protection, path) || is_protected(protection, path, true) ||
	    is_content_protected(protection, path))
		return;
	job.pair = pair_above(worker, run, path, row, false, &job.name);
	if (!job.pair)
		return;
	lock = name_lock(&job);
	pthread_mutex_lock(lock);
	if (job_source(&job, &source) == LOOKED_ABSENT &&
	    unlinkat(job.pair->destination, job.name, AT_REMOVEDIR) == 0)
		run_count(run, COUNT_REMOVED, 1);
	pthread_mutex_unlock(lock);
	pair_free(job.pair);
}
