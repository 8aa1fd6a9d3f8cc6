/*
 * clsync-monitor: what stays of root once the daemon has started. It reads from descriptor 3 what
 * it may do, freezes it, and knows a few words from then on, each with a number: see
 * src/master/monitor/frozen-wire.ts. It allocates nothing after that, and takes no path, name or
 * number of a process from the master.
 *
 * On descriptor 3 the master sends words and gets an answer to each; on 4 it is told which members
 * have ended. When 3 is closed, everything is ended and removed.
 */
#include "launch/failure.h"
#include "monitor/crew.h"
#include "monitor/files.h"
#include "monitor/frozen.h"
#include "monitor/group.h"
#include "monitor/look.h"
#include "monitor/places.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REQUESTS 3
#define NEWS 4
/* Milliseconds that everything has to end when the master has ended. */
#define PATIENCE 2000

enum word {
	WORD_START = 1,
	WORD_KILL = 2,
	WORD_END = 3,
	WORD_ACCEPT = 4,
	WORD_GROUP = 5,
	WORD_LOOK = 6,
	WORD_OPEN = 7,
	WORD_PUT = 8,
	WORD_LEAVE = 9
};

/* The number of WORD_PUT: a file, one of its texts, and whether only where there is none. */
#define PUT_FILE 0xffu
#define PUT_TEXT_SHIFT 8
#define PUT_IF_MISSING (1u << 16)

struct request {
	uint32_t word, number;
};

struct answer {
	uint32_t fault, error;
	int32_t pids[MEMBERS_MAX];
	char text[IDENTITY_SIZE];
};

struct news {
	uint32_t member, status;
};

/* Its descriptors are sent along and closed. */
static void send_answer(const struct answer *answer, const int *fds, size_t count)
{
	struct iovec bytes = { (void *)answer, sizeof(*answer) };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * MEMBERS_MAX * sizeof(int))];
	} control;
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1 };

	memset(&control, 0, sizeof(control));
	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(int));
	}
	sendmsg(REQUESTS, &message, MSG_NOSIGNAL);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

static void start(void)
{
	struct crew_started started;
	struct answer answer = { 0 };
	int fds[2 * MEMBERS_MAX];
	size_t count = 0;

	crew_start(&started);
	answer.fault = started.fault;
	answer.error = (uint32_t)started.error;
	for (uint32_t i = 0; started.fault == FAULT_NONE && i < frozen->member_count; i++) {
		answer.pids[i] = started.pids[i];
		fds[count++] = started.channels[i];
		fds[count++] = started.wires[i];
	}
	send_answer(&answer, fds, count);
}

static void answer_file(int error, int descriptor)
{
	struct answer answer = { .fault = error == 0 ? FAULT_NONE : FAULT_FILE,
		                 .error = (uint32_t)error };

	send_answer(&answer, &descriptor, descriptor >= 0 ? 1 : 0);
}

static void look(uint32_t number)
{
	struct answer answer = { .fault = FAULT_FILE, .error = EINVAL };

	if (number < frozen->look_count) {
		int error = look_at(number, answer.text);

		answer.fault = error == 0            ? FAULT_NONE
		               : error == LOOK_WAITS ? FAULT_WAIT
		                                     : FAULT_FILE;
		answer.error = (uint32_t)(error == LOOK_WAITS ? errno : error);
	}
	send_answer(&answer, NULL, 0);
}

static void leave(void)
{
	struct answer answer = { 0 };

	look_end(answer.pids, MEMBERS_MAX);
	send_answer(&answer, NULL, 0);
}

static void open_file(uint32_t number)
{
	int descriptor, error = files_open(number, &descriptor);

	answer_file(error, descriptor);
}

static void reap(void)
{
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		int member = crew_ended(pid);
		struct news news = { (uint32_t)member, (uint32_t)status };

		if (member < 0)
			look_ended(pid);
		else
			send(NEWS, &news, sizeof(news), MSG_NOSIGNAL);
	}
}

/* Waits for a signal of a child, at most so many milliseconds. */
static void wait_for_child(int signals, int milliseconds)
{
	struct pollfd source = { .fd = signals, .events = POLLIN };
	struct signalfd_siginfo info;

	if (poll(&source, 1, milliseconds) == 1 && read(signals, &info, sizeof(info)) > 0)
		reap();
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void end(int signals, uint32_t patience)
{
	for (uint32_t i = 0; i < frozen->member_count; i++)
		crew_kill(i);
	reap();
	for (int64_t until = now() + patience; crew_is_running() && now() < until;)
		wait_for_child(signals, (int)(until - now()));
	group_end(patience);
	group_remove();
	files_remove();
}

/* Returns false at the end of the master. */
static bool serve(int signals)
{
	struct request request;
	ssize_t length = recv(REQUESTS, &request, sizeof(request), MSG_WAITALL);

	if (length != sizeof(request)) {
		end(signals, PATIENCE);
		return false;
	}
	switch (request.word) {
	case WORD_START:
		start();
		break;
	case WORD_KILL:
		crew_kill(request.number);
		send_answer(&(struct answer){ 0 }, NULL, 0);
		break;
	case WORD_ACCEPT:
		places_accept();
		send_answer(&(struct answer){ 0 }, NULL, 0);
		break;
	case WORD_GROUP:
		group_end(request.number);
		send_answer(&(struct answer){ 0 }, NULL, 0);
		break;
	case WORD_LOOK:
		look(request.number);
		break;
	case WORD_OPEN:
		open_file(request.number);
		break;
	case WORD_PUT:
		answer_file(files_put(request.number & PUT_FILE,
		                      request.number >> PUT_TEXT_SHIFT & 0xff,
		                      (request.number & PUT_IF_MISSING) != 0),
		            -1);
		break;
	case WORD_LEAVE:
		leave();
		break;
	case WORD_END:
		end(signals, request.number < PATIENCE ? request.number : PATIENCE);
		send_answer(&(struct answer){ 0 }, NULL, 0);
		return false;
	default:
		send_answer(&(struct answer){ .fault = FAULT_START, .error = ENOSYS }, NULL, 0);
	}
	return true;
}

/* No signal ends it: it has to clean up after the master. */
static int take_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	return signalfd(-1, &all, SFD_CLOEXEC);
}

int main(void)
{
	int signals = take_signals();
	struct pollfd sources[] = { { .fd = REQUESTS, .events = POLLIN },
		                    { .fd = signals, .events = POLLIN } };

	failure_context.step = "monitor";
	failure_context.status = 1;
	if (signals < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    fcntl(REQUESTS, F_SETFD, FD_CLOEXEC) != 0 || fcntl(NEWS, F_SETFD, FD_CLOEXEC) != 0)
		fail(errno, "start");
	frozen_read(REQUESTS);
	for (;;) {
		if (poll(sources, 2, -1) < 0)
			continue;
		if (sources[1].revents != 0)
			wait_for_child(signals, 0);
		if (sources[0].revents != 0 && !serve(signals))
			return 0;
	}
}
