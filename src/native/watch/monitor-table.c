/* Functions that read the table of directories. */
#include "addon/module.h"
#include "watch/monitor.h"

#include <string.h>

/* monitorPath(monitor, node): undefined when the node is not in the tree. */
static napi_value js_monitor_path(napi_env env, napi_callback_info info)
{
	napi_value result;
	struct monitor *monitor;
	char path[PATH_MAX];
	uint32_t node;
	long length;

	if (!(monitor = monitor_and_number(env, info, &node)))
		return NULL;
	length = tree_node(&monitor->watch.tree, node)
	                 ? tree_path(&monitor->watch.tree, node, path, sizeof(path))
	                 : -1;
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

/* monitorDirectories(monitor): number of directories in the table. */
static napi_value js_monitor_directories(napi_env env, napi_callback_info info)
{
	napi_value result;
	struct monitor *monitor = monitor_alone(env, info);

	if (!monitor)
		return NULL;
	NAPI_TRY(env, napi_create_uint32(env, monitor->watch.tree.used, &result));
	return result;
}

/* monitorNodes(monitor): the numbers of all nodes are less. */
static napi_value js_monitor_nodes(napi_env env, napi_callback_info info)
{
	napi_value result;
	struct monitor *monitor = monitor_alone(env, info);

	if (!monitor)
		return NULL;
	NAPI_TRY(env, napi_create_uint32(env, monitor->watch.tree.count, &result));
	return result;
}

/* monitorHistory(monitor): a Buffer of the last raw events, each with the node of its directory. */
static napi_value js_monitor_history(napi_env env, napi_callback_info info)
{
	struct monitor *monitor = monitor_alone(env, info);
	napi_value buffer = NULL;
	struct bytes history;

	if (!monitor)
		return NULL;
	history = event_thread_history(&monitor->thread);
	for (size_t at = 0; at < history.length;) {
		struct past_event *event = (struct past_event *)(void *)(history.data + at);

		event->node = tree_attached_by_key(&monitor->watch.tree, event->key);
		at += event->size;
	}
	if (napi_create_buffer_copy(env, history.length, history.data, NULL, &buffer) != napi_ok)
		addon_fail(env);
	bytes_free(&history);
	return buffer;
}

const struct addon_function table_functions[] = {
	{ "monitorPath", js_monitor_path },
	{ "monitorNode", js_monitor_node },
	{ "monitorDirectories", js_monitor_directories },
	{ "monitorNodes", js_monitor_nodes },
	{ "monitorHistory", js_monitor_history },
	{ NULL, NULL },
};
