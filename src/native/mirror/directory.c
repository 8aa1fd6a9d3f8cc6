#include "mirror/directory.h"

#include "mirror/attributes.h"
#include "mirror/beneath.h"
#include "mirror/findings.h"
#include "mirror/pair.h"
#include "mirror/removal.h"
#include "mirror/replace.h"
#include "mirror/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How often another thread, or somebody else, may come first. */
enum { ATTEMPTS = 8 };

/* An object that is no directory exchanges its place with a new directory. */
static enum made_directory take_place(struct worker *worker, struct job *job)
{
	const int directory = job->pair->destination;
	char temporary[TEMPORARY_SIZE];
	enum made_directory made;

	temporary_name(worker->mirror, temporary);
	if (mkdirat(directory, temporary, 0700) != 0) {
		job_fail(job, CALL_MKDIR, AT_DESTINATION);
		return DIRECTORY_NONE;
	}
	made = replace_by_directory(worker, job, temporary);
	if (made == DIRECTORY_NEW)
		replace_dispose(worker, job, temporary);
	else
		unlinkat(directory, temporary, AT_REMOVEDIR);
	return made;
}

enum made_directory directory_make(struct worker *worker, struct job *job)
{
	struct stat copy;

	for (int i = 0; i < ATTEMPTS; i++) {
		if (mkdirat(job->pair->destination, job->name, 0700) == 0)
			return DIRECTORY_NEW;
		if (errno != EEXIST) {
			job_fail(job, CALL_MKDIR, AT_DESTINATION);
			return DIRECTORY_NONE;
		}
		switch (job_copy(job, &copy)) {
		case LOOKED_FAILED:
			return DIRECTORY_NONE;
		case LOOKED_ABSENT:
			continue;
		case LOOKED_PRESENT:
			break;
		}
		if (S_ISDIR(copy.st_mode))
			return DIRECTORY_THERE;
		if (job->run->options & RUN_KEEP) {
			find_kind(job->run, job->row, job->path, MIRROR_HELD);
			return DIRECTORY_NONE;
		}
		return take_place(worker, job);
	}
	find_kind(job->run, job->row, job->path, MIRROR_CHANGED);
	return DIRECTORY_NONE;
}

/* The length of the part of a path that the destination has; -1 with errno. */
static ssize_t existing_length(const struct mirror *mirror, char *path)
{
	size_t length = strlen(path);

	for (;;) {
		int directory;

		length = length_above(path, length);
		char end = path[length];
		path[length] = '\0';
		directory = open_beneath_root(mirror->destination, path);
		path[length] = end;
		if (directory >= 0) {
			close(directory);
			return (ssize_t)length;
		}
		if (!means_absent(errno) || length == 0)
			return -1;
	}
}

/* Makes the directory at the end of `path`, whose parent has this length. */
static bool make_one(struct worker *worker, struct mirror_run *run, struct pair *pair,
                     const char *path, size_t above, uint32_t row)
{
	bool is_made = false;
	struct stat source;

	if (!pair_open(worker, run, pair, path, above, row, false))
		return false;
	if (pair->source >= 0 && pair->destination >= 0) {
		struct job job = { .run = run,
			           .pair = pair,
			           .name = path + (above > 0 ? above + 1 : 0),
			           .path = path,
			           .row = row };

		is_made = job_source(&job, &source) == LOOKED_PRESENT && S_ISDIR(source.st_mode) &&
		          directory_make(worker, &job) != DIRECTORY_NONE;
	}
	pair_close(pair);
	return is_made;
}

bool directory_ensure(struct worker *worker, struct mirror_run *run, const char *path, uint32_t row)
{
	size_t length = strlen(path);
	char *copy = grow_array(NULL, length + 1, 1);
	struct pair *pair = grow_array(NULL, 1, sizeof(*pair));
	ssize_t above;
	bool is_made;

	memcpy(copy, path, length + 1);
	above = length > 0 ? existing_length(worker->mirror, copy) : -1;
	is_made = above >= 0;
	if (above < 0)
		find_failure(run, row, path, CALL_OPEN, length > 0 ? errno : ENOENT,
		             AT_DESTINATION);
	while (is_made && (size_t)above < length) {
		size_t next = (size_t)above + (above > 0);

		next += strcspn(copy + next, "/");
		char end = copy[next];
		copy[next] = '\0';
		is_made = make_one(worker, run, pair, copy, (size_t)above, row);
		if (is_made)
			directory_note(run, copy, row);
		copy[next] = end;
		above = (ssize_t)next;
	}
	free(pair);
	free(copy);
	return is_made;
}

void directory_note(struct mirror_run *run, const char *path, uint32_t row)
{
	pthread_mutex_lock(&run->lock);
	above_add(&run->above, &run->mirror->key, path, strlen(path), row);
	pthread_mutex_unlock(&run->lock);
}

void directory_finish(struct worker *worker, struct mirror_run *run, struct pair *pair,
                      uint32_t row)
{
	const struct place from = { .descriptor = pair->source },
	                   to = { .descriptor = pair->destination };
	struct job job = { .run = run, .pair = pair, .name = "", .path = pair->path, .row = row };
	struct stat source, copy;
	uint32_t what;

	if (pair->source < 0 || pair->destination < 0 || fstat(pair->source, &source) != 0 ||
	    fstat(pair->destination, &copy) != 0)
		return;
	what = attributes_differ(worker, &job, &from, &source, &to, &copy);
	if (what == 0)
		return;
	if (only_compares(&job))
		find_difference(run, row, pair->path, what, &source, &copy);
	else if (attributes_make(worker, &job, &from, &source, &to, &copy))
		run_count(run, COUNT_ATTRIBUTES, 1);
}

void directory_sweep(struct worker *worker, struct job *job)
{
	int directory = open_beneath_root(job->pair->destination, job->name), source;
	struct listing listing = { 0 };
	struct stat status;

	if (directory < 0)
		return;
	source = open_beneath_root(job->pair->source, job->name);
	if (source >= 0 && listing_read(&listing, directory, worker->buffer, BUFFER) == 0)
		for (size_t i = 0; i < listing.count; i++) {
			const char *name = listing_name(&listing, i);

			if (is_left_behind(worker->mirror, name) &&
			    fstatat(source, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
				removal_of_all(worker, job, directory, name, job->path);
		}
	listing_free(&listing);
	if (source >= 0)
		close(source);
	close(directory);
}
