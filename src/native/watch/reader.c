#include "watch/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (1u << 20)
/*
 * After the first event, what belongs to it is waited for, since create, write and close are one
 * change: until an interval (ns) brings nothing, and at most this long (ms). It also makes a busy
 * tree cost a read per interval and not one per event.
 */
#define INTERVAL_NS 400000L
#define GATHER 2.0

enum drained { NOTHING, SOME, END };

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Reads all there is; END at the end of the descriptor's life. */
static enum drained drain(struct reader *reader, uint8_t *buffer)
{
	enum drained drained = NOTHING;
	ssize_t got;

	/*
	 * Read under the lock, so that an event is either still in the kernel or already in the
	 * queue: see reader_idle.
	 */
	pthread_mutex_lock(&reader->lock);
	while ((got = read(reader->inotify, buffer, BUFFER)) > 0) {
		queue_read(&reader->queue, buffer, (size_t)got, now_ms());
		drained = SOME;
	}
	pthread_mutex_unlock(&reader->lock);
	return got < 0 && (errno == EAGAIN || errno == EINTR) ? drained : END;
}

static void note_mounts(struct reader *reader)
{
	pthread_mutex_lock(&reader->lock);
	reader->mounts_changed = true;
	pthread_mutex_unlock(&reader->lock);
}

static void wake_once(struct reader *reader)
{
	bool wake;

	pthread_mutex_lock(&reader->lock);
	wake = !reader->woken;
	reader->woken = true;
	pthread_mutex_unlock(&reader->lock);
	if (wake)
		reader->wake(reader->data);
}

static void *run(void *argument)
{
	struct reader *reader = argument;
	struct pollfd polled[] = { { .fd = reader->inotify, .events = POLLIN },
		                   { .fd = reader->stop, .events = POLLIN },
		                   { .fd = reader->mounts, .events = POLLPRI } };
	const struct timespec interval = { .tv_nsec = INTERVAL_NS };
	uint8_t *buffer = malloc(BUFFER);

	if (!buffer)
		abort();
	while (poll(polled, sizeof(polled) / sizeof(polled[0]), -1) >= 0 || errno == EINTR) {
		double since = now_ms();

		if (polled[1].revents)
			break;
		if (polled[2].revents & POLLPRI)
			note_mounts(reader);
		else if (!(polled[0].revents & POLLIN))
			continue;
		while (drain(reader, buffer) == SOME && now_ms() - since < GATHER)
			nanosleep(&interval, NULL);
		wake_once(reader);
	}
	free(buffer);
	return NULL;
}

static void close_descriptors(struct reader *reader)
{
	close(reader->stop);
	if (reader->mounts >= 0)
		close(reader->mounts);
}

int reader_start(struct reader *reader, int inotify, bool sequence, void (*wake)(void *),
                 void *data)
{
	int error;

	*reader = (struct reader){ .inotify = inotify, .wake = wake, .data = data };
	reader->stop = eventfd(0, EFD_CLOEXEC);
	if (reader->stop < 0)
		return errno;
	reader->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	pthread_mutex_init(&reader->lock, NULL);
	queue_init(&reader->queue, sequence, &QUEUE_BOUNDS);
	error = pthread_create(&reader->thread, NULL, run, reader);
	if (error) {
		close_descriptors(reader);
		queue_free(&reader->queue);
	}
	return error;
}

void reader_stop(struct reader *reader)
{
	const uint64_t one = 1;

	if (write(reader->stop, &one, sizeof(one)) != sizeof(one))
		abort();
	pthread_join(reader->thread, NULL);
	close_descriptors(reader);
	pthread_mutex_destroy(&reader->lock);
	queue_free(&reader->queue);
}

struct bytes reader_take(struct reader *reader)
{
	struct bytes taken;

	pthread_mutex_lock(&reader->lock);
	reader->woken = false;
	taken = queue_take(&reader->queue);
	pthread_mutex_unlock(&reader->lock);
	return taken;
}

bool reader_mounts_changed(struct reader *reader)
{
	bool changed;

	pthread_mutex_lock(&reader->lock);
	changed = reader->mounts_changed;
	reader->mounts_changed = false;
	pthread_mutex_unlock(&reader->lock);
	return changed;
}

bool reader_idle(struct reader *reader)
{
	int waiting = 0;
	bool idle;

	pthread_mutex_lock(&reader->lock);
	idle = !reader->mounts_changed && reader->queue.records.length == 0 &&
	       ioctl(reader->inotify, FIONREAD, &waiting) == 0 && waiting == 0;
	pthread_mutex_unlock(&reader->lock);
	return idle;
}
