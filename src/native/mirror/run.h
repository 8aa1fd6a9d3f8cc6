/* One run: rows in, an answer out; what its tasks share. */
#ifndef CLSYNC_MIRROR_RUN_H
#define CLSYNC_MIRROR_RUN_H

#include "mirror/above.h"
#include "mirror/mirror.h"
#include "mirror/names.h"
#include "mirror/protection.h"
#include "mirror/rows.h"
#include "mirror/ties.h"

/* The fields of struct mirror_summary, in their order. */
enum count {
	COUNT_LOOKED,
	COUNT_COPIED,
	COUNT_BYTES,
	COUNT_CLONED,
	COUNT_LINKED,
	COUNT_MOVED,
	COUNT_REMOVED,
	COUNT_ATTRIBUTES,
	COUNTS,
};

struct node;

struct mirror_run {
	struct mirror *mirror;
	uint32_t number, options;
	/* It has no row VERB_TREE. */
	bool is_short;
	struct rows rows;
	struct protection protection;
	/* Of the directory beneath the backup root. */
	char *stamp;
	/* `leaving`: no further directory is begun. */
	atomic_bool stopped, leaving;
	/* A move was not made: contents of this run are compared. */
	bool is_doubtful;
	atomic_uint_fast64_t counts[COUNTS], known;

	/* For what follows, up to `task`. */
	pthread_mutex_t lock;
	struct bytes findings;
	/*
	 * In the order of the phases: rows and what follows from moves; names of inodes with
	 * several names; what is no longer in the source; names that are tied at the destination
	 * only.
	 */
	struct names now, links, removals, unties;
	/* Those of this phase. */
	struct names doing;
	/* Paths that moves have brought something to, in byte order once all are made. */
	struct names moved;
	/* Directories of trees whose attributes are set last, those beneath before those above. */
	struct node *late, **late_end;
	/* Directories above rows, whose attributes are set last of all. */
	struct above above;
	struct ties ties;

	struct task task;
	atomic_size_t pending;
	int phase;
	/* How often the later phases began anew, as something had changed meanwhile. */
	int rounds;
	/* Called when the last task of a phase is done. */
	void (*phase_ended)(struct worker *worker, struct mirror_run *run);
	/* Called once, by a thread of the mirror, which does not use the run after it. */
	void (*ended)(struct mirror_run *run);
	void *owner;
};

/* A run of no rows yet. */
struct mirror_run *run_new(struct mirror *mirror);
void run_free(struct mirror_run *run);

/* The move that has brought what was there, when the run began, to a path; else NULL. */
const struct named *run_moved(const struct mirror_run *run, const char *path);
/* One task more, or less, is to be done before the next phase. */
void run_await(struct mirror_run *run, size_t tasks);
void run_task_done(struct worker *worker, struct mirror_run *run);
void run_count(struct mirror_run *run, enum count what, uint64_t count);
/* Whether the run was stopped; the row is then known not to be done. */
bool run_is_stopped(struct mirror_run *run, uint32_t row);

#endif
