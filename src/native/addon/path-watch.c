/*
 * Reports when another object may have appeared at one of a set of paths, or when a file has
 * changed. A thread waits for inotify events of the directories on the way to them, and of the
 * files, and for changes of the mount table. It compares names only; events about other names do
 * not call JavaScript.
 */
#include "addon/handle.h"
#include "addon/module.h"
#include "common/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |     \
	 IN_ONLYDIR)
#define FILE_EVENTS (IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

/* A watched directory, and the name in it that is of interest; none: a watched file. */
struct concern {
	int wd;
	char name[NAME_MAX + 1];
};

struct path_watch {
	int inotify, stop, mounts;
	pthread_t thread;
	pthread_mutex_t lock;
	struct concern *concerns;
	size_t count, capacity;
	/* JavaScript was called; it is not called again before `pathWatchSet`. */
	bool woken;
	napi_threadsafe_function wake;
};

static bool matters(const struct path_watch *watch, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW || event->len == 0)
		return !(event->mask & IN_IGNORED);
	for (size_t i = 0; i < watch->count; i++)
		if (watch->concerns[i].wd == event->wd &&
		    strcmp(watch->concerns[i].name, event->name) == 0)
			return true;
	return false;
}

/* Reads all events; returns whether one is about a watched name. Called with the lock held. */
static bool drain(struct path_watch *watch)
{
	char buffer[16 << 10] __attribute__((aligned(8)));
	bool any = false;
	ssize_t got;

	while ((got = read(watch->inotify, buffer, sizeof(buffer))) > 0)
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *event =
			        (const struct inotify_event *)(const void *)(buffer + at);

			any = any || matters(watch, event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	return any;
}

static void *run(void *argument)
{
	struct path_watch *watch = argument;
	struct pollfd polled[] = { { .fd = watch->inotify, .events = POLLIN },
		                   { .fd = watch->stop, .events = POLLIN },
		                   { .fd = watch->mounts, .events = POLLPRI } };

	while (poll(polled, sizeof(polled) / sizeof(polled[0]), -1) >= 0 || errno == EINTR) {
		if (polled[1].revents & POLLIN)
			break;
		pthread_mutex_lock(&watch->lock);
		bool changed = drain(watch) || polled[2].revents & POLLPRI;
		bool wake = changed && !watch->woken;
		watch->woken = watch->woken || changed;
		pthread_mutex_unlock(&watch->lock);
		if (wake)
			napi_call_threadsafe_function(watch->wake, NULL, napi_tsfn_nonblocking);
	}
	return NULL;
}

static void close_descriptors(const struct path_watch *watch)
{
	const int descriptors[] = { watch->inotify, watch->stop, watch->mounts };

	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
}

static void release(void *data)
{
	const uint64_t one = 1;
	struct path_watch *watch = data;

	if (write(watch->stop, &one, sizeof(one)) != sizeof(one))
		abort();
	pthread_join(watch->thread, NULL);
	napi_release_threadsafe_function(watch->wake, napi_tsfn_abort);
	close_descriptors(watch);
	pthread_mutex_destroy(&watch->lock);
	free(watch->concerns);
	free(watch);
}

static const struct addon_handle handle_kind = {
	.tag = { 0x636c73796e637061u, 0x7468000000000001u },
	.name = "path watch",
	.release = release,
};

/*
 * pathWatchOpen(wake): `wake` is called once after a change, and then not again before
 * `pathWatchSet`.
 */
static napi_value js_path_watch_open(napi_env env, napi_callback_info info)
{
	napi_value argument;
	int error;

	if (!addon_arguments(env, info, 1, &argument))
		return NULL;
	struct path_watch *watch = grow_array(NULL, 1, sizeof(*watch));
	*watch = (struct path_watch){ .inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
		                      .stop = eventfd(0, EFD_CLOEXEC),
		                      .mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC),
		                      .lock = PTHREAD_MUTEX_INITIALIZER,
		                      .woken = true };
	if (watch->inotify < 0 || watch->stop < 0 || watch->mounts < 0) {
		addon_throw_errno(env, "inotify_init1", errno);
		goto free_watch;
	}
	if (!addon_wake(env, "clsync path watch", argument, &watch->wake))
		goto free_watch;
	error = pthread_create(&watch->thread, NULL, run, watch);
	if (error) {
		addon_throw_errno(env, "pthread_create", error);
		goto release_wake;
	}
	return addon_handle_open(env, &handle_kind, watch);

release_wake:
	napi_release_threadsafe_function(watch->wake, napi_tsfn_abort);
free_watch:
	close_descriptors(watch);
	free(watch);
	return NULL;
}

