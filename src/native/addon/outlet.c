/*
 * Writes to descriptors 1 and 2 without blocking the caller: a thread for each descriptor blocks
 * instead, on a full pipe, a stopped terminal or a full disk. O_NONBLOCK is no alternative, as it
 * applies to every process that shares the open file; nor is a thread of Node's pool, as the
 * process could not end while it blocks.
 */
#include "addon/module.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define OUTLETS 3
/* The most bytes that an outlet buffers, and that one write(2) takes. */
#define CAPACITY (64u << 10)
#define CHUNK 4096u
#define STACK (256u << 10)
/* Milliseconds between two attempts on a full disk. */
#define PAUSE 500
/* Milliseconds, and how often, that the end waits for a thread that does not wait for its reader.
 */
#define SLOW 50
#define SLOW_TIMES 100

struct outlet {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t start, length;
	bool runs;
	/* The disk is. */
	atomic_bool full;
	uint8_t bytes[CAPACITY];
};

static struct outlet outlets[OUTLETS] = {
	[1] = { .lock = PTHREAD_MUTEX_INITIALIZER },
	[2] = { .lock = PTHREAD_MUTEX_INITIALIZER },
};

/* Waits are by a clock that nobody sets. */
__attribute__((constructor)) static void make_conditions(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	for (int fd = 1; fd < OUTLETS; fd++)
		pthread_cond_init(&outlets[fd].changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

/*
 * Retries after temporary errors. On others (EPIPE: nobody reads any more) the rest is discarded.
 */
static void write_out(int fd, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);

		if (written >= 0) {
			outlets[fd].full = false;
			bytes += written;
			length -= (size_t)written;
		} else if (errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, PAUSE);
		} else if (errno == ENOSPC || errno == EDQUOT || errno == ENOBUFS ||
		           errno == ENOMEM) {
			outlets[fd].full = true;
			poll(NULL, 0, PAUSE);
		} else if (errno != EINTR) {
			return;
		}
	}
}

/* The number of contiguous buffered bytes, one chunk at most. */
static size_t next_length(const struct outlet *outlet)
{
	size_t length = outlet->length < CHUNK ? outlet->length : CHUNK;

	return length < CAPACITY - outlet->start ? length : CAPACITY - outlet->start;
}

static void consume(struct outlet *outlet, size_t length)
{
	outlet->start = (outlet->start + length) % CAPACITY;
	outlet->length -= length;
	pthread_cond_broadcast(&outlet->changed);
}

static void *write_loop(void *argument)
{
	struct outlet *outlet = argument;
	uint8_t chunk[CHUNK];

	pthread_mutex_lock(&outlet->lock);
	for (;;) {
		while (outlet->length == 0)
			pthread_cond_wait(&outlet->changed, &outlet->lock);
		size_t length = next_length(outlet);
		memcpy(chunk, outlet->bytes + outlet->start, length);
		pthread_mutex_unlock(&outlet->lock);
		write_out((int)(outlet - outlets), chunk, length);
		pthread_mutex_lock(&outlet->lock);
		consume(outlet, length);
	}
	return NULL;
}

/* Starts the thread, detached, so that the process can end while it blocks. */
static int start_thread(struct outlet *outlet)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK);
	int error = pthread_create(&thread, &attributes, write_loop, outlet);
	pthread_attr_destroy(&attributes);
	outlet->runs = error == 0;
	return error;
}

/*
 * Starts the thread. If that fails, for example because of RLIMIT_NPROC, writes here as much as is
 * possible without blocking. Called with the lock held.
 */
static void start_or_write(struct outlet *outlet)
{
	int fd = (int)(outlet - outlets);

	if (outlet->runs || start_thread(outlet) == 0)
		return;
	while (outlet->length > 0 &&
	       poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 0) > 0) {
		ssize_t written = write(fd, outlet->bytes + outlet->start, next_length(outlet));

		if (written <= 0)
			return;
		consume(outlet, (size_t)written);
	}
}

static void append(struct outlet *outlet, const uint8_t *data, size_t length)
{
	size_t end = (outlet->start + outlet->length) % CAPACITY;
	size_t first = length < CAPACITY - end ? length : CAPACITY - end;

	memcpy(outlet->bytes + end, data, first);
	memcpy(outlet->bytes, data + first, length - first);
	outlet->length += length;
	pthread_cond_broadcast(&outlet->changed);
}

