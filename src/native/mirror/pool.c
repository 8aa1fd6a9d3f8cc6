#include "mirror/pool.h"

#include "mirror/mirror.h"

#include <stdlib.h>

#define STACK (512u << 10)

struct beginning {
	struct pool *pool;
	bool is_short;
};

static struct task *take(struct pool *pool, bool is_short)
{
	struct task *task = pool->short_tasks;

	if (task) {
		pool->short_tasks = task->next;
		if (!pool->short_tasks)
			pool->short_end = &pool->short_tasks;
	} else if (!is_short && (task = pool->long_tasks)) {
		pool->long_tasks = task->next;
	}
	return task;
}

/* Waits for a task; NULL: the pool is closed. */
static struct task *await(struct pool *pool, bool is_short)
{
	struct task *task;

	pthread_mutex_lock(&pool->lock);
	while (!(task = take(pool, is_short)) && !pool->closing) {
		pool->idle_short += is_short;
		pthread_cond_wait(is_short ? &pool->only_short : &pool->any, &pool->lock);
		pool->idle_short -= is_short;
	}
	pthread_mutex_unlock(&pool->lock);
	return task;
}

static void leave(struct pool *pool)
{
	bool last;

	pthread_mutex_lock(&pool->lock);
	last = --pool->alive == 0 && pool->closing;
	pthread_mutex_unlock(&pool->lock);
	if (last)
		pool->ended(pool->owner);
}

static void *work(void *argument)
{
	struct beginning beginning = *(struct beginning *)argument;
	struct pool *pool = beginning.pool;
	struct worker worker = { .mirror = pool->owner };
	struct task *task;

	free(argument);
	pool->begin(&worker);
	while ((task = await(pool, beginning.is_short)))
		task->execute(&worker, task);
	pool->end(&worker);
	leave(pool);
	return NULL;
}

/* Detached, so that the process can end while a file system hangs. */
static int start(struct pool *pool, bool is_short)
{
	struct beginning *beginning = grow_array(NULL, 1, sizeof(*beginning));
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	*beginning = (struct beginning){ pool, is_short };
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK);
	pthread_mutex_lock(&pool->lock);
	error = pthread_create(&thread, &attributes, work, beginning);
	pool->alive += error == 0;
	pthread_mutex_unlock(&pool->lock);
	pthread_attr_destroy(&attributes);
	if (error)
		free(beginning);
	return error;
}

int pool_start(struct pool *pool, unsigned threads)
{
	int error;

	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->any, NULL);
	pthread_cond_init(&pool->only_short, NULL);
	pool->short_end = &pool->short_tasks;
	error = start(pool, true);
	while (!error && threads-- > 0)
		error = start(pool, false);
	return error;
}

void pool_put(struct pool *pool, struct task *task, bool is_short)
{
	pthread_mutex_lock(&pool->lock);
	if (is_short) {
		task->next = NULL;
		*pool->short_end = task;
		pool->short_end = &task->next;
	} else {
		task->next = pool->long_tasks;
		pool->long_tasks = task;
	}
	pthread_cond_signal(is_short && pool->idle_short > 0 ? &pool->only_short : &pool->any);
	pthread_mutex_unlock(&pool->lock);
}

void pool_close(struct pool *pool)
{
	bool last;

	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	last = pool->alive == 0;
	pthread_cond_broadcast(&pool->any);
	pthread_cond_broadcast(&pool->only_short);
	pthread_mutex_unlock(&pool->lock);
	if (last)
		pool->ended(pool->owner);
}
