/*
 * socketpair(2) and pipe(2), which Node does not offer: the channels between the roles, and what
 * handlers print to.
 */
#include "addon/addon.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static napi_value js_socketpair(napi_env env, napi_callback_info info)
{
	int ends[2];

	(void)info;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return addon_throw_errno(env, "socketpair", errno);
	return addon_descriptors(env, ends);
}

static napi_value js_pipe(napi_env env, napi_callback_info info)
{
	int ends[2];

	(void)info;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return addon_throw_errno(env, "pipe2", errno);
	return addon_descriptors(env, ends);
}

const struct addon_function socketpair_functions[] = {
	{ "socketpair", js_socketpair },
	{ "pipe", js_pipe },
	{ NULL, NULL },
};
