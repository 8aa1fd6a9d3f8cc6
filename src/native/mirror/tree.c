#include "mirror/tree.h"

#include "mirror/beneath.h"
#include "mirror/difference.h"
#include "mirror/directory.h"
#include "mirror/findings.h"
#include "mirror/name.h"
#include "mirror/node.h"
#include "mirror/removal.h"
#include "mirror/status.h"
#include "mirror/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A directory of more names than this is done by several threads, so many names a task. */
enum { PORTION = 512 };

/* The names of a large directory, which several tasks share. */
struct shared {
	struct node *node;
	struct pair pair;
	struct listing listing;
	/* For each name whether, and as what (DT_*), the copy has it. */
	uint8_t *there;
	atomic_size_t pending;
};

struct portion {
	struct task task;
	struct shared *shared;
	size_t from, to;
};

enum { THERE_NOT, THERE_DIRECTORY, THERE_OTHER, THERE_UNKNOWN };

static bool is_ahead(const struct mirror_run *run)
{
	return run->options & RUN_AHEAD;
}

/* Whether it is no mount point. */
static bool is_in_source(const struct mirror_run *run, const char *path)
{
	int directory = open_in_mount(run->mirror->source, path);

	if (directory >= 0)
		close(directory);
	return directory >= 0;
}

/* A name that was listed as a directory. */
static void do_directory(struct worker *worker, struct node *node, struct job *job, uint8_t there)
{
	enum made_directory made = DIRECTORY_THERE;
	struct stat source, copy;

	if (is_protected(&node->run->protection, job->path, true))
		return;
	run_count(node->run, COUNT_LOOKED, 1);
	if (only_compares(job) && there != THERE_DIRECTORY) {
		enum looked looked = job_copy(job, &copy);

		if (looked == LOOKED_FAILED || job_source(job, &source) != LOOKED_PRESENT ||
		    !difference_of_directory(job, &source, looked == LOOKED_PRESENT ? &copy : NULL))
			return;
	} else if (there != THERE_DIRECTORY) {
		if (is_ahead(node->run) && !is_in_source(node->run, job->path))
			return;
		made = directory_make(worker, job);
	}
	if (made != DIRECTORY_NONE)
		node_enter(node, job->path, made == DIRECTORY_NEW);
}

static void do_name(struct worker *worker, struct node *node, struct pair *pair, const char *name,
                    unsigned char type, uint8_t there)
{
	char path[PATH_MAX + NAME_MAX + 2];
	struct job job = { .run = node->run,
		           .pair = pair,
		           .name = name,
		           .path = path,
		           .row = node->row,
		           .flags = node->flags,
		           .options = there == THERE_NOT ? JOB_NEW : 0 };
	size_t length = pair->length;
	struct stat source;

	memcpy(path, pair->path, length);
	if (length > 0)
		path[length++] = '/';
	strcpy(path + length, name);
	if (type == DT_UNKNOWN) {
		enum looked looked = job_source(&job, &source);

		/* It has just vanished: an event will say so. */
		if (looked != LOOKED_PRESENT)
			return;
		type = IFTODT(source.st_mode);
	}
	if (type == DT_DIR)
		return do_directory(worker, node, &job, there);
	if (type == DT_REG)
		job.options |= JOB_FILE;
	name_make_equal(worker, &job);
}

static void do_names(struct worker *worker, struct node *node, struct pair *pair,
                     const struct listing *listing, const uint8_t *there, size_t from, size_t to)
{
	for (size_t i = from; i < to && !run_is_stopped(node->run, node->row); i++)
		do_name(worker, node, pair, listing_name(listing, i), listing_type(listing, i),
		        there[i]);
}

static void do_portion(struct worker *worker, struct task *task)
{
	struct portion portion = *(struct portion *)(void *)task;
	struct shared *shared = portion.shared;
	struct node *node = shared->node;

	free(task);
	do_names(worker, node, &shared->pair, &shared->listing, shared->there, portion.from,
	         portion.to);
	if (atomic_fetch_sub(&shared->pending, 1) != 1)
		return;
	if (atomic_load(&shared->pair.is_late))
		atomic_store(&node->is_late, true);
	node_done(worker, node, &shared->pair);
	pair_close(&shared->pair);
	listing_free(&shared->listing);
	free(shared->there);
	free(shared);
}

/* Gives the names of a large directory to all threads; takes over what describes them. */
static void divide(struct worker *worker, struct node *node, const struct pair *pair,
                   uint8_t *there)
{
	struct shared *shared = grow_array(NULL, 1, sizeof(*shared));
	struct mirror_run *run = node->run;
	size_t count = worker->here.count;

	shared->node = node;
	shared->pair = *pair;
	shared->listing = worker->here;
	worker->here = (struct listing){ 0 };
	shared->there = there;
	atomic_init(&shared->pending, (count + PORTION - 1) / PORTION);
	for (size_t at = 0; at < count; at += PORTION) {
		struct portion *portion = grow_array(NULL, 1, sizeof(*portion));

		*portion = (struct portion){ { .execute = do_portion },
			                     shared,
			                     at,
			                     count - at < PORTION ? count : at + PORTION };
		pool_put(&run->mirror->pool, &portion->task, false);
	}
}

