#include "mirror/job.h"

#include "mirror/beneath.h"
#include "mirror/findings.h"
#include "mirror/names.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static enum looked look(const struct job *job, int directory, struct stat *status,
                        enum mirror_where where)
{
	if (directory < 0)
		return LOOKED_ABSENT;
	if (fstatat(directory, job->name, status, AT_SYMLINK_NOFOLLOW) == 0)
		return LOOKED_PRESENT;
	if (errno == ENOENT || errno == ENOTDIR)
		return LOOKED_ABSENT;
	job_fail(job, CALL_STAT, where);
	return LOOKED_FAILED;
}

enum looked job_source(const struct job *job, struct stat *status)
{
	return look(job, job->pair->source, status, AT_SOURCE);
}

enum looked job_copy(const struct job *job, struct stat *status)
{
	return look(job, job->pair->destination, status, AT_DESTINATION);
}

void job_fail(const struct job *job, enum mirror_call call, enum mirror_where where)
{
	find_failure(job->run, job->row, job->path, call, errno, where);
}

bool means_another(int error)
{
	return error == ENXIO || means_absent(error);
}

bool only_compares(const struct job *job)
{
	return job->run->options & RUN_COMPARE;
}

bool has_option(const struct job *job, enum mirror_option option)
{
	return job->run->mirror->terms.options & option;
}

pthread_mutex_t *name_lock(const struct job *job)
{
	struct mirror *mirror = job->run->mirror;
	uint64_t hash = keyed_hash(&mirror->key, job->pair->identity, job->name, strlen(job->name));

	return &mirror->names[hash % NAME_LOCKS];
}

void job_defer(struct job *job, struct names *names, const struct stat *source)
{
	struct named named = { .row = job->row,
		               .flags = job->flags,
		               .device = source ? source->st_dev : 0,
		               .inode = source ? source->st_ino : 0 };

	atomic_store(&job->pair->is_late, true);
	pthread_mutex_lock(&job->run->lock);
	names_add(names, named, job->path);
	pthread_mutex_unlock(&job->run->lock);
}
