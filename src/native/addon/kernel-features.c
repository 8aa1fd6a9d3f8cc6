/* Tells which features the kernel has. */
#include "addon/module.h"
#include "common/kernel-headers.h"

#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define LANDLOCK_CREATE_RULESET_VERSION 1

/* landlockVersion(): the kernel's Landlock ABI; 0 where Landlock is absent or disabled. */
static napi_value js_landlock_version(napi_env env, napi_callback_info info)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	                       LANDLOCK_CREATE_RULESET_VERSION);
	napi_value result;

	(void)info;
	NAPI_TRY(env, napi_create_int32(env, version < 0 ? 0 : (int32_t)version, &result));
	return result;
}

/* canDenyExecutableMemory(): whether the kernel has PR_SET_MDWE, which the launcher uses. */
static napi_value js_can_deny_executable_memory(napi_env env, napi_callback_info info)
{
	napi_value result;

	(void)info;
	NAPI_TRY(env, napi_get_boolean(env, prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0, &result));
	return result;
}

const struct addon_function kernel_features_functions[] = {
	{ "landlockVersion", js_landlock_version },
	{ "canDenyExecutableMemory", js_can_deny_executable_memory },
	{ NULL, NULL },
};
