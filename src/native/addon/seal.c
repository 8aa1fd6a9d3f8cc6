/*
 * What a role does to itself once its modules are loaded, and questions about what the kernel
 * offers.
 */
#include "addon/addon.h"
#include "common/kernel-headers.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define LANDLOCK_CREATE_RULESET_VERSION 1

/*
 * seal(filter): neither core dumps nor tracing by others, and the filter on every thread of the
 * process. An empty filter is none.
 */
static napi_value js_seal(napi_env env, napi_callback_info info)
{
	napi_value argument;
	const uint8_t *bytes;
	size_t length;

	if (!addon_arguments(env, info, 1, &argument) ||
	    !addon_bytes(env, argument, &bytes, &length))
		return NULL;
	if (length % sizeof(struct sock_filter) != 0 ||
	    length / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return addon_throw_type(env, "not a filter");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return addon_throw_errno(env, "prctl", errno);
	if (length == 0)
		return NULL;

	struct sock_fprog program = { (unsigned short)(length / sizeof(struct sock_filter)),
		                      (struct sock_filter *)bytes };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return addon_throw_errno(env, "prctl", errno);
	/* TSYNC: Node's other threads too. It returns the id of a thread that could not follow. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		return addon_throw_errno(env, "seccomp", errno != 0 ? errno : ESRCH);
	return NULL;
}

/* landlockVersion(): the ABI the kernel speaks; 0 where Landlock is absent or switched off. */
static napi_value js_landlock_version(napi_env env, napi_callback_info info)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	                       LANDLOCK_CREATE_RULESET_VERSION);
	napi_value result;

	(void)info;
	NAPI_TRY(env, napi_create_int32(env, version < 0 ? 0 : (int32_t)version, &result));
	return result;
}

/* canDenyExecutableMemory(): whether the kernel knows PR_SET_MDWE, which the launcher asks for. */
static napi_value js_can_deny_executable_memory(napi_env env, napi_callback_info info)
{
	napi_value result;

	(void)info;
	NAPI_TRY(env, napi_get_boolean(env, prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0, &result));
	return result;
}

const struct addon_function seal_functions[] = {
	{ "seal", js_seal },
	{ "landlockVersion", js_landlock_version },
	{ "canDenyExecutableMemory", js_can_deny_executable_memory },
	{ NULL, NULL },
};
