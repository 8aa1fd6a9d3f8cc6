/* Random bytes. Node's module `crypto` takes several milliseconds to load. */
#include "addon/module.h"

#include <errno.h>
#include <sys/random.h>

#define LENGTH_MAX 256 /* getrandom(2) gives as many at once */

/* random(length): a buffer. */
static napi_value js_random(napi_env env, napi_callback_info info)
{
	napi_value arguments[1], buffer;
	uint32_t length;
	void *bytes;

	if (!addon_arguments(env, info, 1, arguments) || !addon_uint32(env, arguments[0], &length))
		return NULL;
	if (length > LENGTH_MAX)
		return addon_throw_errno(env, "getrandom", EINVAL);
	NAPI_TRY(env, napi_create_buffer(env, length, &bytes, &buffer));
	return getrandom(bytes, length, 0) == (ssize_t)length
	               ? buffer
	               : addon_throw_errno(env, "getrandom", errno);
}

const struct addon_function random_functions[] = {
	{ "random", js_random },
	{ NULL, NULL },
};
