#include "mirror/replace.h"

#include "mirror/backup.h"
#include "mirror/findings.h"
#include "mirror/removal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Keeps what is no directory, and is about to be replaced. */
static bool keep_old(const struct job *job)
{
	const struct pair *pair = job->pair;
	struct stat copy;

	if (!(job->run->options & RUN_BACKUP) || job->options & JOB_NEW ||
	    fstatat(pair->destination, job->name, &copy, AT_SYMLINK_NOFOLLOW) != 0 ||
	    S_ISDIR(copy.st_mode))
		return true;
	return backup_keep(job, pair->destination, job->name, job->path, true);
}

static bool exchange(const struct job *job, const char *temporary)
{
	const int directory = job->pair->destination;

	if (renameat2(directory, temporary, directory, job->name, RENAME_EXCHANGE) == 0)
		return true;
	job_fail(job, CALL_RENAME, AT_DESTINATION);
	return false;
}

/* Keeps what was displaced, or leaves it to replace_dispose(). */
static bool keep_displaced(struct job *job, const char *temporary)
{
	job->is_displaced = !(job->run->options & RUN_BACKUP);
	if (job->is_displaced ||
	    backup_keep(job, job->pair->destination, temporary, job->path, false))
		return true;
	exchange(job, temporary);
	return false;
}

/* Called with the lock of types held. */
static bool replace_directory(struct worker *worker, struct job *job, const char *temporary)
{
	const int directory = job->pair->destination;

	if (removal_is_barred(worker, job, directory, job->name, job->path)) {
		errno = ENOTEMPTY;
		job_fail(job, CALL_RENAME, AT_DESTINATION);
		return false;
	}
	return exchange(job, temporary) && keep_displaced(job, temporary);
}

bool replace_by(struct worker *worker, struct job *job, const char *temporary)
{
	const int directory = job->pair->destination;
	bool is_replaced;

	job->is_displaced = false;
	if (!keep_old(job))
		return false;
	if (renameat(directory, temporary, directory, job->name) == 0)
		return true;
	if (errno != EISDIR) {
		job_fail(job, CALL_RENAME, AT_DESTINATION);
		return false;
	}
	if (job->run->options & RUN_KEEP) {
		find_kind(job->run, job->row, job->path, MIRROR_HELD);
		return false;
	}
	pthread_mutex_lock(&worker->mirror->types);
	is_replaced = replace_directory(worker, job, temporary);
	pthread_mutex_unlock(&worker->mirror->types);
	return is_replaced;
}

enum made_directory replace_by_directory(struct worker *worker, struct job *job,
                                         const char *temporary)
{
	enum made_directory made = DIRECTORY_NONE;
	pthread_mutex_t *lock = name_lock(job);
	struct stat copy;

	pthread_mutex_lock(lock);
	pthread_mutex_lock(&worker->mirror->types);
	if (job_copy(job, &copy) == LOOKED_PRESENT && S_ISDIR(copy.st_mode))
		made = DIRECTORY_THERE;
	else if (exchange(job, temporary) && keep_displaced(job, temporary))
		made = DIRECTORY_NEW;
	pthread_mutex_unlock(&worker->mirror->types);
	pthread_mutex_unlock(lock);
	return made;
}

void replace_dispose(struct worker *worker, struct job *job, const char *temporary)
{
	if (job->is_displaced)
		removal_of_all(worker, job, job->pair->destination, temporary, job->path);
	job->is_displaced = false;
}
