/*
 * The signal that this process gets when its parent ends (PR_SET_PDEATHSIG, prctl(2)). The kernel
 * forgets it when the process changes its ids.
 */
#include "addon/module.h"

#include <errno.h>
#include <sys/prctl.h>

/* parentDeathSignal(): its number; 0: none. */
static napi_value js_parent_death_signal(napi_env env, napi_callback_info info)
{
	napi_value result;
	int signal;

	(void)info;
	if (prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) != 0)
		return addon_throw_errno(env, "prctl", errno);
	NAPI_TRY(env, napi_create_int32(env, signal, &result));
	return result;
}

/* setParentDeathSignal(number) */
static napi_value js_set_parent_death_signal(napi_env env, napi_callback_info info)
{
	napi_value argument;
	int32_t signal;

	if (!addon_arguments(env, info, 1, &argument) || !addon_int32(env, argument, &signal))
		return NULL;
	if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0)
		return addon_throw_errno(env, "prctl", errno);
	return NULL;
}

const struct addon_function parent_death_functions[] = {
	{ "parentDeathSignal", js_parent_death_signal },
	{ "setParentDeathSignal", js_set_parent_death_signal },
	{ NULL, NULL },
};
