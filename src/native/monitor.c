/* The watch as JavaScript sees it: an opaque handle and the functions on it; findings come as one Buffer. */
#include "addon.h"
#include "reader.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct monitor {
	struct watch watch;
	struct reader reader;
	napi_threadsafe_function wake;
	bool open;
};

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

/* The handle in the first argument; NULL with an exception pending. */
static struct monitor *monitor_of(napi_env env, napi_value handle)
{
	bool is_monitor = false;
	void *data = NULL;

	if (napi_check_object_type_tag(env, handle, &MONITOR_TAG, &is_monitor) == napi_ok && is_monitor &&
	    napi_unwrap(env, handle, &data) == napi_ok && ((struct monitor *)data)->open)
		return data;
	addon_throw_type(env, "an open monitor was expected");
	return NULL;
}

/* Opens the directory at a path given as a Buffer; -1 with an exception pending. */
static int open_directory(napi_env env, napi_value argument, int flags)
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
	fd = open(path, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		addon_throw_errno(env, "open", errno);
	return fd;
}

/* openRoot(path): a descriptor of the watch directory, for monitorOpen. */
static napi_value js_open_root(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	int fd;

	if (!addon_arguments(env, info, 1, &argument) || (fd = open_directory(env, argument, O_RDONLY | O_NONBLOCK)) < 0)
		return NULL;
	NAPI_TRY(env, napi_create_int32(env, fd, &result));
	return result;
}

/* monitorIsAt(monitor, path): whether the watched root is what stands at the path. Throws when nothing does. */
static napi_value js_monitor_is_at(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], result;
	struct monitor *monitor;
	struct stat there, root;
	bool same;
	int fd;

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
	    (fd = open_directory(env, arguments[1], O_PATH)) < 0)
		return NULL;
	same = fstat(fd, &there) == 0 && fstat(monitor->watch.root, &root) == 0 && there.st_dev == root.st_dev && there.st_ino == root.st_ino;
	close(fd);
	NAPI_TRY(env, napi_get_boolean(env, same, &result));
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
	NAPI_TRY(env, napi_create_threadsafe_function(env, arguments[4], NULL, name, 0, 1, NULL, NULL, NULL, NULL, &monitor->wake));
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

/* Appends one rule given as [pattern, actions, allow]; false with an exception pending. */
static bool add_rule(napi_env env, napi_value row, struct rules *rules)
{
	napi_value fields[3];
	const uint8_t *bytes;
	size_t length;
	uint32_t actions;
	char *pattern, words[256];
	regex_t failed;
	bool allow;
	int error;

	for (uint32_t i = 0; i < 3; i++)
		if (napi_get_element(env, row, i, &fields[i]) != napi_ok)
			return addon_fail(env), false;
	if (!addon_bytes(env, fields[0], &bytes, &length) || !addon_uint32(env, fields[1], &actions))
		return false;
	if (napi_get_value_bool(env, fields[2], &allow) != napi_ok)
		return addon_fail(env), false;
	pattern = grow_array(NULL, length + 1, 1);
	memcpy(pattern, bytes, length);
	pattern[length] = '\0';
	error = rules_add(rules, pattern, (uint8_t)actions, allow, &failed);
	free(pattern);
	if (!error)
		return true;
	regerror(error, &failed, words, sizeof(words));
	napi_throw_error(env, "ERR_REGEXP", words);
	return false;
}

/* monitorRules(monitor, rows): replaces the rules; the former ones are kept for the walk that compares them. */
static napi_value js_monitor_rules(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], row;
	struct rules rules = { 0 };
	struct monitor *monitor;
	uint32_t count;

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])))
		return NULL;
	NAPI_TRY(env, napi_get_array_length(env, arguments[1], &count));
	for (uint32_t i = 0; i < count; i++) {
		NAPI_TRY(env, napi_get_element(env, arguments[1], i, &row));
		if (!add_rule(env, row, &rules)) {
			rules_free(&rules);
			return NULL;
		}
	}
	rules_free(&monitor->watch.previous_rules);
	monitor->watch.previous_rules = monitor->watch.rules;
	monitor->watch.rules = rules;
	if (!watch_root(&monitor->watch))
		return addon_throw_errno(env, "inotify_add_watch", errno);
	return NULL;
}

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

/* monitorEvents(monitor, budget) */
static napi_value js_monitor_events(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	struct monitor *monitor;
	uint32_t budget;

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &budget))
		return NULL;
	if (monitor->watch.events.length == 0)
		monitor->watch.events = reader_take(&monitor->reader);
	return findings(env, monitor, watch_events(&monitor->watch, budget));
}

/* monitorIdle(monitor) */
static napi_value js_monitor_idle(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	struct monitor *monitor;

	if (!addon_arguments(env, info, 1, &argument) || !(monitor = monitor_of(env, argument)))
		return NULL;
	NAPI_TRY(env, napi_get_boolean(env, monitor->watch.events.length == 0 && reader_idle(&monitor->reader), &result));
	return result;
}

