/* socketpair(2), which Node does not offer: the channels between the roles. */
#include "addon.h"

#include <errno.h>
#include <sys/socket.h>

static napi_value js_socketpair(napi_env env, napi_callback_info info)
{
	int ends[2];
	napi_value array, value;

	(void)info;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return addon_throw_errno(env, "socketpair", errno);
	NAPI_TRY(env, napi_create_array_with_length(env, 2, &array));
	for (uint32_t i = 0; i < 2; i++) {
		NAPI_TRY(env, napi_create_int32(env, ends[i], &value));
		NAPI_TRY(env, napi_set_element(env, array, i, value));
	}
	return array;
}

bool socketpair_register(napi_env env, napi_value exports)
{
	static const struct addon_function rows[] = { { "socketpair", js_socketpair } };

	return addon_define(env, exports, rows, sizeof(rows) / sizeof(rows[0]));
}
