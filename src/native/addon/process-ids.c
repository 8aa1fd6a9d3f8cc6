/*
 * Changes the ids of all threads: the C library synchronises them. Node's own functions refuse that
 * where it cannot tell whether it uses io_uring, as when it is linked with a libuv of the system.
 */
#include "addon/module.h"

#include <errno.h>
#include <grp.h>
#include <unistd.h>

/* dropGroups(): no supplementary groups. */
static napi_value js_drop_groups(napi_env env, napi_callback_info info)
{
	(void)info;
	return setgroups(0, NULL) == 0 ? NULL : addon_throw_errno(env, "setgroups", errno);
}

/* takeIds(uid, gid): for good, where the process may change them now and not afterwards. */
static napi_value js_take_ids(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	uint32_t uid, gid;

	if (!addon_arguments(env, info, 2, arguments) || !addon_uint32(env, arguments[0], &uid) ||
	    !addon_uint32(env, arguments[1], &gid))
		return NULL;
	if (setresgid(gid, gid, gid) != 0)
		return addon_throw_errno(env, "setresgid", errno);
	return setresuid(uid, uid, uid) == 0 ? NULL : addon_throw_errno(env, "setresuid", errno);
}

const struct addon_function process_ids_functions[] = {
	{ "dropGroups", js_drop_groups },
	{ "takeIds", js_take_ids },
	{ NULL, NULL },
};
