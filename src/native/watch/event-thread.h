/*
 * A thread that does nothing but empty the kernel's event queue, whatever the rest of the process
 * is doing; and that notices when something is mounted or unmounted.
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
	 * The thread's own. `mounts` is /proc/self/mountinfo, which poll(2) reports as exceptional
	 * when it has changed; -1 where it cannot be read.
	 */
	int stop, mounts;
	pthread_t thread;
	pthread_mutex_t lock;
	struct queue queue;
	/*
	 * Called from the thread once after events have come and until `event_thread_take`; `data`
	 * is its argument.
	 */
	void (*wake)(void *data);
	void *data;
	bool woken, mounts_changed;
};

/* Takes no descriptor over; 0 or an errno value. */
int event_thread_start(struct event_thread *thread, struct source *source, bool sequence,
                       void (*wake)(void *), void *data);
void event_thread_stop(struct event_thread *thread);
/* The records of the queue, as the caller's. */
struct bytes event_thread_take(struct event_thread *thread);
/* The last raw events, as the caller's. */
struct bytes event_thread_history(struct event_thread *thread);
/* Whether there are other mounts since this was asked last. */
bool event_thread_mounts_changed(struct event_thread *thread);
/* Whether no event is in the kernel's queue or in ours. */
bool event_thread_idle(struct event_thread *thread);

#endif