/* monitorWalk(monitor, node, options): begins a walk; none may be going on. */
static napi_value js_monitor_walk(napi_env env, napi_callback_info info)
{
	napi_value arguments[3];
	struct monitor *monitor;
	uint32_t node, options;

	if (!addon_arguments(env, info, 3, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
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
	napi_value arguments[2];
	struct monitor *monitor;
	uint32_t budget;

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &budget))
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

	if (!addon_arguments(env, info, 3, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
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
	const uint8_t *bytes;
	char name[NAME_MAX + 1];
	size_t length;
	uint32_t node;

	if (!addon_arguments(env, info, 3, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &node) || !addon_bytes(env, arguments[2], &bytes, &length))
		return NULL;
	if (length > NAME_MAX)
		return addon_throw_errno(env, "fstatat", ENAMETOOLONG);
	memcpy(name, bytes, length);
	name[length] = '\0';
	search_name(&monitor->watch, node, name);
	return findings(env, monitor, false);
}

/* monitorSearchIn(monitor, node) */
static napi_value js_monitor_search_in(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	struct monitor *monitor;
	uint32_t node;

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &node))
		return NULL;
	search_in(&monitor->watch, node);
	return findings(env, monitor, false);
}

/* monitorSearchStep(monitor, budget) */
static napi_value js_monitor_search_step(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	struct monitor *monitor;
	uint32_t budget;

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &budget))
		return NULL;
	return findings(env, monitor, search_step(&monitor->watch, budget));
}

/* monitorRevisit(monitor, node) */
static napi_value js_monitor_revisit(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], result;
	struct monitor *monitor;
	uint32_t node;

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &node))
		return NULL;
	NAPI_TRY(env, napi_create_uint32(env, watch_revisit(&monitor->watch, node), &result));
	return result;
}

/* monitorSweep(monitor) */
static napi_value js_monitor_sweep(napi_env env, napi_callback_info info)
{
	napi_value argument;
	struct monitor *monitor;

	if (!addon_arguments(env, info, 1, &argument) || !(monitor = monitor_of(env, argument)))
		return NULL;
	if (!monitor->watch.walk.active)
		watch_sweep(&monitor->watch);
	return findings(env, monitor, false);
}

/* monitorPath(monitor, node): undefined when the node is not in the tree. */
static napi_value js_monitor_path(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], result;
	struct monitor *monitor;
	char path[PATH_MAX];
	uint32_t node;
	long length;

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
	    !addon_uint32(env, arguments[1], &node))
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

	if (!addon_arguments(env, info, 2, arguments) || !(monitor = monitor_of(env, arguments[0])) ||
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
	napi_value argument, result;
	struct monitor *monitor;

	if (!addon_arguments(env, info, 1, &argument) || !(monitor = monitor_of(env, argument)))
		return NULL;
	NAPI_TRY(env, napi_create_uint32(env, monitor->watch.tree.used, &result));
	return result;
}

static napi_value js_monitor_close(napi_env env, napi_callback_info info)
{
	napi_value argument;
	struct monitor *monitor;

	if (!addon_arguments(env, info, 1, &argument) || !(monitor = monitor_of(env, argument)))
		return NULL;
	close_monitor(monitor);
	return NULL;
}

/* checkPattern(pattern): what is wrong with a regular expression, or undefined. */
static napi_value js_check_pattern(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	const uint8_t *bytes;
	size_t length;
	char *pattern, words[256];
	regex_t compiled;
	int error;

	if (!addon_arguments(env, info, 1, &argument) || !addon_bytes(env, argument, &bytes, &length))
		return NULL;
	pattern = grow_array(NULL, length + 1, 1);
	memcpy(pattern, bytes, length);
	pattern[length] = '\0';
	error = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
	free(pattern);
	if (error) {
		regerror(error, &compiled, words, sizeof(words));
		NAPI_TRY(env, napi_create_string_utf8(env, words, NAPI_AUTO_LENGTH, &result));
	} else {
		regfree(&compiled);
		NAPI_TRY(env, napi_get_undefined(env, &result));
	}
	return result;
}

bool monitor_register(napi_env env, napi_value exports)
{
	static const struct addon_function rows[] = {
		{ "openRoot", js_open_root },
		{ "monitorOpen", js_monitor_open },
		{ "monitorIsAt", js_monitor_is_at },
		{ "monitorRules", js_monitor_rules },
		{ "monitorEvents", js_monitor_events },
		{ "monitorIdle", js_monitor_idle },
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
		{ "monitorClose", js_monitor_close },
		{ "checkPattern", js_check_pattern },
	};

	return addon_define(env, exports, rows, sizeof(rows) / sizeof(rows[0]));
}
