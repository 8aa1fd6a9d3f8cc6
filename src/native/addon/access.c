/* Whether a file may be written. Node asks for the real ids, which have no capabilities. */
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

/* checkWritable(path): returns if it may, with the effective ids and capabilities. */
static napi_value js_check_writable(napi_env env, napi_callback_info info)
{
	napi_value argument;
	char path[PATH_MAX];

	if (!addon_arguments(env, info, 1, &argument) || !addon_path(env, argument, path))
		return NULL;
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0
	               ? NULL
	               : addon_throw_errno(env, "faccessat", errno);
}

const struct addon_function access_functions[] = {
	{ "checkWritable", js_check_writable },
	{ NULL, NULL },
};
