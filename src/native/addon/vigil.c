/*
 * Reports when another object may have appeared at a set of paths: a thread waits for inotify
 * events of the directories on the way to them, and for changes of the mount table. Only names are
 * read; events about other names wake nobody.
 */
#include "addon/handle.h"
#include "addon/module.h"
#include "common/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS                                                                                     \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |     \
	 IN_ONLYDIR)

/* A directory, and the name in it that is watched for. */
struct concern {
	int wd;
	char name[NAME_MAX + 1];
};

struct vigil {
	int inotify, stop, mounts;
	pthread_t thread;
	pthread_mutex_t lock;
	struct concern *concerns;
	size_t count, capacity;
	/* JavaScript was called; it is called again only after `vigilSet`. */
	bool woken;
	napi_threadsafe_function wake;
};

static bool matters(const struct vigil *vigil, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW || event->len == 0)
		return !(event->mask & IN_IGNORED);
	for (size_t i = 0; i < vigil->count; i++)
		if (vigil->concerns[i].wd == event->wd &&
		    strcmp(vigil->concerns[i].name, event->name) == 0)
			return true;
	return false;
}

/* Reads all events; returns whether one is about a watched name. Called with the lock held. */
static bool drain(struct vigil *vigil)
{
	char buffer[16 << 10] __attribute__((aligned(8)));
	bool any = false;
	ssize_t got;

	while ((got = read(vigil->inotify, buffer, sizeof(buffer))) > 0)
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *event =
			        (const struct inotify_event *)(const void *)(buffer + at);

			any = any || matters(vigil, event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	return any;
}

static void *run(void *argument)
{
	struct vigil *vigil = argument;
	struct pollfd polled[] = { { .fd = vigil->inotify, .events = POLLIN },
		                   { .fd = vigil->stop, .events = POLLIN },
		                   { .fd = vigil->mounts, .events = POLLPRI } };

	while (poll(polled, sizeof(polled) / sizeof(polled[0]), -1) >= 0 || errno == EINTR) {
		if (polled[1].revents & POLLIN)
			break;
		pthread_mutex_lock(&vigil->lock);
		bool changed = drain(vigil) || polled[2].revents & POLLPRI;
		bool wake = changed && !vigil->woken;
		vigil->woken = vigil->woken || changed;
		pthread_mutex_unlock(&vigil->lock);
		if (wake)
			napi_call_threadsafe_function(vigil->wake, NULL, napi_tsfn_nonblocking);
	}
	return NULL;
}

static void close_descriptors(const struct vigil *vigil)
{
	const int descriptors[] = { vigil->inotify, vigil->stop, vigil->mounts };

	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
}

static void release(void *data)
{
	const uint64_t one = 1;
	struct vigil *vigil = data;

	if (write(vigil->stop, &one, sizeof(one)) != sizeof(one))
		abort();
	pthread_join(vigil->thread, NULL);
	napi_release_threadsafe_function(vigil->wake, napi_tsfn_abort);
	close_descriptors(vigil);
	pthread_mutex_destroy(&vigil->lock);
	free(vigil->concerns);
	free(vigil);
}

static const struct addon_handle handle_kind = {
	.tag = { 0x636c73796e637669u, 0x67696c0000000001u },
	.name = "vigil",
	.release = release,
};

/*
 * vigilOpen(wake): `wake` is called once after something has changed, until `vigilSet` is called.
 */
static napi_value js_vigil_open(napi_env env, napi_callback_info info)
{
	napi_value argument;
	int error;

	if (!addon_arguments(env, info, 1, &argument))
		return NULL;
	struct vigil *vigil = grow_array(NULL, 1, sizeof(*vigil));
	*vigil = (struct vigil){ .inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
		                 .stop = eventfd(0, EFD_CLOEXEC),
		                 .mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC),
		                 .lock = PTHREAD_MUTEX_INITIALIZER,
		                 .woken = true };
	if (vigil->inotify < 0 || vigil->stop < 0 || vigil->mounts < 0) {
		addon_throw_errno(env, "inotify_init1", errno);
		goto free_vigil;
	}
	if (!addon_wake(env, "clsync vigil", argument, &vigil->wake))
		goto free_vigil;
	error = pthread_create(&vigil->thread, NULL, run, vigil);
	if (error) {
		addon_throw_errno(env, "pthread_create", error);
		goto release_wake;
	}
	return addon_handle_open(env, &handle_kind, vigil);

release_wake:
	napi_release_threadsafe_function(vigil->wake, napi_tsfn_abort);
free_vigil:
	close_descriptors(vigil);
	free(vigil);
	return NULL;
}

