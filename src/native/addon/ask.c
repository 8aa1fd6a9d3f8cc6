/*
 * Asks the monitor (src/native/monitor/) and waits for its answer, which may bring descriptors; and
 * takes what it has sent by itself. Node's sockets can neither wait nor receive descriptors.
 */
#include "addon/module.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 1024
#define DESCRIPTORS_MAX 32

struct received {
	uint8_t bytes[ANSWER_MAX];
	int fds[DESCRIPTORS_MAX];
	size_t count;
};

static void take_descriptors(struct msghdr *message, struct received *received)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		received->count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(received->fds, CMSG_DATA(header), received->count * sizeof(int));
	}
}

static int send_all(int fd, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno;
		bytes += sent;
		length -= (size_t)sent;
	}
	return 0;
}

/* Receives `length` bytes. Returns 0 or errno; EPIPE: nobody is there. */
static int receive(int fd, size_t length, int milliseconds, struct received *received)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
	} control;
	struct iovec bytes = { received->bytes, length };
	struct msghdr message = { .msg_iov = &bytes,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = sizeof(control) };
	struct pollfd source = { .fd = fd, .events = POLLIN };
	int ready;

	while ((ready = poll(&source, 1, milliseconds)) < 0 && errno == EINTR)
		;
	if (ready <= 0)
		return ready == 0 ? ETIMEDOUT : errno;
	ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	if (got < 0)
		return errno;
	take_descriptors(&message, received);
	return (size_t)got == length ? 0 : EPIPE;
}

static napi_value result(napi_env env, const struct received *received, size_t length)
{
	napi_value pair, bytes, fds;
	int64_t numbers[DESCRIPTORS_MAX];

	for (size_t i = 0; i < received->count; i++)
		numbers[i] = received->fds[i];
	fds = addon_numbers(env, numbers, (uint32_t)received->count);
	if (fds == NULL)
		return NULL;
	NAPI_TRY(env, napi_create_array_with_length(env, 2, &pair));
	NAPI_TRY(env, napi_create_buffer_copy(env, length, received->bytes, NULL, &bytes));
	NAPI_TRY(env, napi_set_element(env, pair, 0, bytes));
	NAPI_TRY(env, napi_set_element(env, pair, 1, fds));
	return pair;
}

/*
 * ask(fd, request, length, milliseconds): sends the request over a stream socket and returns the
 * answer, `length` bytes (0: there is none), and the descriptors that came with it, which
 * JavaScript then owns.
 */
static napi_value js_ask(napi_env env, napi_callback_info info)
{
	napi_value arguments[4];
	int32_t fd, milliseconds;
	uint32_t length;
	const uint8_t *request;
	size_t request_length;
	struct received received = { .count = 0 };

	if (!addon_arguments(env, info, 4, arguments) || !addon_int32(env, arguments[0], &fd) ||
	    !addon_bytes(env, arguments[1], &request, &request_length) ||
	    !addon_uint32(env, arguments[2], &length) ||
	    !addon_int32(env, arguments[3], &milliseconds))
		return NULL;
	if (length > ANSWER_MAX)
		return addon_throw_type(env, "the answer is too long");
	int error = send_all(fd, request, request_length);
	if (error == 0 && length > 0)
		error = receive(fd, length, milliseconds, &received);
	if (error == 0)
		return result(env, &received, length);
	for (size_t i = 0; i < received.count; i++)
		close(received.fds[i]);
	return addon_throw_errno(env, "recvmsg", error);
}

/*
 * take(fd): the first byte that waits in a socket that keeps messages apart, and the descriptor
 * that came with it, which JavaScript then owns. Throws EAGAIN where none waits.
 */
static napi_value js_take(napi_env env, napi_callback_info info)
{
	napi_value argument;
	int32_t fd;
	struct received received = { .count = 0 };

	if (!addon_arguments(env, info, 1, &argument) || !addon_int32(env, argument, &fd))
		return NULL;
	int error = receive(fd, 1, 0, &received);
	if (error == ETIMEDOUT)
		error = EAGAIN;
	if (error == 0)
		return result(env, &received, 1);
	return addon_throw_errno(env, "recvmsg", error);
}

const struct addon_function ask_functions[] = {
	{ "ask", js_ask },
	{ "take", js_take },
	{ NULL, NULL },
};
