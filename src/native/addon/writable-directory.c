/*
 * Looks at a directory whose file system may never answer: on a thread of libuv's pool, which waits
 * instead of the caller.
 */
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

struct look {
	napi_async_work work;
	napi_deferred deferred;
	char path[PATH_MAX];
	int error; /* errno */
	uint64_t device, inode;
	double blocks, inodes;
};

static void look(napi_env env, void *data)
{
	struct look *asked = data;
	struct stat status;
	struct statfs system;

	(void)env;
	asked->error = ENOTDIR;
	if (faccessat(AT_FDCWD, asked->path, W_OK, AT_EACCESS) != 0 ||
	    stat(asked->path, &status) != 0 || statfs(asked->path, &system) != 0) {
		asked->error = errno;
		return;
	}
	if (!S_ISDIR(status.st_mode))
		return;
	asked->error = 0;
	asked->device = status.st_dev;
	asked->inode = status.st_ino;
	asked->blocks = (double)system.f_bavail;
	asked->inodes = (double)system.f_ffree;
}

static bool describe(napi_env env, const struct look *asked, napi_value *result)
{
	char identity[64];
	napi_value items[3];

	if (asked->error != 0)
		return napi_create_int32(env, asked->error, result) == napi_ok;
	snprintf(identity, sizeof(identity), "%" PRIu64 ":%" PRIu64, asked->device, asked->inode);
	if (napi_create_string_utf8(env, identity, NAPI_AUTO_LENGTH, &items[0]) != napi_ok ||
	    napi_create_double(env, asked->blocks, &items[1]) != napi_ok ||
	    napi_create_double(env, asked->inodes, &items[2]) != napi_ok ||
	    napi_create_array_with_length(env, 3, result) != napi_ok)
		return false;
	for (uint32_t i = 0; i < 3; i++)
		if (napi_set_element(env, *result, i, items[i]) != napi_ok)
			return false;
	return true;
}

static void finish(napi_env env, napi_status status, void *data)
{
	struct look *asked = data;
	napi_value result;

	if (status == napi_ok && describe(env, asked, &result))
		napi_resolve_deferred(env, asked->deferred, result);
	napi_delete_async_work(env, asked->work);
	free(asked);
}

/*
 * lookAtWritable(path): a promise of [device and inode, free blocks, free inodes], or errno where
 * it is no directory that may be written, with the effective ids and capabilities: Node asks for
 * the real ids, which have no capabilities.
 */
static napi_value js_look_at_writable(napi_env env, napi_callback_info info)
{
	napi_value argument, name, promise;
	struct look *asked = calloc(1, sizeof(*asked));

	if (asked == NULL)
		return addon_throw_type(env, "no memory");
	if (!addon_arguments(env, info, 1, &argument) || !addon_path(env, argument, asked->path)) {
		free(asked);
		return NULL;
	}
	if (napi_create_promise(env, &asked->deferred, &promise) != napi_ok ||
	    napi_create_string_utf8(env, "lookAtWritable", NAPI_AUTO_LENGTH, &name) != napi_ok ||
	    napi_create_async_work(env, NULL, name, look, finish, asked, &asked->work) != napi_ok) {
		free(asked);
		return addon_fail(env);
	}
	if (napi_queue_async_work(env, asked->work) != napi_ok) {
		napi_delete_async_work(env, asked->work);
		free(asked);
		return addon_fail(env);
	}
	return promise;
}

const struct addon_function writable_directory_functions[] = {
	{ "lookAtWritable", js_look_at_writable },
	{ NULL, NULL },
};