static void add_concern(struct vigil *vigil, int wd, const char *name, size_t length)
{
	if (length > NAME_MAX)
		return;
	if (vigil->count == vigil->capacity) {
		vigil->capacity = vigil->capacity ? vigil->capacity * 2 : 16;
		vigil->concerns = grow_array(vigil->concerns, vigil->capacity,
		                             sizeof(*vigil->concerns));
	}
	struct concern *concern = &vigil->concerns[vigil->count++];
	concern->wd = wd;
	memcpy(concern->name, name, length);
	concern->name[length] = '\0';
}

/*
 * Watches the directories on the way to an absolute path, as far as they exist; false when one of
 * them cannot be watched.
 */
static bool add_path(struct vigil *vigil, char *path)
{
	for (char *slash = path; slash;) {
		char *name = slash + 1, *next = strchr(name, '/');
		size_t length = next ? (size_t)(next - name) : strlen(name);
		char kept = *name;

		/* What is left ends in a slash, so that a symbolic link is followed. */
		*name = '\0';
		int wd = inotify_add_watch(vigil->inotify, path, EVENTS);
		*name = kept;
		if (wd < 0)
			return errno == ENOENT || errno == ENOTDIR;
		if (length > 0)
			add_concern(vigil, wd, name, length);
		slash = next;
	}
	return true;
}

static bool is_concern(const struct vigil *vigil, int wd)
{
	for (size_t i = 0; i < vigil->count; i++)
		if (vigil->concerns[i].wd == wd)
			return true;
	return false;
}

/*
 * Replaces the watched paths; false when one of them cannot be watched. Called with the lock held.
 */
static bool set_paths(napi_env env, struct vigil *vigil, napi_value paths, uint32_t count)
{
	struct concern *before = vigil->concerns;
	size_t before_count = vigil->count;
	bool complete = true;

	vigil->concerns = NULL;
	vigil->count = vigil->capacity = 0;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *bytes;
		char path[PATH_MAX];
		napi_value element;
		size_t length;

		if (napi_get_element(env, paths, i, &element) != napi_ok ||
		    !addon_bytes(env, element, &bytes, &length) || length >= sizeof(path))
			continue;
		memcpy(path, bytes, length);
		path[length] = '\0';
		if (path[0] == '/')
			complete = add_path(vigil, path) && complete;
	}
	for (size_t i = 0; i < before_count; i++)
		if (!is_concern(vigil, before[i].wd))
			inotify_rm_watch(vigil->inotify, before[i].wd);
	free(before);
	return complete;
}

/*
 * vigilSet(vigil, paths): watches these absolute paths and no others; returns whether each is
 * watched as far as it exists. Must be called again after each wake.
 */
static napi_value js_vigil_set(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], answer;
	struct vigil *vigil;
	uint32_t count;

	if (!addon_arguments(env, info, 2, arguments) ||
	    !(vigil = addon_handle_data(env, &handle_kind, arguments[0])))
		return NULL;
	NAPI_TRY(env, napi_get_array_length(env, arguments[1], &count));
	pthread_mutex_lock(&vigil->lock);
	bool complete = set_paths(env, vigil, arguments[1], count);
	vigil->woken = false;
	pthread_mutex_unlock(&vigil->lock);
	NAPI_TRY(env, napi_get_boolean(env, complete, &answer));
	return answer;
}

static napi_value js_vigil_close(napi_env env, napi_callback_info info)
{
	return addon_handle_close(env, info, &handle_kind);
}

const struct addon_function vigil_functions[] = {
	{ "vigilOpen", js_vigil_open },
	{ "vigilSet", js_vigil_set },
	{ "vigilClose", js_vigil_close },
	{ NULL, NULL },
};
