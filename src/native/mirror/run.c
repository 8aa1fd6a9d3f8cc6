#include "mirror/run.h"

#include <stdlib.h>
#include <string.h>

struct mirror_run *run_new(struct mirror *mirror)
{
	struct mirror_run *run = calloc(1, sizeof(*run));

	if (!run)
		abort();
	run->mirror = mirror;
	pthread_mutex_init(&run->lock, NULL);
	run->late_end = &run->late;
	return run;
}

void run_free(struct mirror_run *run)
{
	rows_free(&run->rows);
	paths_free(&run->protection.skipped);
	paths_free(&run->protection.contents);
	free(run->stamp);
	bytes_free(&run->findings);
	names_free(&run->doing);
	names_free(&run->now);
	names_free(&run->moved);
	names_free(&run->links);
	names_free(&run->removals);
	names_free(&run->unties);
	above_free(&run->above);
	tie_free_all(&run->ties);
	pthread_mutex_destroy(&run->lock);
	free(run);
}

void run_await(struct mirror_run *run, size_t tasks)
{
	atomic_fetch_add(&run->pending, tasks);
}

static int compare_paths(const void *key, const void *element)
{
	return strcmp(key, ((const struct named *)element)->path);
}

const struct named *run_moved(const struct mirror_run *run, const char *path)
{
	return run->moved.count == 0 ? NULL
	                             : bsearch(path, run->moved.list, run->moved.count,
	                                       sizeof(*run->moved.list), compare_paths);
}

void run_count(struct mirror_run *run, enum count what, uint64_t count)
{
	atomic_fetch_add_explicit(&run->counts[what], count, memory_order_relaxed);
}

bool run_is_stopped(struct mirror_run *run, uint32_t row)
{
	if (!atomic_load_explicit(&run->stopped, memory_order_relaxed))
		return false;
	if (row < run->rows.count)
		atomic_store(&run->rows.list[row].stopped, true);
	return true;
}

void run_task_done(struct worker *worker, struct mirror_run *run)
{
	if (atomic_fetch_sub(&run->pending, 1) == 1)
		run->phase_ended(worker, run);
}
