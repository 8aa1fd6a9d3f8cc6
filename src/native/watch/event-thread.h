/*
 * A thread that only empties the kernel's event queue, even while the rest of the process is busy.
 * It also notices mounts and unmounts.
 */
#ifndef CLSYNC_EVENT_THREAD_H
#define CLSYNC_EVENT_THREAD_H

#include "watch/queue.h"
#include "watch/source.h"

#include <pthread.h>

struct event_thread {
	/* Borrowed: open for as long as the thread runs. */
	struct source *source;
	/*
	 * Borrowed: /proc/self/mountinfo, which poll(2) reports as exceptional when it has changed;
	 * -1: there is none.
	 */
	int mounts;
	int stop;
	pthread_t thread;
	pthread_mutex_t lock;
	struct queue queue;
	/*
	 * Called by the thread, with `data`, once after events of the tree have come, and again
	 * only after `event_thread_take`.
	 */
	void (*wake)(void *data);
	void *data;
	bool woken, mounts_changed;
	/* Someone waits until there is no event: `wake` is called after the next round, too. */
	bool awaited;
	/* How often all events were read that had happened by then. */
	uint32_t rounds;
};

/* Takes no descriptor over; 0 or an errno value. */
int event_thread_start(struct event_thread *thread, struct source *source, int mounts,
                       enum queue_kind kind, void (*wake)(void *), void *data);
void event_thread_stop(struct event_thread *thread);
/* The records of the queue, owned by the caller: all of these rounds, and perhaps later ones. */
struct bytes event_thread_take(struct event_thread *thread, uint32_t *rounds);
uint32_t event_thread_rounds(struct event_thread *thread);
/* A copy of the last raw events, owned by the caller. */
struct bytes event_thread_history(struct event_thread *thread);
/* Whether the mounts have changed since the last call. */
bool event_thread_mounts_changed(struct event_thread *thread);
/*
 * Whether no event is in the kernel's queue or in this one. If not, `wake` is called once more has
 * been read, even if none of it concerns the tree.
 */
bool event_thread_idle(struct event_thread *thread);
/* For a source with marks: `wake` is called once the next one has been read. */
void event_thread_await(struct event_thread *thread);

#endif
