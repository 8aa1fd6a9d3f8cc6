#include "addon/module.h"

#include <errno.h>
#include <sys/socket.h>

/*
 * peerCredentials(fd): [pid, uid, gid] of the process that connected, see SO_PEERCRED in unix(7).
 */
static napi_value js_peer_credentials(napi_env env, napi_callback_info info)
{
	napi_value argument;
	int32_t fd;
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (!addon_arguments(env, info, 1, &argument) || !addon_int32(env, argument, &fd))
		return NULL;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return addon_throw_errno(env, "getsockopt", errno);
	return addon_numbers(env, (const int64_t[]){ peer.pid, peer.uid, peer.gid }, 3);
}

const struct addon_function peer_credentials_functions[] = {
	{ "peerCredentials", js_peer_credentials },
	{ NULL, NULL },
};
