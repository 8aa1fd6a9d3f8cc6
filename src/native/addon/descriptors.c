/*
 * System calls for descriptors that Node lacks: socket pairs for the channels between roles, pipes
 * for the output of handlers, and dup2(2).
 */
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* socketpair(): two connected descriptors, which the caller owns. */
static napi_value js_socketpair(napi_env env, napi_callback_info info)
{
	int ends[2];

	(void)info;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return addon_throw_errno(env, "socketpair", errno);
	return addon_descriptors(env, ends);
}

/* pipe(): the read end and the write end, which the caller owns. */
static napi_value js_pipe(napi_env env, napi_callback_info info)
{
	int ends[2];

	(void)info;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return addon_throw_errno(env, "pipe2", errno);
	return addon_descriptors(env, ends);
}

/* replaceDescriptor(fd, by): makes fd a duplicate of `by`, see dup2(2). */
static napi_value js_replace_descriptor(napi_env env, napi_callback_info info)
{
	napi_value arguments[2];
	int32_t fd, by;

	if (!addon_arguments(env, info, 2, arguments) || !addon_int32(env, arguments[0], &fd) ||
	    !addon_int32(env, arguments[1], &by))
		return NULL;
	return dup2(by, fd) < 0 ? addon_throw_errno(env, "dup2", errno) : NULL;
}

const struct addon_function descriptors_functions[] = {
	{ "socketpair", js_socketpair },
	{ "pipe", js_pipe },
	{ "replaceDescriptor", js_replace_descriptor },
	{ NULL, NULL },
};
