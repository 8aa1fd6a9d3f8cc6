/* Processes: after fork(2) the same process goes on as parent or child. */
#include "specification.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

STAND_IN(pid_t, getpid, void)
{
	return kernel.pid;
}

STAND_IN(pid_t, getppid, void)
{
	return kernel.parent;
}

STAND_IN(pid_t, getsid, pid_t pid)
{
	return pid == 0 || decision() % 2 ? kernel.session : kernel.session + 1;
}

STAND_IN(pid_t, setsid, void)
{
	if (refused())
		return -1;
	return kernel.session = kernel.pid;
}

/* Goes on as the child, unless the input chooses the parent. */
STAND_IN(pid_t, fork, void)
{
	int decided = decision();
	pid_t child = kernel.new_namespace ? 1 : kernel.pid + 1;

	if (fails())
		return -1;
	if (decided > 0 && decided % 2)
		return child;
	kernel.parent = kernel.new_namespace ? 0 : kernel.pid;
	kernel.pid = child;
	kernel.new_namespace = false;
	return 0;
}

STAND_IN(int, pipe2, int *ends, int flags)
{
	(void)flags;
	if (fails() || (ends[0] = open_descriptor()) < 0)
		return -1;
	if ((ends[1] = open_descriptor()) >= 0)
		return 0;
	return -1;
}

/*
 * With a time limit of 0 it asks whether the parent is there; without any it waits for news, of
 * which there may be none at first.
 */
STAND_IN(int, poll, struct pollfd *sources, nfds_t count, int timeout)
{
	int decided = decision();

	for (nfds_t i = 0; i < count; i++)
		sources[i].revents = 0;
	if (fails())
		return -1;
	if (decided > 0 && decided % 4 == 1)
		sources[count - 1].revents = POLLHUP;
	return timeout != 0 || sources[count - 1].revents != 0;
}

STAND_IN(int, signalfd, int fd, const sigset_t *mask, int flags)
{
	touch(mask, sizeof(*mask));
	(void)flags;
	CHECK(fd == -1);
	return fails() ? -1 : open_descriptor();
}

/* Children end while the input has decisions; then none are left. */
static pid_t ended(int *status)
{
	int decided = decision();

	if (decided < 0) {
		errno = ECHILD;
		return -1;
	}
	if (fails())
		return -1;
	if (status != NULL)
		*status = decided << (decided % 2 ? 8 : 0);
	return kernel.pid + decided % 3;
}

STAND_IN(pid_t, wait, int *status)
{
	return ended(status);
}

STAND_IN(pid_t, waitpid, pid_t pid, int *status, int options)
{
	CHECK(pid == -1 ? (options & ~__WALL) == WNOHANG : pid > 0 && options == 0);
	return ended(status);
}

/* Whether a process, or any, is a child of ours. */
STAND_IN(int, waitid, idtype_t kind, id_t id, siginfo_t *info, int options)
{
	CHECK((kind == P_PID ? id > 0 : kind == P_ALL) && info != NULL);
	CHECK((options & ~__WALL) == (WEXITED | WNOHANG | WNOWAIT));
	return fails() ? -1 : 0;
}

STAND_IN(int, kill, pid_t pid, int signal)
{
	CHECK(signal > 0 && (pid > 0 || pid == -1));
	return fails() ? -1 : 0;
}

/* The next of the awaited signals; time passes when there is none. */
STAND_IN(int, sigtimedwait, const sigset_t *set, siginfo_t *info, const struct timespec *most)
{
	static const int signals[] = { SIGCHLD, SIGTERM, SIGUSR1 };
	int decided = decision();

	touch(set, sizeof(*set));
	touch(most, sizeof(*most));
	CHECK(info == NULL && most->tv_sec >= 0 && most->tv_nsec >= 0);
	if (decided > 0 && decided % 4 < 3)
		return signals[decided % 4];
	kernel.clock += 100;
	errno = EAGAIN;
	return -1;
}

STAND_IN(int, sigwaitinfo, const sigset_t *set, siginfo_t *info)
{
	int decided = decision();

	touch(set, sizeof(*set));
	CHECK(info == NULL);
	return decided > 0 && decided % 2 ? SIGTERM : SIGCHLD;
}

STAND_IN(int, clock_gettime, clockid_t clock, struct timespec *time)
{
	CHECK(clock == CLOCK_MONOTONIC);
	*time = (struct timespec){ .tv_sec = kernel.clock / 1000,
		                   .tv_nsec = kernel.clock % 1000 * 1000000 };
	return 0;
}

STAND_IN(int, setpgid, pid_t pid, pid_t group)
{
	CHECK(pid == 0 && group == 0);
	return refused() ? -1 : 0;
}

STAND_IN(__sighandler_t, signal, int number, __sighandler_t handler)
{
	CHECK(number > 0 && handler == SIG_DFL);
	return SIG_DFL;
}

STAND_IN(int, sigaction, int signal, const struct sigaction *action, struct sigaction *before)
{
	CHECK(signal > 0 && action != NULL && before == NULL);
	return 0;
}

STAND_IN(int, sigprocmask, int how, const sigset_t *set, sigset_t *before)
{
	(void)how;
	touch(set, sizeof(*set));
	if (before != NULL)
		memset(before, 0, sizeof(*before));
	return 0;
}