/* A name that only the copy has. */
static void do_extra(struct worker *worker, struct node *node, struct pair *pair, const char *name)
{
	struct mirror_run *run = node->run;
	char path[PATH_MAX + NAME_MAX + 2];
	struct job job = { .run = run, .pair = pair, .name = name, .path = path, .row = node->row };
	size_t length = pair->length;

	atomic_fetch_add(&run->known, 1);
	memcpy(path, pair->path, length);
	if (length > 0)
		path[length++] = '/';
	strcpy(path + length, name);
	if (!is_left_behind(run->mirror, name))
		name_make_equal(worker, &job);
	else if (!(run->options & RUN_COMPARE))
		removal_of_all(worker, &job, pair->destination, name, path);
}

/* Lists one side; false: it was reported why not. */
static bool list(struct worker *worker, const struct node *node, const struct pair *pair,
                 enum mirror_where where)
{
	int error = where == AT_SOURCE
	                    ? listing_read(&worker->here, pair->source, worker->buffer, BUFFER)
	                    : listing_read(&worker->there, pair->destination, worker->buffer,
	                                   BUFFER);

	/* It was removed meanwhile: of the source, an event will say so. */
	if (error == ENOENT && where == AT_DESTINATION)
		find_kind(node->run, node->row, pair->path, MIRROR_CHANGED);
	else if (error != 0 && error != ENOENT)
		find_failure(node->run, node->row, pair->path, CALL_LIST, error, where);
	return error == 0;
}

/* Lists the copy: what of the source it has is noted in `there`. */
static bool list_copy(struct worker *worker, struct node *node, struct pair *pair, uint8_t *there)
{
	struct mirror *mirror = worker->mirror;

	if (!list(worker, node, pair, AT_DESTINATION))
		return false;
	listing_index(&worker->here, &mirror->key);
	for (size_t i = 0; i < worker->there.count; i++) {
		const char *name = listing_name(&worker->there, i);
		unsigned char type = listing_type(&worker->there, i);
		ptrdiff_t number = listing_find(&worker->here, &mirror->key, name);

		if (number >= 0)
			there[number] = type == DT_DIR       ? THERE_DIRECTORY
			                : type == DT_UNKNOWN ? THERE_UNKNOWN
			                                     : THERE_OTHER;
		else if (!is_ahead(node->run) && !run_is_stopped(node->run, node->row))
			do_extra(worker, node, pair, name);
	}
	return true;
}

static bool is_entered(const struct node *node, const struct pair *pair)
{
	const struct mirror *mirror = node->run->mirror;

	return !is_content_protected(&node->run->protection, pair->path) &&
	       (!(mirror->terms.options & MIRROR_ONE_FILE_SYSTEM) ||
	        pair->source_status.st_dev == mirror->source_device);
}

/* Lists both sides and does all names; true if others will call node_done() for the directory. */
static bool do_content(struct worker *worker, struct node *node, struct pair *pair)
{
	struct listing *here = &worker->here;
	uint8_t *there;

	if (!list(worker, node, pair, AT_SOURCE))
		return false;
	atomic_fetch_add(&node->run->known, here->count);
	there = calloc(here->count + 1, 1);
	if (!there)
		abort();
	if (!node->is_new && !list_copy(worker, node, pair, there)) {
		free(there);
		return false;
	}
	if (here->count > PORTION) {
		divide(worker, node, pair, there);
		return true;
	}
	do_names(worker, node, pair, here, there, 0, here->count);
	free(there);
	return false;
}

void tree_look(struct worker *worker, struct task *task)
{
	struct node *node = (struct node *)(void *)task;
	struct mirror_run *run = node->run;
	struct pair pair;

	node->is_closed = run_is_stopped(run, node->row) || atomic_load(&run->leaving) ||
	                  !pair_open(worker, run, &pair, node->path, node->length, node->row,
	                             !(run->options & RUN_COMPARE));
	if (node->is_closed) {
		node_done(worker, node, NULL);
		return;
	}
	if (pair.source >= 0 && pair.destination >= 0 && !node->is_new &&
	    !(node->flags & ROW_UNWRITTEN) &&
	    is_moved_here(run->mirror, &pair.source_status, &pair.status) &&
	    !run_moved(run, node->path))
		node->flags |= ROW_SUSPECT;
	/* Whatever changes in its copy would hide that it was moved. */
	if (is_ahead(run) && node->flags & ROW_SUSPECT) {
		node->is_closed = true;
		pair_close(&pair);
		node_done(worker, node, NULL);
		return;
	}
	if (pair.source >= 0 && pair.destination >= 0 && is_entered(node, &pair) &&
	    do_content(worker, node, &pair))
		return;
	if (atomic_load(&pair.is_late))
		atomic_store(&node->is_late, true);
	node_done(worker, node, &pair);
	pair_close(&pair);
}

void tree_start(struct mirror_run *run, const char *path, uint32_t row)
{
	struct node *node = node_new(run, NULL, path, row, run->rows.list[row].flags, false);

	run_await(run, 1);
	pool_put(&run->mirror->pool, &node->task, false);
}
