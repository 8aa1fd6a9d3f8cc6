#include "monitor/log-file.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 4096
/* Milliseconds between two attempts on a full disk. */
#define PAUSE 500

int log_lead(int *file, int *other)
{
	const int opened = *file;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	*file = pair[0];
	*other = pair[1];
	return opened;
}

static bool is_full(int error)
{
	return error == ENOSPC || error == EDQUOT || error == ENOMEM;
}

/*
 * Waits for room on a full disk, as long as somebody is left who writes. What it cannot write for
 * another reason is lost.
 */
static void write_out(int from, int file, const uint8_t *bytes, size_t length)
{
	struct pollfd writer = { .fd = from, .events = POLLRDHUP };

	while (length > 0) {
		const ssize_t written = write(file, bytes, length);

		if (written > 0) {
			bytes += written;
			length -= (size_t)written;
		} else if (written < 0 && is_full(errno)) {
			if (poll(&writer, 1, PAUSE) > 0)
				return;
		} else if (written == 0 || errno != EINTR) {
			return;
		}
	}
}

_Noreturn void log_carry(int from, int file)
{
	uint8_t piece[PIECE];

	prctl(PR_SET_NAME, "clsync-log");
	prctl(PR_SET_PDEATHSIG, 0); /* what is said last comes when its parent has ended */
	for (;;) {
		const ssize_t length = read(from, piece, sizeof(piece));

		if (length > 0)
			write_out(from, file, piece, (size_t)length);
		else if (length == 0 || errno != EINTR)
			_exit(0);
	}
}
