#include "mirror/phases.h"

#include "mirror/batches.h"
#include "mirror/beneath.h"
#include "mirror/companions.h"
#include "mirror/directory.h"
#include "mirror/findings.h"
#include "mirror/move.h"
#include "mirror/name.h"
#include "mirror/names.h"
#include "mirror/pair.h"
#include "mirror/removal.h"
#include "mirror/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How often what has changed meanwhile is done in the later phases. */
enum { ROUNDS = 4 };

static void note_directory_of(struct mirror_run *run, const struct row *row, uint32_t number)
{
	pthread_mutex_lock(&run->lock);
	above_add(&run->above, &run->mirror->key, row->path, length_above(row->path, row->length),
	          number);
	pthread_mutex_unlock(&run->lock);
}

static void move_all(struct worker *worker, struct mirror_run *run)
{
	if (run->options & RUN_COMPARE)
		return;
	for (size_t i = 0; i < run->rows.count; i++)
		if (run->rows.list[i].verb == VERB_MOVE && !run_is_stopped(run, (uint32_t)i))
			move_make(worker, run, (uint32_t)i);
	names_sort(&run->moved);
}

static void remove_backup(struct worker *worker, struct mirror_run *run, uint32_t row)
{
	const char *path = run->rows.list[row].path, *slash = strrchr(path, '/');
	char above[PATH_MAX];
	struct pair pair = { .source = -1, .destination = -1 };
	struct job job = { .run = run, .pair = &pair, .path = path, .row = row };

	if (run->mirror->backup < 0 || run->options & RUN_COMPARE)
		return;
	snprintf(above, sizeof(above), "%.*s", slash ? (int)(slash - path) : 0, path);
	pair.destination = open_beneath_root(run->mirror->backup, above);
	if (pair.destination < 0) {
		if (!means_absent(errno))
			find_failure(run, row, path, CALL_OPEN, errno, AT_BACKUP);
		return;
	}
	job.name = slash ? slash + 1 : path;
	removal_of_all(worker, &job, pair.destination, job.name, path);
	close(pair.destination);
}

/* The root has no name that is made equal. */
static void sweep_root(struct worker *worker, struct mirror_run *run, uint32_t number)
{
	struct pair pair;
	struct job job = { .run = run, .pair = &pair, .name = "", .path = "", .row = number };

	if (!pair_open(worker, run, &pair, "", 0, number, false))
		return;
	directory_sweep(worker, &job);
	pair_close(&pair);
}

/* A row that is not a move; names wait in `run->now`. */
static void begin_row(struct worker *worker, struct mirror_run *run, uint32_t number)
{
	struct row *row = &run->rows.list[number];

	if (row->verb == VERB_MOVE || run_is_stopped(run, number))
		return;
	if (row->verb == VERB_REMOVE) {
		remove_backup(worker, run, number);
		return;
	}
	if (row->length > 0 || row->verb == VERB_NAME)
		note_directory_of(run, row, number);
	if (is_beneath_protected(&run->protection, row->path))
		return;
	if (row->length == 0 && row->flags & ROW_SWEEP)
		sweep_root(worker, run, number);
	if (row->length == 0 && row->verb == VERB_TREE)
		tree_start(run, row->path, number);
	else if (row->length > 0)
		names_add(&run->now, (struct named){ .row = number, .flags = row->flags },
		          row->path);
}

/* A name of a row; unless that is of VERB_NAME, with everything beneath. */
static void do_row(struct worker *worker, struct job *job)
{
	struct mirror_run *run = job->run;
	struct stat source, copy;

	name_make_equal(worker, job);
	/* What a move leaves in doubt is compared as a whole. */
	if (run->rows.list[job->row].verb == VERB_NAME ||
	    job_source(job, &source) != LOOKED_PRESENT || !S_ISDIR(source.st_mode) ||
	    job_copy(job, &copy) != LOOKED_PRESENT || !S_ISDIR(copy.st_mode) ||
	    is_protected(&run->protection, job->path, true))
		return;
	tree_start(run, job->path, job->row);
}

