#include "monitor/words.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

union descriptors {
	struct cmsghdr header;
	char space[CMSG_SPACE(ANSWER_DESCRIPTORS * sizeof(int))];
};

bool send_with(int socket, const void *bytes, size_t length, const int *fds, size_t count)
{
	struct iovec all = { (void *)bytes, length };
	union descriptors control;
	struct msghdr message = { .msg_iov = &all, .msg_iovlen = 1 };

	memset(&control, 0, sizeof(control));
	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)length;
}

int receive_with(int socket, void *bytes, size_t length, int fds[ANSWER_DESCRIPTORS])
{
	struct iovec all = { bytes, length };
	union descriptors control;
	struct msghdr message = { .msg_iov = &all,
		                  .msg_iovlen = 1,
		                  .msg_control = &control,
		                  .msg_controllen = sizeof(control) };

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL) != (ssize_t)length)
		return -1;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS)
		return 0;
	const size_t got = header->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(header), got);
	return (int)(got / sizeof(int));
}

void send_answer(int socket, const struct answer *answer, const int *fds, size_t count)
{
	send_with(socket, answer, sizeof(*answer), fds, count);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

int ask(int socket, const struct request *request, struct answer *answer,
        int fds[ANSWER_DESCRIPTORS])
{
	if (send(socket, request, sizeof(*request), MSG_NOSIGNAL) != sizeof(*request))
		return -1;
	return receive_with(socket, answer, sizeof(*answer), fds);
}

int64_t milliseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}
