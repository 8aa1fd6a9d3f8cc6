/* Sets file times to the nanosecond. Node takes floating-point numbers, which are less precise. */
#include "addon/module.h"

#include <errno.h>
#include <sys/stat.h>

/*
 * setModified(fd, seconds, nanoseconds): sets the modification time by futimens(2). The time of
 * access becomes now, as rsync has it: a file system made with FUSE's library of version 2 sets
 * both or none.
 */
static napi_value js_set_modified(napi_env env, napi_callback_info info)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW } };
	napi_value arguments[3];
	int64_t seconds;
	uint32_t nanoseconds;
	int32_t fd;

	if (!addon_arguments(env, info, 3, arguments) || !addon_int32(env, arguments[0], &fd) ||
	    !addon_uint32(env, arguments[2], &nanoseconds))
		return NULL;
	NAPI_TRY(env, napi_get_value_int64(env, arguments[1], &seconds));
	times[1] = (struct timespec){ .tv_sec = seconds, .tv_nsec = nanoseconds };
	return futimens(fd, times) == 0 ? NULL : addon_throw_errno(env, "futimens", errno);
}

const struct addon_function file_times_functions[] = {
	{ "setModified", js_set_modified },
	{ NULL, NULL },
};
