/* Identifies a directory for JavaScript. */
#include "addon/module.h"
#include "common/identity.h"

#include <errno.h>

/* identifyDescriptor(fd): see identity_describe. */
static napi_value js_identify_descriptor(napi_env env, napi_callback_info info)
{
	napi_value argument, result;
	char text[IDENTITY_SIZE];
	int32_t fd;

	if (!addon_arguments(env, info, 1, &argument) || !addon_int32(env, argument, &fd))
		return NULL;
	int error = identity_describe(fd, text);
	if (error != 0)
		return addon_throw_errno(env, "statx", error);
	NAPI_TRY(env, napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &result));
	return result;
}

const struct addon_function identity_functions[] = {
	{ "identifyDescriptor", js_identify_descriptor },
	{ NULL, NULL },
};
