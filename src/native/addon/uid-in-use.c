#include "addon/module.h"

#include <errno.h>
#include <sys/resource.h>

/*
 * uidHasProcesses(uid): whether a process has this real uid. getpriority(2) finds processes by uid;
 * this is faster than reading /proc, and hidepid does not affect it.
 */
static napi_value js_uid_has_processes(napi_env env, napi_callback_info info)
{
	napi_value argument, answer;
	uint32_t uid;

	if (!addon_arguments(env, info, 1, &argument) || !addon_uint32(env, argument, &uid))
		return NULL;
	errno = 0;
	getpriority(PRIO_USER, uid);
	NAPI_TRY(env, napi_get_boolean(env, errno != ESRCH, &answer));
	return answer;
}

const struct addon_function uid_in_use_functions[] = {
	{ "uidHasProcesses", js_uid_has_processes },
	{ NULL, NULL },
};
