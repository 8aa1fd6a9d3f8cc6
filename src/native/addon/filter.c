#include "addon/filter.h"

#include "common/seccomp-filter.h"

bool addon_filter(napi_env env, napi_value value, struct sock_fprog *program)
{
	const uint8_t *bytes;
	size_t length;

	if (!addon_bytes(env, value, &bytes, &length))
		return false;
	if (seccomp_filter(bytes, length, program))
		return true;
	addon_throw_type(env, "not a filter");
	return false;
}