static void add_concern(struct path_watch *watch, int wd, const char *name, size_t length)
{
	if (length > NAME_MAX)
		return;
	if (watch->count == watch->capacity) {
		watch->capacity = watch->capacity ? watch->capacity * 2 : 16;
		watch->concerns = grow_array(watch->concerns, watch->capacity,
		                             sizeof(*watch->concerns));
	}
	struct concern *concern = &watch->concerns[watch->count++];
	concern->wd = wd;
	memcpy(concern->name, name, length);
	concern->name[length] = '\0';
}

/*
 * Watches a name in an open directory (O_PATH), or without a name an open file; false when it
 * cannot be watched.
 */
static bool add_name(struct path_watch *watch, int directory, const char *name, size_t length)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", directory);
	int wd = inotify_add_watch(watch->inotify, path, length > 0 ? EVENTS : FILE_EVENTS);
	if (wd < 0)
		return false;
	add_concern(watch, wd, name, length);
	return true;
}

static bool is_concern(const struct path_watch *watch, int wd)
{
	for (size_t i = 0; i < watch->count; i++)
		if (watch->concerns[i].wd == wd)
			return true;
	return false;
}

/*
 * Replaces what is watched; false when one of them cannot be watched. Called with the lock held.
 */
static bool set_names(napi_env env, struct path_watch *watch, const napi_value arrays[2],
                      uint32_t count)
{
	struct concern *before = watch->concerns;
	size_t before_count = watch->count;
	bool complete = true;

	watch->concerns = NULL;
	watch->count = watch->capacity = 0;
	for (uint32_t i = 0; i < count; i++) {
		napi_value directory, name;
		const uint8_t *bytes;
		size_t length;
		int32_t fd;

		complete = napi_get_element(env, arrays[0], i, &directory) == napi_ok &&
		           napi_get_element(env, arrays[1], i, &name) == napi_ok &&
		           addon_int32(env, directory, &fd) &&
		           addon_bytes(env, name, &bytes, &length) &&
		           add_name(watch, fd, (const char *)bytes, length) && complete;
	}
	for (size_t i = 0; i < before_count; i++)
		if (!is_concern(watch, before[i].wd))
			inotify_rm_watch(watch->inotify, before[i].wd);
	free(before);
	return complete;
}

/*
 * pathWatchSet(watch, directories, names): watches these names, each in an open directory (without
 * a name: the open file itself), and no others; returns whether each is watched. Must be called
 * again after each wake.
 */
static napi_value js_path_watch_set(napi_env env, napi_callback_info info)
{
	napi_value arguments[3], answer;
	struct path_watch *watch;
	uint32_t count;

	if (!addon_arguments(env, info, 3, arguments) ||
	    !(watch = addon_handle_data(env, &handle_kind, arguments[0])))
		return NULL;
	NAPI_TRY(env, napi_get_array_length(env, arguments[1], &count));
	pthread_mutex_lock(&watch->lock);
	bool complete = set_names(env, watch, arguments + 1, count);
	watch->woken = false;
	pthread_mutex_unlock(&watch->lock);
	NAPI_TRY(env, napi_get_boolean(env, complete, &answer));
	return answer;
}

static napi_value js_path_watch_close(napi_env env, napi_callback_info info)
{
	return addon_handle_close(env, info, &handle_kind);
}

const struct addon_function path_watch_functions[] = {
	{ "pathWatchOpen", js_path_watch_open },
	{ "pathWatchSet", js_path_watch_set },
	{ "pathWatchClose", js_path_watch_close },
	{ NULL, NULL },
};
