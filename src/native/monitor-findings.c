/* What a monitor is asked for: events looked at, walks, searches, the table. Findings come as one Buffer. */
#include "monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* [buffer of findings, whether there is more to do] */
static napi_value findings(napi_env env, struct monitor *monitor, bool more)
{
	napi_value pair, buffer, flag;

	NAPI_TRY(env, napi_create_buffer_copy(env, monitor->watch.findings.length, monitor->watch.findings.data, NULL, &buffer));
	monitor->watch.findings.length = 0;
	NAPI_TRY(env, napi_get_boolean(env, more, &flag));
	NAPI_TRY(env, napi_create_array_with_length(env, 2, &pair));
	NAPI_TRY(env, napi_set_element(env, pair, 0, buffer));
	NAPI_TRY(env, napi_set_element(env, pair, 1, flag));
	return pair;
}

/* The arguments (monitor, number), the number being a budget or a node; NULL with an exception pending. */
static struct monitor *with_number(napi_env env, napi_callback_info info, uint32_t *number)
{
	napi_value arguments[2];
	struct monitor *monitor = monitor_arguments(env, info, 2, arguments);

	return monitor && addon_uint32(env, arguments[1], number) ? monitor : NULL;
}

/* The only argument, a monitor; NULL with an exception pending. */
static struct monitor *alone(napi_env env, napi_callback_info info)
{
	napi_value argument;

	return monitor_arguments(env, info, 1, &argument);
}

/* Reads the second and third argument, a node and a name in its directory; false with an exception pending. */
static bool name_in(napi_env env, const napi_value *arguments, uint32_t *node, char name[NAME_MAX + 1])
{
	const uint8_t *bytes;
	size_t length;

	if (!addon_uint32(env, arguments[1], node) || !addon_bytes(env, arguments[2], &bytes, &length))
		return false;
	if (length > NAME_MAX) {
		addon_throw_errno(env, "fstatat", ENAMETOOLONG);
		return false;
	}
	memcpy(name, bytes, length);
	name[length] = '\0';
	return true;
}

/* monitorEvents(monitor, budget) */
static napi_value js_monitor_events(napi_env env, napi_callback_info info)
{
	uint32_t budget;
	struct monitor *monitor = with_number(env, info, &budget);

	if (!monitor)
		return NULL;
	if (monitor->watch.events.length == 0)
		monitor->watch.events = reader_take(&monitor->reader);
	if (reader_mounts_changed(&monitor->reader))
		report(&monitor->watch, FOUND_MOUNTS, "", 0);
	return findings(env, monitor, watch_events(&monitor->watch, budget));
}

/* monitorIdle(monitor) */
static napi_value js_monitor_idle(napi_env env, napi_callback_info info)
{
	napi_value result;
	struct monitor *monitor = alone(env, info);

	if (!monitor)
		return NULL;
	NAPI_TRY(env, napi_get_boolean(env, monitor->watch.events.length == 0 && reader_idle(&monitor->reader), &result));
	return result;
}

/* monitorLook(monitor, node, name, since) */
static napi_value js_monitor_look(napi_env env, napi_callback_info info)
{
	napi_value arguments[4];
	struct monitor *monitor;
	char name[NAME_MAX + 1];
	uint32_t node;
	double since;

	if (!(monitor = monitor_arguments(env, info, 4, arguments)) || !name_in(env, arguments, &node, name))
		return NULL;
	NAPI_TRY(env, napi_get_value_double(env, arguments[3], &since));
	watch_look(&monitor->watch, node, name, since);
	return findings(env, monitor, false);
}

/* monitorWalk(monitor, node, options): begins a walk; none may be going on. */
static napi_value js_monitor_walk(napi_env env, napi_callback_info info)
{
	napi_value arguments[3];
	struct monitor *monitor;
	uint32_t node, options;

	if (!(monitor = monitor_arguments(env, info, 3, arguments)) ||
	    !addon_uint32(env, arguments[1], &node) || !addon_uint32(env, arguments[2], &options))
		return NULL;
	if (monitor->watch.walk.active || !tree_node(&monitor->watch.tree, node))
		return addon_throw_type(env, "a walk is going on, or there is no such node");
	walk_begin(&monitor->watch, node, options);
	return NULL;
}

/* monitorStep(monitor, budget) */
static napi_value js_monitor_step(napi_env env, napi_callback_info info)
{
	uint32_t budget;
	struct monitor *monitor = with_number(env, info, &budget);

	if (!monitor)
		return NULL;
	return findings(env, monitor, walk_step(&monitor->watch, budget));
}

