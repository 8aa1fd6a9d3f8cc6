/* Functions that read the table of directories. */
#include "addon/module.h"
#include "watch/entry-way.h"
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

/*
 * monitorNode(monitor, path): the node of a directory, or undefined. A directory that is entered
 * when it is needed is, then.
 */
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
	if (monitor->watch.source.lazy) {
		node = enter_path(&monitor->watch, (const char *)path, length);
		at = length;
	}
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

/*
 * monitorIsLazy(monitor): whether directories are entered when there is an event of them, or they
 * are asked for.
 */
static napi_value js_monitor_is_lazy(napi_env env, napi_callback_info info)
{
	napi_value result;
	struct monitor *monitor = monitor_alone(env, info);

	if (!monitor)
		return NULL;
	NAPI_TRY(env, napi_get_boolean(env, monitor->watch.source.lazy, &result));
	return result;
}

/* monitorComplete(monitor): the caller has all directories entered: it is no longer lazy. */
static napi_value js_monitor_complete(napi_env env, napi_callback_info info)
{
	struct monitor *monitor = monitor_alone(env, info);

	if (monitor && monitor->watch.source.lazy)
		monitor->watch.source.type->complete(&monitor->watch.source);
	return NULL;
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

/* Whether an event is of a directory that does not concern the watch, which was not known then. */
static bool is_others(struct watch *watch, const struct past_event *event)
{
	return watch->source.lazy && event->node == NODE_NONE && event->key >= 0 &&
	       watch->source.type->ignores(&watch->source, event->key);
}

/*
 * monitorHistory(monitor): a Buffer of the last raw events, each with the node of its directory.
 */
static napi_value js_monitor_history(napi_env env, napi_callback_info info)
{
	struct monitor *monitor = monitor_alone(env, info);
	napi_value buffer = NULL;
	struct bytes history;
	size_t kept = 0;

	if (!monitor)
		return NULL;
	history = event_thread_history(&monitor->thread);
	for (size_t at = 0, size; at < history.length; at += size) {
		struct past_event *event = (struct past_event *)(void *)(history.data + at);

		event->node = tree_attached_by_key(&monitor->watch.tree, event->key);
		size = event->size;
		if (is_others(&monitor->watch, event))
			continue;
		memmove(history.data + kept, event, size);
		kept += size;
	}
	history.length = kept;
	if (napi_create_buffer_copy(env, history.length, history.data, NULL, &buffer) != napi_ok)
		addon_fail(env);
	bytes_free(&history);
	return buffer;
}

const struct addon_function table_functions[] = {
	{ "monitorPath", js_monitor_path },
	{ "monitorNode", js_monitor_node },
	{ "monitorDirectories", js_monitor_directories },
	{ "monitorIsLazy", js_monitor_is_lazy },
	{ "monitorComplete", js_monitor_complete },
	{ "monitorNodes", js_monitor_nodes },
	{ "monitorHistory", js_monitor_history },
	{ NULL, NULL },
};
