/*
 * What Node does not offer: AF_UNIX datagrams (sd_notify(3)), the credentials of a peer, and
 * whether a uid is in use.
 */
#include "addon/addon.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Sends without waiting; 0 or errno. A stream takes a connection for it. */
static int send_to(int type, const struct sockaddr_un *address, socklen_t size, const uint8_t *data,
                   size_t length)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), error = 0;

	if (fd < 0 ||
	    (type == SOCK_STREAM && connect(fd, (const struct sockaddr *)address, size) != 0))
		error = errno;
	else if (type == SOCK_STREAM ? send(fd, data, length, MSG_NOSIGNAL) < 0
	                             : sendto(fd, data, length, MSG_NOSIGNAL,
	                                      (const struct sockaddr *)address, size) < 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	return error;
}

/*
 * sendDatagram(path, bytes, stream): one datagram to a socket by path, or by abstract name when the
 * path begins with '@'. Throws EPROTOTYPE where it is a stream; with `stream` not 0, it is one.
 */
static napi_value js_send_datagram(napi_env env, napi_callback_info info)
{
	napi_value arguments[3];
	const uint8_t *path, *data;
	size_t path_length, length;
	uint32_t stream;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (!addon_arguments(env, info, 3, arguments) ||
	    !addon_bytes(env, arguments[0], &path, &path_length) ||
	    !addon_bytes(env, arguments[1], &data, &length) ||
	    !addon_uint32(env, arguments[2], &stream))
		return NULL;
	if (path_length == 0 || path_length >= sizeof(address.sun_path))
		return addon_throw_errno(env, "connect", ENAMETOOLONG);
	memcpy(address.sun_path, path, path_length);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_length);
	int error = send_to(stream != 0 ? SOCK_STREAM : SOCK_DGRAM, &address, size, data, length);
	return error != 0 ? addon_throw_errno(env, "sendto", error) : NULL;
}

/* peerCredentials(fd): [pid, uid, gid] of whoever connected. */
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

/*
 * uidHasProcesses(uid): asks for a priority, since that is looked for by uid: no walk through all
 * of /proc, and none that hides.
 */
static napi_value js_uid_has_processes(napi_env env, napi_callback_info info)
{
	napi_value argument, answer;
	uint32_t uid;

	if (!addon_arguments(env, info, 1, &argument) || !addon_uint32(env, argument, &uid))
		return NULL;
	errno = 0;
	getpriority(PRIO_USER, uid);
	NAPI_TRY(env, napi_get_boolean(env, errno != ESRCH, &answer));
	return answer;
}

const struct addon_function unix_functions[] = {
	{ "sendDatagram", js_send_datagram },
	{ "peerCredentials", js_peer_credentials },
	{ "uidHasProcesses", js_uid_has_processes },
	{ NULL, NULL },
};
