#include "mirror/batches.h"

#include "common/bytes.h"
#include "mirror/beneath.h"

#include <stdlib.h>
#include <string.h>

/* The most names of a task: few, for the threads to end together. */
enum { BATCH = 128 };

struct batch {
	struct task task;
	struct mirror_run *run;
	const struct named *names;
	size_t count;
	each_name each;
	uint8_t options;
	bool make;
};

static void execute(struct worker *worker, struct task *task)
{
	struct batch batch = *(struct batch *)(void *)task;
	struct mirror_run *run = batch.run;
	bool is_open = false;
	struct pair pair;

	free(task);
	for (size_t i = 0; i < batch.count; i++) {
		const struct named *named = &batch.names[i];
		size_t length = length_above(named->path, named->length);

		if (run_is_stopped(run, named->row))
			continue;
		if (is_open && (pair.length != length || memcmp(pair.path, named->path, length))) {
			pair_close(&pair);
			is_open = false;
		}
		if (!is_open)
			is_open = pair_open(worker, run, &pair, named->path, length, named->row,
			                    batch.make);
		if (!is_open)
			continue;
		struct job job = { .run = run,
			           .pair = &pair,
			           .name = named->path + (length > 0 ? length + 1 : 0),
			           .path = named->path,
			           .row = named->row,
			           .flags = named->flags,
			           .options = batch.options };
		batch.each(worker, &job);
	}
	if (is_open)
		pair_close(&pair);
	run_task_done(worker, run);
}

static bool are_together(const struct named *one, const struct named *other)
{
	return one->inode != 0 && one->inode == other->inode && one->device == other->device;
}

void names_start(struct mirror_run *run, const struct names *names, each_name each, uint8_t options,
                 bool make)
{
	for (size_t at = 0, end; at < names->count; at = end) {
		struct batch *batch = grow_array(NULL, 1, sizeof(*batch));

		end = names->count - at < BATCH ? names->count : at + BATCH;
		while (end < names->count && are_together(&names->list[end - 1], &names->list[end]))
			end++;
		*batch = (struct batch){ .task.execute = execute,
			                 .run = run,
			                 .names = names->list + at,
			                 .count = end - at,
			                 .each = each,
			                 .options = options,
			                 .make = make };
		run_await(run, 1);
		pool_put(&run->mirror->pool, &batch->task, run->is_short);
	}
}
