/* Functions that look again at directories of the table, or forget them. */
#include "addon/module.h"
#include "watch/limbo.h"
#include "watch/monitor.h"
#include "watch/unused.h"

#include <stdlib.h>
#include <string.h>

/* monitorRevisit(monitor, node) */
static napi_value js_monitor_revisit(napi_env env, napi_callback_info info)
{
	napi_value result;
	uint32_t node;
	struct monitor *monitor = monitor_and_number(env, info, &node);

	if (!monitor)
		return NULL;
	NAPI_TRY(env, napi_create_uint32(env, watch_revisit(&monitor->watch, node), &result));
	return result;
}

/* monitorSweep(monitor) */
static napi_value js_monitor_sweep(napi_env env, napi_callback_info info)
{
	struct monitor *monitor = monitor_alone(env, info);

	if (!monitor)
		return NULL;
	if (!monitor->watch.walk.active)
		watch_sweep(&monitor->watch);
	return findings(env, monitor, false);
}

/* monitorRetire(monitor, keep): [numbers of the nodes retired, 32 bits each; whether to go on]. */
static napi_value js_monitor_retire(napi_env env, napi_callback_info info)
{
	napi_value pair, buffer, flag;
	struct bytes *retired;
	struct monitor *monitor;
	uint32_t keep;
	bool more;

	if (!(monitor = monitor_and_number(env, info, &keep)))
		return NULL;
	more = unused_retire(&monitor->watch, keep);
	retired = &monitor->watch.unused.retired;
	NAPI_TRY(env, napi_create_buffer_copy(env, retired->length, retired->data, NULL, &buffer));
	NAPI_TRY(env, napi_get_boolean(env, more, &flag));
	NAPI_TRY(env, napi_create_array_with_length(env, 2, &pair));
	NAPI_TRY(env, napi_set_element(env, pair, 0, buffer));
	NAPI_TRY(env, napi_set_element(env, pair, 1, flag));
	return pair;
}

/* monitorForget(monitor, kept): those retired, but for the nodes kept; more: it was too early. */
static napi_value js_monitor_forget(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	struct monitor *monitor;
	const uint8_t *bytes;
	uint32_t *kept;
	size_t length;
	bool forgot;

	if (!(monitor = monitor_arguments(env, info, 2, arguments)) ||
	    !addon_bytes(env, arguments[1], &bytes, &length))
		return NULL;
	kept = grow_array(NULL, length / sizeof(*kept) + 1, sizeof(*kept));
	memcpy(kept, bytes, length);
	forgot = unused_forget(&monitor->watch, kept, length / sizeof(*kept));
	free(kept);
	return findings(env, monitor, !forgot);
}

const struct addon_function leaving_functions[] = {
	{ "monitorRevisit", js_monitor_revisit },
	{ "monitorSweep", js_monitor_sweep },
	{ "monitorRetire", js_monitor_retire },
	{ "monitorForget", js_monitor_forget },
	{ NULL, NULL },
};