/* monitorSearch(monitor, inodes, since): begins a search for the names of inodes, given as a Buffer of 64-bit numbers. */
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

	if (!(monitor = monitor_arguments(env, info, 3, arguments)) || !name_in(env, arguments, &node, name))
		return NULL;
	search_name(&monitor->watch, node, name);
	return findings(env, monitor, false);
}

/* monitorSearchIn(monitor, node) */
static napi_value js_monitor_search_in(napi_env env, napi_callback_info info)
{
	uint32_t node;
	struct monitor *monitor = with_number(env, info, &node);

	if (!monitor)
		return NULL;
	search_in(&monitor->watch, node);
	return findings(env, monitor, false);
}

/* monitorSearchStep(monitor, budget) */
static napi_value js_monitor_search_step(napi_env env, napi_callback_info info)
{
	uint32_t budget;
	struct monitor *monitor = with_number(env, info, &budget);

	if (!monitor)
		return NULL;
	return findings(env, monitor, search_step(&monitor->watch, budget));
}

/* monitorRevisit(monitor, node) */
static napi_value js_monitor_revisit(napi_env env, napi_callback_info info)
{
	napi_value result;
	uint32_t node;
	struct monitor *monitor = with_number(env, info, &node);

	if (!monitor)
		return NULL;
	NAPI_TRY(env, napi_create_uint32(env, watch_revisit(&monitor->watch, node), &result));
	return result;
}

/* monitorSweep(monitor) */
static napi_value js_monitor_sweep(napi_env env, napi_callback_info info)
{
	struct monitor *monitor = alone(env, info);

	if (!monitor)
		return NULL;
	if (!monitor->watch.walk.active)
		watch_sweep(&monitor->watch);
	return findings(env, monitor, false);
}

/* monitorPath(monitor, node): undefined when the node is not in the tree. */
static napi_value js_monitor_path(napi_env env, napi_callback_info info)
{
	napi_value result;
	struct monitor *monitor;
	char path[PATH_MAX];
	uint32_t node;
	long length;

	if (!(monitor = with_number(env, info, &node)))
		return NULL;
	length = tree_node(&monitor->watch.tree, node) ? tree_path(&monitor->watch.tree, node, path, sizeof(path)) : -1;
	if (length < 0)
		NAPI_TRY(env, napi_get_undefined(env, &result));
	else
		NAPI_TRY(env, napi_create_string_latin1(env, path, (size_t)length, &result));
	return result;
}

/* monitorNode(monitor, path): the node of a directory, or undefined. */
static napi_value js_monitor_node(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], result;
	struct monitor *monitor;
	const uint8_t *path;
	size_t length, at = 0;
	uint32_t node = NODE_ROOT;

	if (!(monitor = monitor_arguments(env, info, 2, arguments)) ||
	    !addon_bytes(env, arguments[1], &path, &length))
		return NULL;
	while (at < length && node != NODE_NONE) {
		const uint8_t *slash = memchr(path + at, '/', length - at);
		size_t end = slash ? (size_t)(slash - path) : length;

		node = tree_child(&monitor->watch.tree, node, (const char *)path + at, end - at);
		at = end + 1;
	}
	if (node == NODE_NONE)
		NAPI_TRY(env, napi_get_undefined(env, &result));
	else
		NAPI_TRY(env, napi_create_uint32(env, node, &result));
	return result;
}

/* monitorDirectories(monitor): how many are in the table. */
static napi_value js_monitor_directories(napi_env env, napi_callback_info info)
{
	napi_value result;
	struct monitor *monitor = alone(env, info);

	if (!monitor)
		return NULL;
	NAPI_TRY(env, napi_create_uint32(env, monitor->watch.tree.used, &result));
	return result;
}

bool findings_register(napi_env env, napi_value exports)
{
	static const struct addon_function rows[] = {
		{ "monitorEvents", js_monitor_events },
		{ "monitorIdle", js_monitor_idle },
		{ "monitorLook", js_monitor_look },
		{ "monitorWalk", js_monitor_walk },
		{ "monitorStep", js_monitor_step },
		{ "monitorSearch", js_monitor_search },
		{ "monitorSearchName", js_monitor_search_name },
		{ "monitorSearchIn", js_monitor_search_in },
		{ "monitorSearchStep", js_monitor_search_step },
		{ "monitorRevisit", js_monitor_revisit },
		{ "monitorSweep", js_monitor_sweep },
		{ "monitorPath", js_monitor_path },
		{ "monitorNode", js_monitor_node },
		{ "monitorDirectories", js_monitor_directories },
	};

	return addon_define(env, exports, rows, sizeof(rows) / sizeof(rows[0]));
}
