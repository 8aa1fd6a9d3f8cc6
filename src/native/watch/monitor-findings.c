/* Functions that return findings, as one Buffer: of events, walks and searches. */
#include "addon/module.h"
#include "watch/doubt.h"
#include "watch/look.h"
#include "watch/monitor.h"
#include "watch/poll.h"
#include "watch/report.h"
#include "watch/search.h"
#include "watch/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

napi_value findings(napi_env env, struct monitor *monitor, bool more)
{
	napi_value pair, buffer, flag;

	NAPI_TRY(env, napi_create_buffer_copy(env, monitor->watch.findings.length,
	                                      monitor->watch.findings.data, NULL, &buffer));
	monitor->watch.findings.length = 0;
	NAPI_TRY(env, napi_get_boolean(env, more, &flag));
	NAPI_TRY(env, napi_create_array_with_length(env, 2, &pair));
	NAPI_TRY(env, napi_set_element(env, pair, 0, buffer));
	NAPI_TRY(env, napi_set_element(env, pair, 1, flag));
	return pair;
}

/*
 * Reads the second and third argument, a node and a name in its directory; false with an exception
 * pending.
 */
static bool name_in(napi_env env, const napi_value *arguments, uint32_t *node,
                    char name[NAME_MAX + 1])
{
	const uint8_t *bytes;
	size_t length;

	if (!addon_uint32(env, arguments[1], node) ||
	    !addon_bytes(env, arguments[2], &bytes, &length))
		return false;
	if (length > NAME_MAX) {
		addon_throw_errno(env, "fstatat", ENAMETOOLONG);
		return false;
	}
	memcpy(name, bytes, length);
	name[length] = '\0';
	return true;
}

/*
 * monitorEvents(monitor, budget). A call that goes on with events taken earlier says that there is
 * more to do. Others may have come since, and the wake for them may have been taken for this call:
 * only a call that has taken them may be the last.
 */
static napi_value js_monitor_events(napi_env env, napi_callback_info info)
{
	uint32_t budget;
	struct monitor *monitor = monitor_and_number(env, info, &budget);
	bool more;

	if (!monitor)
		return NULL;
	more = monitor->watch.events.length > 0;
	if (!more) {
		monitor->watch.events = event_thread_take(&monitor->thread, &monitor->taken_rounds);
		monitor->watch.takes++;
	}
	if (event_thread_mounts_changed(&monitor->thread))
		report(&monitor->watch, FOUND_MOUNTS, "", 0);
	more = watch_events(&monitor->watch, budget) || more;
	if (monitor->watch.events.length == 0 && doubt_is_open(&monitor->watch))
		doubt_decide(&monitor->watch, event_thread_idle(&monitor->thread));
	if (monitor->watch.events.length == 0)
		monitor->seen_rounds = monitor->taken_rounds;
	return findings(env, monitor, more);
}

/* monitorIdle(monitor) */
static napi_value js_monitor_idle(napi_env env, napi_callback_info info)
{
	napi_value result;
	struct monitor *monitor = monitor_alone(env, info);

	if (!monitor)
		return NULL;
	NAPI_TRY(env, napi_get_boolean(env,
	                               monitor->watch.events.length == 0 &&
	                                       event_thread_idle(&monitor->thread),
	                               &result));
	return result;
}

/*
 * monitorRounds(monitor): [how often the kernel's queue was read until it was empty, how many of
 * these times everything read has been looked at].
 */
static napi_value js_monitor_rounds(napi_env env, napi_callback_info info)
{
	napi_value pair, number;
	struct monitor *monitor = monitor_alone(env, info);

	if (!monitor)
		return NULL;
	const uint32_t rounds[] = { event_thread_rounds(&monitor->thread), monitor->seen_rounds };
	NAPI_TRY(env, napi_create_array_with_length(env, 2, &pair));
	for (uint32_t i = 0; i < 2; i++) {
		NAPI_TRY(env, napi_create_uint32(env, rounds[i], &number));
		NAPI_TRY(env, napi_set_element(env, pair, i, number));
	}
	return pair;
}

/* (monitor, node, name, since): looks at a name as if something had just come there. */
static napi_value look_at_name(napi_env env, napi_callback_info info,
                               void (*look)(struct watch *, uint32_t, const char *, double))
{
	napi_value arguments[4];
	struct monitor *monitor;
	char name[NAME_MAX + 1];
	uint32_t node;
	double since;

	if (!(monitor = monitor_arguments(env, info, 4, arguments)) ||
	    !name_in(env, arguments, &node, name))
		return NULL;
	NAPI_TRY(env, napi_get_value_double(env, arguments[3], &since));
	look(&monitor->watch, node, name, since);
	return findings(env, monitor, false);
}

/* monitorLook(monitor, node, name, since) */
static napi_value js_monitor_look(napi_env env, napi_callback_info info)
{
	return look_at_name(env, info, watch_look);
}

