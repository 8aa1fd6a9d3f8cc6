/*
 * Locks on files that end with who holds them, however that ends (fcntl(2), open file description
 * locks). To hold one takes a descriptor that may write: others who may only read the file cannot
 * keep us out.
 */
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * lockFile(fd): whether the whole file is ours now, until the descriptor is closed; false while
 * another has it.
 */
static napi_value js_lock_file(napi_env env, napi_callback_info info)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	napi_value argument, answer;
	int32_t fd;

	if (!addon_arguments(env, info, 1, &argument) || !addon_int32(env, argument, &fd))
		return NULL;
	bool ours = fcntl(fd, F_OFD_SETLK, &lock) == 0;
	if (!ours && errno != EAGAIN && errno != EACCES)
		return addon_throw_errno(env, "fcntl", errno);
	NAPI_TRY(env, napi_get_boolean(env, ours, &answer));
	return answer;
}

const struct addon_function file_lock_functions[] = {
	{ "lockFile", js_lock_file },
	{ NULL, NULL },
};