static struct outlet *outlet_of(napi_env env, napi_value value)
{
	uint32_t fd;

	if (!addon_uint32(env, value, &fd))
		return NULL;
	if (fd == 1 || fd == 2)
		return &outlets[fd];
	addon_throw_type(env, "1 or 2 was expected");
	return NULL;
}

/*
 * outletPut(fd, bytes): buffers all bytes and returns true, or none and returns false. Without
 * bytes it starts the thread only.
 */
static napi_value js_outlet_put(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], result;
	struct outlet *outlet;
	const uint8_t *data;
	size_t length;

	if (!addon_arguments(env, info, 2, arguments) ||
	    (outlet = outlet_of(env, arguments[0])) == NULL ||
	    !addon_bytes(env, arguments[1], &data, &length))
		return NULL;
	pthread_mutex_lock(&outlet->lock);
	bool fits = length <= CAPACITY - outlet->length;
	if (fits)
		append(outlet, data, length);
	start_or_write(outlet);
	pthread_mutex_unlock(&outlet->lock);
	NAPI_TRY(env, napi_get_boolean(env, fits, &result));
	return result;
}

static void add(struct timespec *time, uint32_t milliseconds)
{
	long nanoseconds = time->tv_nsec + (long)(milliseconds % 1000) * 1000000;

	time->tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
	time->tv_nsec = nanoseconds % 1000000000;
}

/* Whether bytes could be written: the thread has not had a processor yet. */
static bool is_slow(const struct outlet *outlet)
{
	struct pollfd reader = { .fd = (int)(outlet - outlets), .events = POLLOUT };

	return outlet->runs && !outlet->full && poll(&reader, 1, 0) > 0;
}

/*
 * outletFlush(fd, milliseconds): waits until all bytes are written, at most that long for their
 * reader; returns whether they are.
 */
static napi_value js_outlet_flush(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], result;
	struct outlet *outlet;
	struct timespec until;
	uint32_t milliseconds;

	if (!addon_arguments(env, info, 2, arguments) ||
	    (outlet = outlet_of(env, arguments[0])) == NULL ||
	    !addon_uint32(env, arguments[1], &milliseconds))
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, &until);
	add(&until, milliseconds);
	pthread_mutex_lock(&outlet->lock);
	if (outlet->length > 0)
		start_or_write(outlet);
	for (int times = 0; outlet->length > 0;) {
		if (pthread_cond_timedwait(&outlet->changed, &outlet->lock, &until) == 0)
			continue;
		if (times++ == SLOW_TIMES || !is_slow(outlet))
			break;
		add(&until, SLOW);
	}
	bool empty = outlet->length == 0;
	pthread_mutex_unlock(&outlet->lock);
	NAPI_TRY(env, napi_get_boolean(env, empty, &result));
	return result;
}

/*
 * outletEnd(fd, milliseconds): ends what goes to a process that carries it on, waits for that at
 * most so long, and returns its number while it has not ended, else 0.
 */
static napi_value js_outlet_end(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], result;
	struct ucred other = { .pid = 0 };
	socklen_t size = sizeof(other);
	struct outlet *outlet;
	uint32_t milliseconds;

	if (!addon_arguments(env, info, 2, arguments) ||
	    (outlet = outlet_of(env, arguments[0])) == NULL ||
	    !addon_uint32(env, arguments[1], &milliseconds))
		return NULL;
	struct pollfd carrier = { .fd = (int)(outlet - outlets) };
	shutdown(carrier.fd, SHUT_WR);
	getsockopt(carrier.fd, SOL_SOCKET, SO_PEERCRED, &other, &size);
	const bool has_ended = poll(&carrier, 1, (int)milliseconds) > 0;
	NAPI_TRY(env, napi_create_int32(env, has_ended ? 0 : other.pid, &result));
	return result;
}

const struct addon_function outlet_functions[] = {
	{ "outletPut", js_outlet_put },
	{ "outletFlush", js_outlet_flush },
	{ "outletEnd", js_outlet_end },
	{ NULL, NULL },
};
