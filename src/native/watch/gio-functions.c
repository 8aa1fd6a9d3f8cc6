/* What only the source gio has: GLib is loaded for it, and it tells that all has been told. */
#include "addon/module.h"
#include "watch/monitor.h"
#include "watch/source-gio.h"

/* gioLoad(path, limit) */
static napi_value js_gio_load(napi_env env, napi_callback_info info)
{
	napi_value arguments[2], result;
	char path[PATH_MAX];
	const char *wrong;
	uint32_t limit;

	if (!addon_arguments(env, info, 2, arguments) || !addon_path(env, arguments[0], path) ||
	    !addon_uint32(env, arguments[1], &limit))
		return NULL;
	wrong = gio_load(path, limit);
	if (!wrong)
		return NULL;
	NAPI_TRY(env, napi_create_string_utf8(env, wrong, NAPI_AUTO_LENGTH, &result));
	return result;
}

/* monitorAwait(monitor): for a source with marks, has another round noticed. */
static napi_value js_monitor_await(napi_env env, napi_callback_info info)
{
	struct monitor *monitor = monitor_alone(env, info);

	if (monitor && monitor->thread.source->type->mark)
		event_thread_await(&monitor->thread);
	return NULL;
}

const struct addon_function gio_library_functions[] = {
	{ "gioLoad", js_gio_load },
	{ "monitorAwait", js_monitor_await },
	{ NULL, NULL },
};
