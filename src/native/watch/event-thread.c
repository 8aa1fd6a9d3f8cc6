#include "watch/event-thread.h"

#include "watch/milliseconds.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (1u << 20)
/*
 * After the first event, the thread waits for those that belong to it, as create, write and close
 * are one change: until an interval (ns) brings no event, and at most GATHER (ms). A busy tree then
 * costs one read per interval instead of one per event.
 */
#define INTERVAL_NS 400000L
#define GATHER 2.0
/*
 * While most of what comes is about names that have just been looked at, it waits as long (ms)
 * whether or not an interval (ns) brings an event: many files that are written to without a rest
 * are looked at, and handed over, five times a second instead of all the time.
 */
#define GATHER_REPEATED 200.0
#define REPEATED_INTERVAL_NS 2000000L

enum drained { NOTHING, SOME, END };

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return milliseconds(&now);
}

/* Reads all events; END when the descriptor fails. */
static enum drained drain(struct event_thread *thread, uint8_t *buffer)
{
	struct source *source = thread->source;
	enum drained drained = NOTHING;
	double empty = 0;
	bool ended = false;

	/*
	 * Read under the lock, so that an event is either still in the kernel or already in the
	 * queue: see event_thread_idle.
	 */
	pthread_mutex_lock(&thread->lock);
	for (size_t from = 0; from < SOURCE_FDS; from++) {
		double before;
		ssize_t got;

		if (source->fds[from] < 0)
			continue;
		while (before = now_ms(), (got = read(source->fds[from], buffer, BUFFER)) > 0) {
			source->type->parse(source, from, buffer, (size_t)got, &thread->queue,
			                    now_ms());
			drained = SOME;
		}
		/* The first that was empty may not be any longer. */
		if (empty == 0)
			empty = before;
		empty = got < 0 && errno == EAGAIN ? empty : -1;
		ended = ended || !(got < 0 && (errno == EAGAIN || errno == EINTR));
	}
	if (empty > 0)
		thread->queue.after = empty;
	if (!source->type->mark || source->marked)
		thread->rounds++;
	source->marked = false;
	pthread_mutex_unlock(&thread->lock);
	return ended ? END : drained;
}

static bool is_repeated(struct event_thread *thread)
{
	bool repeated;

	pthread_mutex_lock(&thread->lock);
	repeated = queue_repeats(&thread->queue) && !thread->mounts_changed;
	pthread_mutex_unlock(&thread->lock);
	return repeated;
}

/* Reads until it is time to look at what was read, or to stop. */
static void gather(struct event_thread *thread, uint8_t *buffer, struct pollfd *stop)
{
	const struct timespec interval = { .tv_nsec = INTERVAL_NS };
	const struct timespec repeated_interval = { .tv_nsec = REPEATED_INTERVAL_NS };
	const double since = now_ms();

	for (;;) {
		const enum drained drained = drain(thread, buffer);
		const double taken = now_ms() - since;
		const bool repeated = is_repeated(thread);

		if (repeated ? drained == END || taken >= GATHER_REPEATED
		             : drained != SOME || taken >= GATHER)
			return;
		if (ppoll(stop, 1, repeated ? &repeated_interval : &interval, NULL) > 0)
			return;
	}
}

static void note_mounts(struct event_thread *thread)
{
	pthread_mutex_lock(&thread->lock);
	thread->mounts_changed = true;
	pthread_mutex_unlock(&thread->lock);
}

/* A source may see much that does not concern the tree: nobody is woken for that. */
static void wake_once(struct event_thread *thread)
{
	bool wake;

	pthread_mutex_lock(&thread->lock);
	wake = !thread->woken &&
	       (thread->queue.records.length > 0 || thread->mounts_changed || thread->awaited);
	thread->woken = thread->woken || wake;
	thread->awaited = false;
	pthread_mutex_unlock(&thread->lock);
	if (wake)
		thread->wake(thread->data);
}

static void *run(void *argument)
{
	struct event_thread *thread = argument;
	struct pollfd polled[] = { { .fd = thread->source->fds[0], .events = POLLIN },
		                   { .fd = thread->source->fds[1], .events = POLLIN },
		                   { .fd = thread->stop, .events = POLLIN },
		                   { .fd = thread->mounts, .events = POLLPRI } };
	uint8_t *buffer = malloc(BUFFER);

	if (!buffer)
		abort();
	while (poll(polled, sizeof(polled) / sizeof(polled[0]), -1) >= 0 || errno == EINTR) {
		if (polled[2].revents)
			break;
		if (polled[3].revents & POLLPRI)
			note_mounts(thread);
		else if (!((polled[0].revents | polled[1].revents) & POLLIN))
			continue;
		gather(thread, buffer, &polled[2]);
		wake_once(thread);
	}
	free(buffer);
	return NULL;
}

int event_thread_start(struct event_thread *thread, struct source *source, int mounts,
                       enum queue_kind kind, void (*wake)(void *), void *data)
{
	int error;

	*thread = (struct event_thread){
		.source = source, .mounts = mounts, .wake = wake, .data = data
	};
	thread->stop = eventfd(0, EFD_CLOEXEC);
	if (thread->stop < 0)
		return errno;
	pthread_mutex_init(&thread->lock, NULL);
	queue_init(&thread->queue, kind, &QUEUE_BOUNDS);
	thread->queue.after = now_ms();
	error = pthread_create(&thread->thread, NULL, run, thread);
	if (error) {
		close(thread->stop);
		queue_free(&thread->queue);
	}
	return error;
}

void event_thread_stop(struct event_thread *thread)
{
	const uint64_t one = 1;

	if (write(thread->stop, &one, sizeof(one)) != sizeof(one))
		abort();
	pthread_join(thread->thread, NULL);
	close(thread->stop);
	pthread_mutex_destroy(&thread->lock);
	queue_free(&thread->queue);
}

struct bytes event_thread_take(struct event_thread *thread, uint32_t *rounds)
{
	struct bytes taken;

	pthread_mutex_lock(&thread->lock);
	thread->woken = false;
	taken = queue_take(&thread->queue);
	*rounds = thread->rounds;
	pthread_mutex_unlock(&thread->lock);
	return taken;
}

uint32_t event_thread_rounds(struct event_thread *thread)
{
	uint32_t rounds;

	pthread_mutex_lock(&thread->lock);
	rounds = thread->rounds;
	pthread_mutex_unlock(&thread->lock);
	return rounds;
}

struct bytes event_thread_history(struct event_thread *thread)
{
	struct bytes history;

	pthread_mutex_lock(&thread->lock);
	history = history_copy(&thread->queue.history);
	pthread_mutex_unlock(&thread->lock);
	return history;
}

bool event_thread_mounts_changed(struct event_thread *thread)
{
	bool changed;

	pthread_mutex_lock(&thread->lock);
	changed = thread->mounts_changed;
	thread->mounts_changed = false;
	pthread_mutex_unlock(&thread->lock);
	return changed;
}

bool event_thread_idle(struct event_thread *thread)
{
	const double before = now_ms();
	bool idle;

	pthread_mutex_lock(&thread->lock);
	idle = !thread->mounts_changed && thread->queue.records.length == 0 &&
	       source_is_idle(thread->source);
	if (idle && thread->queue.after < before)
		thread->queue.after = before;
	thread->awaited = !idle;
	pthread_mutex_unlock(&thread->lock);
	return idle;
}

void event_thread_await(struct event_thread *thread)
{
	pthread_mutex_lock(&thread->lock);
	thread->awaited = true;
	pthread_mutex_unlock(&thread->lock);
	thread->source->type->mark(thread->source);
}
