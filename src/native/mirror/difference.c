#include "mirror/difference.h"

#include "mirror/attributes.h"
#include "mirror/content.h"
#include "mirror/findings.h"
#include "mirror/same.h"

#include <fcntl.h>

/* Whether the copy's names are others than the source's, as far as the run knows. */
static bool is_tied_otherwise(struct job *job, const struct stat *source, const struct stat *copy)
{
	struct mirror_run *run = job->run;
	bool is_met;

	if (!has_option(job, MIRROR_LINKS))
		return false;
	if (source->st_nlink == 1)
		return copy->st_nlink > 1;
	pthread_mutex_lock(&run->lock);
	is_met = tie_meet(&run->ties, &run->mirror->key, source, copy, job->path);
	pthread_mutex_unlock(&run->lock);
	return !is_met;
}

static uint32_t differences(struct worker *worker, struct job *job, const struct stat *source,
                            const struct stat *copy)
{
	const struct place from = { -1, job->pair->source, job->name },
	                   to = { -1, job->pair->destination, job->name };
	enum compared compared;
	uint32_t what = 0;

	if (S_ISREG(source->st_mode) && source->st_size != copy->st_size)
		what |= DIFFERS_SIZE;
	compared = compare_contents(worker, job, source, copy);
	if (compared == COMPARED_DIFFERENT)
		what |= DIFFERS_CONTENT;
	if (S_ISREG(source->st_mode) && has_holes(worker->mirror, source) &&
	    !has_holes(worker->mirror, copy))
		what |= DIFFERS_SPARSE;
	if (is_tied_otherwise(job, source, copy))
		what |= DIFFERS_LINKS;
	return what | attributes_differ(worker, job, &from, source, &to, copy);
}

void difference_of_object(struct worker *worker, struct job *job, const struct stat *source,
                          const struct stat *copy)
{
	uint32_t what;

	if (!copy)
		what = DIFFERS_MISSING;
	else if ((source->st_mode & S_IFMT) != (copy->st_mode & S_IFMT))
		what = DIFFERS_TYPE;
	else
		what = differences(worker, job, source, copy);
	if (what != 0)
		find_difference(job->run, job->row, job->path, what, source, copy);
}

bool difference_of_directory(struct job *job, const struct stat *source, const struct stat *copy)
{
	if (copy && S_ISDIR(copy->st_mode))
		return true;
	find_difference(job->run, job->row, job->path, copy ? DIFFERS_TYPE : DIFFERS_MISSING,
	                source, copy);
	return false;
}
