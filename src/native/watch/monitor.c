/*
 * The watch as an opaque handle for JavaScript: opens it, sets its rules, closes it. Findings:
 * monitor-findings.c.
 */
#include "addon/handle.h"
#include "addon/module.h"
#include "watch/monitor.h"
#include "watch/rules-handle.h"

#include "watch/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void wake(void *data)
{
	struct monitor *monitor = data;

	napi_call_threadsafe_function(monitor->wake, NULL, napi_tsfn_nonblocking);
}

static void release(void *data)
{
	struct monitor *monitor = data;

	event_thread_stop(&monitor->thread);
	napi_release_threadsafe_function(monitor->wake, napi_tsfn_abort);
	watch_free(&monitor->watch);
	free(monitor);
}

static const struct addon_handle handle_kind = {
	.tag = { 0x636c73796e63206du, 0x6f6e69746f720001u },
	.name = "monitor",
	.release = release,
};

struct monitor *monitor_arguments(napi_env env, napi_callback_info info, size_t count,
                                  napi_value *arguments)
{
	return addon_arguments(env, info, count, arguments)
	               ? addon_handle_data(env, &handle_kind, arguments[0])
	               : NULL;
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

/* openRoot(path): a descriptor of the watch directory, for monitorOpen. */
static napi_value js_open_root(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	char path[PATH_MAX];

	if (!addon_arguments(env, info, 1, &argument) || !addon_path(env, argument, path))
		return NULL;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return addon_throw_errno(env, "open", errno);
	if (napi_create_int32(env, fd, &result) != napi_ok) {
		close(fd);
		return addon_fail(env);
	}
	return result;
}

/* Arguments of monitorOpen besides the three descriptors. */
struct monitor_settings {
	const struct source_type *source;
	uint32_t options, signature_fields;
	bool sequence;
	/* Borrowed: /proc/self/mountinfo, or -1. */
	int mounts;
	napi_value wake;
};

static enum queue_kind queue_kind_of(const struct monitor_settings *settings)
{
	return settings->sequence                      ? QUEUE_OF_EVENTS
	       : settings->options & WATCH_DIRECTORIES ? QUEUE_OF_CROWDS
	                                               : QUEUE_OF_NAMES;
}

/* Takes `root` and `granted` over, also when it fails. */
static napi_value open_monitor(napi_env env, int root, struct granted granted,
                               const struct monitor_settings *settings)
{
	struct monitor *monitor;
	struct source source;
	int error = source_open(&source, settings->source, granted, root);

	if (error) {
		close(root);
		return addon_throw_errno(env, "source_open", error);
	}
	monitor = grow_array(NULL, 1, sizeof(*monitor));
	if (!watch_init(&monitor->watch, root, &source, settings->options,
	                settings->signature_fields)) {
		addon_throw_errno(env, "fstat", errno);
		goto free_watch;
	}
	if (!addon_wake(env, "clsync events", settings->wake, &monitor->wake))
		goto free_watch;
	error = event_thread_start(&monitor->thread, &monitor->watch.source, settings->mounts,
	                           queue_kind_of(settings), wake, monitor);
	if (error) {
		addon_throw_errno(env, "pthread_create", error);
		goto release_wake;
	}
	return addon_handle_open(env, &handle_kind, monitor);

release_wake:
	napi_release_threadsafe_function(monitor->wake, napi_tsfn_abort);
free_watch:
	watch_free(&monitor->watch);
	free(monitor);
	return NULL;
}

/*
 * monitorOpen(root, granted, resolver, source, options, signatureFields, sequence, mounts, wake):
 * owns `root`, `granted` and `resolver` from here on, and closes them also when it throws. `mounts`
 * stays the caller's.
 */
static napi_value js_monitor_open(napi_env env, napi_callback_info info)
{
	napi_value arguments[9];
	struct monitor_settings settings;
	struct granted granted;
	int32_t root;
	char name[32];

	if (!addon_arguments(env, info, 9, arguments) || !addon_int32(env, arguments[0], &root) ||
	    !addon_int32(env, arguments[1], &granted.events) ||
	    !addon_int32(env, arguments[2], &granted.resolver))
		return NULL;
	settings.wake = arguments[8];
	if (napi_get_value_string_utf8(env, arguments[3], name, sizeof(name), NULL) != napi_ok ||
	    napi_get_value_bool(env, arguments[6], &settings.sequence) != napi_ok)
		addon_fail(env);
	else if (!(settings.source = source_named(name)))
		addon_throw_type(env, "there is no such event source");
	else if (addon_uint32(env, arguments[4], &settings.options) &&
	         addon_uint32(env, arguments[5], &settings.signature_fields) &&
	         addon_int32(env, arguments[7], &settings.mounts))
		return open_monitor(env, root, granted, &settings);
	close(root);
	if (granted.events >= 0)
		close(granted.events);
	if (granted.resolver >= 0)
		close(granted.resolver);
	return NULL;
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
	if (monitor->watch.source.lazy)
		monitor->watch.source.type->tell_again(&monitor->watch.source);
	if (!watch_root(&monitor->watch))
		return addon_throw_errno(env, "source_add", errno);
	return NULL;
}

/* (monitor, numbers): passes a Buffer of 64-bit numbers on. */
static napi_value set_mounts(napi_env env, napi_callback_info info,
                             void (*set)(struct mounts *, const uint64_t *, size_t))
{
	napi_value arguments[2];
	struct monitor *monitor;
	const uint8_t *bytes;
	uint64_t *numbers;
	size_t length;

	if (!(monitor = monitor_arguments(env, info, 2, arguments)) ||
	    !addon_bytes(env, arguments[1], &bytes, &length))
		return NULL;
	numbers = grow_array(NULL, length / sizeof(*numbers) + 1, sizeof(*numbers));
	memcpy(numbers, bytes, length / sizeof(*numbers) * sizeof(*numbers));
	set(&monitor->watch.mounts, numbers, length / sizeof(*numbers));
	free(numbers);
	/* What a mount has hidden may be there again. */
	if (monitor->watch.source.lazy)
		monitor->watch.source.type->tell_again(&monitor->watch.source);
	return NULL;
}

/* monitorMounts(monitor, numbers): the mounts that may be entered. */
static napi_value js_monitor_mounts(napi_env env, napi_callback_info info)
{
	return set_mounts(env, info, mounts_allow);
}

/* monitorSilent(monitor, devices): file systems that change without events. */
static napi_value js_monitor_silent(napi_env env, napi_callback_info info)
{
	return set_mounts(env, info, mounts_silent);
}

/* monitorCounting(monitor, devices): file systems that count a directory's directories. */
static napi_value js_monitor_counting(napi_env env, napi_callback_info info)
{
	return set_mounts(env, info, mounts_counting);
}

static napi_value js_monitor_close(napi_env env, napi_callback_info info)
{
	return addon_handle_close(env, info, &handle_kind);
}

const struct addon_function monitor_functions[] = {
	{ "openRoot", js_open_root },           { "monitorOpen", js_monitor_open },
	{ "monitorRules", js_monitor_rules },   { "monitorMounts", js_monitor_mounts },
	{ "monitorSilent", js_monitor_silent }, { "monitorCounting", js_monitor_counting },
	{ "monitorClose", js_monitor_close },   { NULL, NULL },
};