/* Puts tasks for the names of a list, which others fill anew. */
static void start(struct mirror_run *run, struct names *names, each_name each, uint8_t options)
{
	names_free(&run->doing);
	run->doing = *names;
	*names = (struct names){ 0 };
	names_start(run, &run->doing, each, options, !(run->options & RUN_COMPARE));
}

static void begin_rows(struct worker *worker, struct mirror_run *run)
{
	for (size_t i = 0; i < run->rows.count; i++)
		begin_row(worker, run, (uint32_t)i);
	atomic_fetch_add(&run->known, run->now.count);
	start(run, &run->now, do_row, 0);
}

/* Of the directories above rows, the deepest first. */
static void finish_above(struct worker *worker, struct mirror_run *run)
{
	above_sort(&run->above);
	for (size_t i = 0; i < run->above.count; i++) {
		const struct directory_above *above = &run->above.list[i];
		struct pair pair;

		if (!pair_open(worker, run, &pair, above->path, above->length, above->row, false))
			continue;
		if (pair.source < 0 && pair.destination >= 0)
			removal_of_left(worker, run, above->path, above->row);
		else
			directory_finish(worker, run, &pair, above->row);
		pair_close(&pair);
	}
}

static void finish(struct worker *worker, struct mirror_run *run)
{
	tree_finish(worker, run);
	finish_above(worker, run);
	companions_find(run);
	if (run->options & RUN_FSYNC && !(run->options & RUN_COMPARE) &&
	    syncfs(run->mirror->destination) != 0)
		find_failure(run, 0, "", CALL_FSYNC, errno, AT_DESTINATION);
}

/* What is left after the last round goes on changing. */
static void report_left(struct mirror_run *run, struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		find_kind(run, names->list[i].row, names->list[i].path, MIRROR_CHANGED);
	names_free(names);
}

/* Whether the later phases are to be done once more. */
static bool begins_anew(struct mirror_run *run)
{
	if (run->options & RUN_AHEAD)
		return false;
	if (run->links.count == 0 && run->removals.count == 0 && run->unties.count == 0)
		return false;
	if (++run->rounds < ROUNDS)
		return true;
	report_left(run, &run->links);
	report_left(run, &run->removals);
	report_left(run, &run->unties);
	return false;
}

enum { PHASE_MOVES, PHASE_ROWS, PHASE_LINKS, PHASE_REMOVALS, PHASE_UNTIES, PHASE_FINISH };

/* Begins a phase; false: there is none. */
static bool begin_phase(struct worker *worker, struct mirror_run *run)
{
	if (run->options & RUN_AHEAD && run->phase > PHASE_ROWS && run->phase < PHASE_FINISH)
		run->phase = PHASE_FINISH;
	switch (run->phase++) {
	case PHASE_MOVES:
		move_all(worker, run);
		return true;
	case PHASE_ROWS:
		begin_rows(worker, run);
		return true;
	case PHASE_LINKS:
		names_sort(&run->links);
		start(run, &run->links, name_tie, 0);
		return true;
	case PHASE_REMOVALS:
		start(run, &run->removals, removal_make, 0);
		return true;
	case PHASE_UNTIES:
		start(run, &run->unties, name_make_equal, JOB_LAST);
		return true;
	case PHASE_FINISH:
		if (begins_anew(run))
			run->phase = PHASE_LINKS;
		else
			finish(worker, run);
		return true;
	default:
		return false;
	}
}

static void advance(struct worker *worker, struct mirror_run *run)
{
	do {
		/* One more, so that the phase does not end before it has begun. */
		run_await(run, 1);
		if (!begin_phase(worker, run)) {
			run->ended(run);
			return;
		}
	} while (atomic_fetch_sub(&run->pending, 1) == 1);
}

static void execute(struct worker *worker, struct task *task)
{
	struct mirror_run *run =
	        (struct mirror_run *)(void *)((char *)task - offsetof(struct mirror_run, task));

	advance(worker, run);
}

void phases_start(struct mirror_run *run)
{
	run->phase_ended = advance;
	run->task.execute = execute;
	pool_put(&run->mirror->pool, &run->task, run->is_short);
}
