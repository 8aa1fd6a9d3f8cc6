/*
 * Sends messages to AF_UNIX sockets, like sd_notify(3) and syslog(3). Node has no AF_UNIX
 * datagrams.
 */
#include "addon/module.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Sends without waiting; returns 0 or errno. Connects first when `type` is SOCK_STREAM. */
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
 * sendUnixMessage(path, bytes, stream): to a socket by path, or by abstract name when the path
 * begins with '@'; one datagram or, with `stream` not 0, over a connection of its own. Throws
 * EPROTOTYPE where the socket is of the other type.
 */
static napi_value js_send_unix_message(napi_env env, napi_callback_info info)
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

const struct addon_function unix_message_functions[] = {
	{ "sendUnixMessage", js_send_unix_message },
	{ NULL, NULL },
};
