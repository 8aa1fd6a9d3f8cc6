/* A watch with the thread that reads its events: what JavaScript's handle holds. */
#ifndef CLSYNC_MONITOR_H
#define CLSYNC_MONITOR_H

#include "addon/addon.h"
#include "watch/event-thread.h"
#include "watch/watch.h"

struct monitor {
	struct watch watch;
	struct event_thread thread;
	napi_threadsafe_function wake;
	/* Of event_thread.rounds: those whose events were taken, and those that were looked at. */
	uint32_t taken_rounds, seen_rounds;
};

/*
 * Reads `count` arguments, of which the first must be an open monitor; NULL with an exception
 * pending.
 */
struct monitor *monitor_arguments(napi_env env, napi_callback_info info, size_t count,
                                  napi_value *arguments);
/*
 * The arguments (monitor, number), the number being a budget or a node; NULL with an exception
 * pending.
 */
struct monitor *monitor_and_number(napi_env env, napi_callback_info info, uint32_t *number);
/* The only argument, a monitor; NULL with an exception pending. */
struct monitor *monitor_alone(napi_env env, napi_callback_info info);
/* Hands over what was found: [buffer of findings, whether more is left to do]. */
napi_value findings(napi_env env, struct monitor *monitor, bool more);

#endif
