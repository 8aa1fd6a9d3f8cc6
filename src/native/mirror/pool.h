/*
 * The threads of a mirror and what they have to do. Long tasks are done newest first, so that a
 * walk goes to the depth; short ones oldest first, by whichever thread is free: one thread does
 * nothing else.
 */
#ifndef CLSYNC_MIRROR_POOL_H
#define CLSYNC_MIRROR_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct worker;

struct task {
	struct task *next;
	void (*execute)(struct worker *worker, struct task *task);
};

struct pool {
	pthread_mutex_t lock;
	/* For those that take any task, and for the one that takes short ones. */
	pthread_cond_t any, only_short;
	struct task *long_tasks, *short_tasks, **short_end;
	unsigned idle_short, alive;
	bool closing;
	void (*begin)(struct worker *worker);
	void (*end)(struct worker *worker);
	/* Called by the last thread, or by pool_close() if there is none. */
	void (*ended)(void *owner);
	void *owner;
};

/* Starts `threads` threads and one for short tasks. 0 or errno; then only pool_close() is left. */
int pool_start(struct pool *pool, unsigned threads);
void pool_put(struct pool *pool, struct task *task, bool is_short);
/* Lets the threads end once nothing is left to do; does not wait. The pool may be gone then. */
void pool_close(struct pool *pool);

#endif