/* monitorWalk(monitor, node, options, since): begins a walk; none may be going on. */
static napi_value js_monitor_walk(napi_env env, napi_callback_info info)
{
	napi_value arguments[4];
	struct monitor *monitor;
	uint32_t node, options;
	double since;

	if (!(monitor = monitor_arguments(env, info, 4, arguments)) ||
	    !addon_uint32(env, arguments[1], &node) || !addon_uint32(env, arguments[2], &options))
		return NULL;
	NAPI_TRY(env, napi_get_value_double(env, arguments[3], &since));
	if (monitor->watch.walk.active || !tree_node(&monitor->watch.tree, node))
		return addon_throw_type(env, "a walk is going on, or there is no such node");
	walk_begin(&monitor->watch, node, options, since);
	return NULL;
}

/* (monitor, budget): continues a walk or search. */
static napi_value go_on(napi_env env, napi_callback_info info,
                        bool (*step)(struct watch *, uint32_t))
{
	uint32_t budget;
	struct monitor *monitor = monitor_and_number(env, info, &budget);

	return monitor ? findings(env, monitor, step(&monitor->watch, budget)) : NULL;
}

/* monitorStep(monitor, budget) */
static napi_value js_monitor_step(napi_env env, napi_callback_info info)
{
	return go_on(env, info, walk_step);
}

/* monitorPoll(monitor, node, mayWatch) */
static napi_value js_monitor_poll(napi_env env, napi_callback_info info)
{
	napi_value arguments[3];
	struct monitor *monitor;
	bool may_watch;
	uint32_t node;

	if (!(monitor = monitor_arguments(env, info, 3, arguments)) ||
	    !addon_uint32(env, arguments[1], &node))
		return NULL;
	NAPI_TRY(env, napi_get_value_bool(env, arguments[2], &may_watch));
	poll_begin(&monitor->watch, node, may_watch);
	return NULL;
}

/* monitorPollStep(monitor, budget) */
static napi_value js_monitor_poll_step(napi_env env, napi_callback_info info)
{
	return go_on(env, info, poll_step);
}

/* monitorPollClosed(monitor, node, name, since) */
static napi_value js_monitor_poll_closed(napi_env env, napi_callback_info info)
{
	return look_at_name(env, info, poll_closed);
}

/*
 * monitorSearch(monitor, inodes, since): begins a search for the names of inodes, given as a Buffer
 * of 64-bit numbers.
 */
static napi_value js_monitor_search(napi_env env, napi_callback_info info)
{
	napi_value arguments[3];
	struct monitor *monitor;
	const uint8_t *bytes;
	uint64_t *inodes;
	double since;
	size_t length;

	if (!(monitor = monitor_arguments(env, info, 3, arguments)) ||
	    !addon_bytes(env, arguments[1], &bytes, &length))
		return NULL;
	NAPI_TRY(env, napi_get_value_double(env, arguments[2], &since));
	inodes = grow_array(NULL, length / sizeof(*inodes) + 1, sizeof(*inodes));
	memcpy(inodes, bytes, length);
	search_begin(&monitor->watch, inodes, length / sizeof(*inodes), since);
	free(inodes);
	return NULL;
}

/* monitorSearchName(monitor, node, name) */
static napi_value js_monitor_search_name(napi_env env, napi_callback_info info)
{
	napi_value arguments[3];
	struct monitor *monitor;
	char name[NAME_MAX + 1];
	uint32_t node;

	if (!(monitor = monitor_arguments(env, info, 3, arguments)) ||
	    !name_in(env, arguments, &node, name))
		return NULL;
	search_name(&monitor->watch, node, name);
	return findings(env, monitor, false);
}

/* monitorSearchIn(monitor, node) */
static napi_value js_monitor_search_in(napi_env env, napi_callback_info info)
{
	uint32_t node;
	struct monitor *monitor = monitor_and_number(env, info, &node);

	if (!monitor)
		return NULL;
	search_in(&monitor->watch, node);
	return findings(env, monitor, false);
}

/* monitorSearchStep(monitor, budget) */
static napi_value js_monitor_search_step(napi_env env, napi_callback_info info)
{
	return go_on(env, info, search_step);
}

const struct addon_function findings_functions[] = {
	{ "monitorEvents", js_monitor_events },
	{ "monitorIdle", js_monitor_idle },
	{ "monitorRounds", js_monitor_rounds },
	{ "monitorLook", js_monitor_look },
	{ "monitorWalk", js_monitor_walk },
	{ "monitorStep", js_monitor_step },
	{ "monitorPoll", js_monitor_poll },
	{ "monitorPollStep", js_monitor_poll_step },
	{ "monitorPollClosed", js_monitor_poll_closed },
	{ "monitorSearch", js_monitor_search },
	{ "monitorSearchName", js_monitor_search_name },
	{ "monitorSearchIn", js_monitor_search_in },
	{ "monitorSearchStep", js_monitor_search_step },
	{ NULL, NULL },
};
