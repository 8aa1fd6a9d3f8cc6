#include "monitor/look.h"

#include "monitor/frozen.h"
#include "monitor/way.h"
#include "monitor/words.h"

#include <errno.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Milliseconds that a look may last. The daemon ends within a second, and waits meanwhile. At first
 * the machine may be busy with the start.
 */
#define LOOK_PATIENCE 250
#define LOOK_PATIENCE_AT_FIRST 5000
/* Its descriptor in the process that looks. */
#define ANSWERS 3
/* All places are looked at by one process. */
#define PLACES LOOKS_MAX

struct message {
	struct seen seen;
	char text[IDENTITY_SIZE];
};

/* Those that have not answered in time, by what they look at. */
static pid_t waiting[LOOKS_MAX + 1];
static bool in_haste;
/* By number, of those that are looked at. */
static const bool *needed_places;

static void answer(const struct message *message, int fd)
{
	send_with(ANSWERS, message, sizeof(*message), &fd, fd >= 0 ? 1 : 0);
}

static void see_one(uint32_t number)
{
	struct message message = { .seen = { 0 } };
	int fd = way_open(frozen->looks[number]);

	message.seen.error = fd < 0 ? errno : identity_describe(fd, message.text);
	answer(&message, -1);
}

static void see_places(uint32_t number)
{
	(void)number;
	for (uint32_t i = 0; i < frozen->place_count; i++) {
		struct message message = { .seen = { 0 } };
		struct stat status;

		if (!needed_places[i])
			continue;
		int fd = way_open(frozen->places[i].path);
		if (fd < 0 || fstat(fd, &status) != 0)
			message.seen.error = errno;
		else
			message.seen = (struct seen){ 0, status.st_uid, status.st_mode };
		answer(&message, message.seen.error == 0 ? fd : -1);
		if (fd >= 0)
			close(fd);
	}
}

/* It holds nothing of the monitor's, whose end others wait for. */
static _Noreturn void look(int socket, pid_t parent, void (*see)(uint32_t), uint32_t number)
{
	prctl(PR_SET_NAME, "clsync-look");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
	    (socket != ANSWERS && dup2(socket, ANSWERS) < 0) ||
	    close_range(ANSWERS + 1, ~0u, 0) != 0)
		_exit(1);
	see(number);
	_exit(0);
}

/* Returns the socket on which it answers, or -1 with errno set. */
static int begin(uint32_t number, void (*see)(uint32_t))
{
	const pid_t monitor = getpid();
	int pair[2];

	errno = EBUSY;
	if (waiting[number] != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	pid_t child = fork();
	if (child == 0)
		look(pair[1], monitor, see, number);
	int error = errno;
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		errno = error;
		return -1;
	}
	waiting[number] = child;
	return pair[0];
}

/* Returns 0, errno, or LOOK_WAITS. */
static int receive(int socket, int64_t until, struct message *message, int *fd)
{
	struct pollfd source = { .fd = socket, .events = POLLIN };
	const int64_t left = until - milliseconds();
	int fds[ANSWER_DESCRIPTORS];

	*fd = -1;
	if (poll(&source, 1, left > 0 ? (int)left : 0) != 1) {
		errno = ETIMEDOUT;
		return LOOK_WAITS;
	}
	const int count = receive_with(socket, message, sizeof(*message), fds);
	if (count < 0)
		return EIO;
	if (count > 0)
		*fd = fds[0];
	return message->seen.error;
}

int64_t look_deadline(void)
{
	return milliseconds() + (in_haste ? LOOK_PATIENCE : LOOK_PATIENCE_AT_FIRST);
}

/* Why it did not begin. */
static int not_begun(void)
{
	return errno == EBUSY ? LOOK_WAITS : errno;
}

/* One that has answered ends by itself. */
static void finish(uint32_t number, int socket, int result)
{
	const int error = errno;

	close(socket);
	if (result != LOOK_WAITS)
		waiting[number] = 0;
	errno = error;
}

int look_at(uint32_t number, char text[IDENTITY_SIZE])
{
	struct message message;
	int socket = begin(number, see_one), none;

	if (socket < 0)
		return not_begun();
	int result = receive(socket, look_deadline(), &message, &none);
	finish(number, socket, result);
	if (result == 0)
		memcpy(text, message.text, sizeof(message.text));
	return result;
}

int look_places(const bool *needed, int *descriptors, struct seen *seen)
{
	const int64_t until = look_deadline();
	struct message message;
	uint32_t count = 0;

	needed_places = needed;
	int socket = begin(PLACES, see_places), result = 0;
	if (socket < 0)
		return not_begun();
	for (; result == 0 && count < frozen->place_count; count++) {
		descriptors[count] = -1;
		seen[count] = (struct seen){ .error = ENOENT };
		if (!needed[count])
			continue;
		message.seen.error = 0;
		result = receive(socket, until, &message, &descriptors[count]);
		seen[count] = message.seen;
		/* Of this place only. */
		if (result > 0 && result == message.seen.error)
			result = 0;
	}
	finish(PLACES, socket, result);
	for (uint32_t i = 0; result != 0 && i < count; i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
	return result;
}

void look_in_haste(void)
{
	in_haste = true;
}

void look_ended(pid_t pid)
{
	for (uint32_t i = 0; i <= PLACES; i++)
		if (waiting[i] == pid)
			waiting[i] = 0;
}

void look_end(int32_t *pids, size_t size)
{
	size_t count = 0;

	for (uint32_t i = 0; i <= PLACES; i++)
		if (waiting[i] != 0) {
			kill(waiting[i], SIGKILL);
			if (count < size)
				pids[count++] = waiting[i];
		}
}
