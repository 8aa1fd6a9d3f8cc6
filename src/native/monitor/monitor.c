/*
 * clsync-monitor: what stays of root once the daemon has started. It reads from descriptor 3 what
 * it may do, freezes it, and knows a few words from then on, each with a number: see
 * src/master/monitor/frozen-wire.ts. It allocates nothing after that, and takes no path, name or
 * number of a process from the master.
 *
 * It is two processes. The clerk (clerk.c) hears the words on descriptor 3 and answers each. This
 * one starts and ends the members when the clerk asks for it, and tells the master on descriptor 4
 * which of them have ended. When the master's end of 3 is closed, everything is ended and removed.
 */
#include "launch/failure.h"
#include "monitor/clerk.h"
#include "monitor/crew.h"
#include "monitor/errand.h"
#include "monitor/frozen.h"
#include "monitor/group.h"
#include "monitor/look.h"
#include "monitor/places.h"
#include "monitor/words.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUESTS 3
#define NEWS 4

struct news {
	uint32_t member, status;
};

static pid_t clerk;
/* Where the clerk asks. */
static int questions;

static void start(uint32_t wanted)
{
	struct crew_started started;
	struct answer answer = { 0 };
	int fds[2 * MEMBERS_MAX];
	size_t count = 0;

	crew_start(wanted, &started);
	answer.fault = started.fault;
	answer.error = (uint32_t)started.error;
	for (uint32_t i = 0; started.fault == FAULT_NONE && i < frozen->member_count; i++) {
		if (started.pids[i] == 0)
			continue;
		answer.pids[i] = started.pids[i];
		fds[count++] = started.channels[i];
		fds[count++] = started.wires[i];
	}
	send_answer(questions, &answer, fds, count);
}

static void leave(void)
{
	struct answer answer = { 0 };

	look_end(answer.pids, MEMBERS_MAX);
	send_answer(questions, &answer, NULL, 0);
}

static void reap(void)
{
	int status;

	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		int member = crew_ended(pid);
		struct news news = { (uint32_t)member, (uint32_t)status };

		if (pid == clerk)
			clerk = 0;
		else if (member < 0)
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

static void end(int signals, uint32_t patience)
{
	for (uint32_t i = 0; i < frozen->member_count; i++)
		crew_kill(i);
	reap();
	for (int64_t until = milliseconds() + patience;
	     crew_is_running() && milliseconds() < until;)
		wait_for_child(signals, (int)(until - milliseconds()));
	group_end(patience);
	group_remove();
}

/* The clerk removes files meanwhile. */
static void wait_for_clerk(int signals)
{
	for (int64_t until = milliseconds() + PATIENCE; clerk != 0 && milliseconds() < until;)
		wait_for_child(signals, (int)(until - milliseconds()));
}

static void answer(void)
{
	send_answer(questions, &(struct answer){ 0 }, NULL, 0);
}

/* Returns false at the end. */
static bool serve(int signals)
{
	struct request request;

	if (recv(questions, &request, sizeof(request), MSG_WAITALL) != sizeof(request)) {
		/* The clerk has been ended, and cannot do its part. */
		end(signals, PATIENCE);
		errand_remove_all(REMOVAL_PATIENCE);
		return false;
	}
	switch (request.word) {
	case WORD_START:
		start(request.number);
		break;
	case WORD_KILL:
		crew_kill(request.number);
		answer();
		break;
	case WORD_ACCEPT:
		places_accept();
		answer();
		break;
	case WORD_GROUP:
		group_end(request.number);
		answer();
		break;
	case WORD_LEAVE:
		leave();
		break;
	case WORD_END:
		end(signals, request.number < PATIENCE ? request.number : PATIENCE);
		answer();
		wait_for_clerk(signals);
		return false;
	default:
		send_answer(questions, &(struct answer){ .fault = FAULT_START, .error = ENOSYS },
		            NULL, 0);
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

/* From here on there are two processes. */
static void begin_clerk(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		fail(errno, "socketpair");
	clerk = fork();
	if (clerk < 0)
		fail(errno, "fork");
	if (clerk == 0)
		clerk_run(pair[1]);
	close(pair[1]);
	close(REQUESTS);
	questions = pair[0];
}

int main(void)
{
	int signals = take_signals();

	failure_context.step = "monitor";
	failure_context.status = 1;
	if (signals < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    fcntl(REQUESTS, F_SETFD, FD_CLOEXEC) != 0 || fcntl(NEWS, F_SETFD, FD_CLOEXEC) != 0)
		fail(errno, "start");
	frozen_read(REQUESTS);
	begin_clerk();
	struct pollfd sources[] = { { .fd = questions, .events = POLLIN },
		                    { .fd = signals, .events = POLLIN } };
	for (;;) {
		if (poll(sources, 2, -1) < 0)
			continue;
		if (sources[1].revents != 0)
			wait_for_child(signals, 0);
		if (sources[0].revents != 0 && !serve(signals))
			return 0;
	}
}
