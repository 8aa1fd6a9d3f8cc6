/*
 * A thread that does nothing but empty the kernel's event queue, whatever the rest of the process
 * is doing; and that notices when something is mounted or unmounted.
 */
#ifndef CLSYNC_READER_H
#define CLSYNC_READER_H

#include "watch/queue.h"

#include <pthread.h>

struct reader {
	/*
	 * `mounts` is /proc/self/mountinfo, which poll(2) reports as exceptional when it has
	 * changed; -1 where it cannot be read.
	 */
	int inotify, stop, mounts;
	pthread_t thread;
	pthread_mutex_t lock;
	struct queue queue;
	/*
	 * Called from the thread once after events have come and until `reader_take`; `data` is its
	 * argument.
	 */
	void (*wake)(void *data);
	void *data;
	bool woken, mounts_changed;
};

/* Takes nothing over; 0 or an errno value. */
int reader_start(struct reader *reader, int inotify, bool sequence, void (*wake)(void *),
                 void *data);
void reader_stop(struct reader *reader);
struct bytes reader_take(struct reader *reader);
/* Whether there are other mounts since this was asked last. */
bool reader_mounts_changed(struct reader *reader);
/* Whether no event is in the kernel's queue or in ours. */
bool reader_idle(struct reader *reader);

#endif
