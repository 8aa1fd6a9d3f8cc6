/*
 * The watch as JavaScript sees it, an opaque handle: opened, given rules, closed. What it finds:
 * monitor-findings.c.
 */
#include "watch/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const napi_type_tag MONITOR_TAG = { 0x636c73796e63206du, 0x6f6e69746f720001u };

static void wake(void *data)
{
	struct monitor *monitor = data;

	napi_call_threadsafe_function(monitor->wake, NULL, napi_tsfn_nonblocking);
}

static void close_monitor(struct monitor *monitor)
{
	if (!monitor->open)
		return;
	monitor->open = false;
	reader_stop(&monitor->reader);
	napi_release_threadsafe_function(monitor->wake, napi_tsfn_abort);
	close(monitor->watch.inotify);
	watch_free(&monitor->watch);
}

static void finalize(napi_env env, void *data, void *hint)
{
	(void)env;
	(void)hint;
	close_monitor(data);
	free(data);
}

struct monitor *monitor_arguments(napi_env env, napi_callback_info info, size_t count,
                                  napi_value *arguments)
{
	bool is_monitor = false;
	void *data = NULL;

	if (!addon_arguments(env, info, count, arguments))
		return NULL;
	if (napi_check_object_type_tag(env, arguments[0], &MONITOR_TAG, &is_monitor) == napi_ok &&
	    is_monitor && napi_unwrap(env, arguments[0], &data) == napi_ok &&
	    ((struct monitor *)data)->open)
		return data;
	addon_throw_type(env, "an open monitor was expected");
	return NULL;
}

struct monitor *monitor_and_number(napi_env env, napi_callback_info info, uint32_t *number)
{
	napi_value arguments[2];
	struct monitor *monitor = monitor_arguments(env, info, 2, arguments);

	return monitor && addon_uint32(env, arguments[1], number) ? monitor : NULL;
}

struct monitor *monitor_alone(napi_env env, napi_callback_info info)
{
	napi_value argument;

	return monitor_arguments(env, info, 1, &argument);
}

/* Opens the directory at a path given as a Buffer; -1 with an exception pending. */
static int open_directory(napi_env env, napi_value argument)
{
	const uint8_t *bytes;
	char path[PATH_MAX];
	size_t length;
	int fd;

	if (!addon_bytes(env, argument, &bytes, &length))
		return -1;
	if (length >= sizeof(path)) {
		addon_throw_errno(env, "open", ENAMETOOLONG);
		return -1;
	}
	memcpy(path, bytes, length);
	path[length] = '\0';
	fd = open(path, O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		addon_throw_errno(env, "open", errno);
	return fd;
}

/* openRoot(path): a descriptor of the watch directory, for monitorOpen. */
static napi_value js_open_root(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	int fd;

	if (!addon_arguments(env, info, 1, &argument) || (fd = open_directory(env, argument)) < 0)
		return NULL;
	NAPI_TRY(env, napi_create_int32(env, fd, &result));
	return result;
}

/* monitorOpen(root, options, signatureFields, sequence, wake): takes the descriptor over. */
static napi_value js_monitor_open(napi_env env, napi_callback_info info)
{
	napi_value arguments[5], handle, name;
	uint32_t options, fields;
	int32_t root;
	int inotify, error;
	bool sequence;
	struct monitor *monitor;

	if (!addon_arguments(env, info, 5, arguments) || !addon_int32(env, arguments[0], &root) ||
	    !addon_uint32(env, arguments[1], &options) || !addon_uint32(env, arguments[2], &fields))
		return NULL;
	NAPI_TRY(env, napi_get_value_bool(env, arguments[3], &sequence));
	inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (inotify < 0)
		return addon_throw_errno(env, "inotify_init1", errno);
	monitor = grow_array(NULL, 1, sizeof(*monitor));
	if (!watch_init(&monitor->watch, root, inotify, options, fields)) {
		error = errno;
		close(inotify);
		free(monitor);
		return addon_throw_errno(env, "fstat", error);
	}
	NAPI_TRY(env, napi_create_string_utf8(env, "clsync events", NAPI_AUTO_LENGTH, &name));
	NAPI_TRY(env, napi_create_threadsafe_function(env, arguments[4], NULL, name, 0, 1, NULL,
	                                              NULL, NULL, NULL, &monitor->wake));
	NAPI_TRY(env, napi_unref_threadsafe_function(env, monitor->wake));
	error = reader_start(&monitor->reader, inotify, sequence, wake, monitor);
	if (error)
		return addon_throw_errno(env, "pthread_create", error);
	monitor->open = true;
	NAPI_TRY(env, napi_create_object(env, &handle));
	NAPI_TRY(env, napi_type_tag_object(env, handle, &MONITOR_TAG));
	NAPI_TRY(env, napi_wrap(env, handle, monitor, finalize, NULL, NULL));
	return handle;
}

/*
 * monitorRules(monitor, rows): replaces the rules; the former ones are kept for the walk that
 * compares them.
 */
static napi_value js_monitor_rules(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	struct monitor *monitor;
	struct rules rules;

	if (!(monitor = monitor_arguments(env, info, 2, arguments)) ||
	    !addon_rules(env, arguments[1], &rules))
		return NULL;
	rules_free(&monitor->watch.previous_rules);
	monitor->watch.previous_rules = monitor->watch.rules;
	monitor->watch.rules = rules;
	if (!watch_root(&monitor->watch))
		return addon_throw_errno(env, "inotify_add_watch", errno);
	return NULL;
}

static napi_value js_monitor_close(napi_env env, napi_callback_info info)
{
	napi_value argument;
	struct monitor *monitor;

	if (!(monitor = monitor_arguments(env, info, 1, &argument)))
		return NULL;
	close_monitor(monitor);
	return NULL;
}

bool monitor_register(napi_env env, napi_value exports)
{
	static const struct addon_function rows[] = {
		{ "openRoot", js_open_root },
		{ "monitorOpen", js_monitor_open },
		{ "monitorRules", js_monitor_rules },
		{ "monitorClose", js_monitor_close },
	};

	return addon_define(env, exports, rows, sizeof(rows) / sizeof(rows[0]));
}
