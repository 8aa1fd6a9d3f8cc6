/*
 * Open file description locks (fcntl(2)): the kernel releases a lock when its last descriptor is
 * closed, however the holder ends. A write lock needs a descriptor that is open for writing, so a
 * process that can only read the file cannot hold it.
 */
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/*
 * lockFile(fd): locks the whole file until the descriptor is closed; false while another process
 * holds the lock.
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
