#include "launch/call.h"

#include "launch/credentials.h"
#include "launch/failure.h"
#include "launch/restrictions.h"
#include "launch/specification.h"

#include <dirent.h>
#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct {
	pid_t program;
	bool scoped, leaves;
	uint32_t grace;
	sigset_t awaited;
} call;

/* Milliseconds for which killed processes are waited for: one that hangs in the kernel stays. */
#define PATIENCE 1000
/* Milliseconds between two looks at those that cannot be killed all at once. */
#define PAUSE 5
#define GRACE_MAX 60000

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* The next of the awaited signals; 0 after so many milliseconds (negative: never). */
static int next_signal(int64_t milliseconds)
{
	struct timespec most = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
	int signal;

	do
		signal = milliseconds < 0 ? sigwaitinfo(&call.awaited, NULL)
		                          : sigtimedwait(&call.awaited, NULL, &most);
	while (signal < 0 && errno == EINTR);
	return signal < 0 ? 0 : signal;
}

/* Reaps what has ended; returns whether the program is no longer among the children. */
static bool reap(int *status)
{
	bool ended = false;
	int each;
	pid_t pid;

	while ((pid = waitpid(-1, &each, WNOHANG | __WALL)) > 0)
		if (pid == call.program) {
			ended = true;
			*status = each;
		}
	return ended || (pid < 0 && errno == ECHILD);
}

static bool has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

/* Sends a signal to the processes of the call's session except for the program. */
static void signal_session(int signal)
{
	DIR *processes = opendir("/proc");

	if (processes == NULL)
		return;
	for (const struct dirent *entry; (entry = readdir(processes)) != NULL;) {
		pid_t pid = (pid_t)atoi(entry->d_name);

		if (pid > 0 && pid != getpid() && pid != call.program && getsid(pid) == getsid(0))
			kill(pid, signal);
	}
	closedir(processes);
}

/*
 * Kills the children. The kernel lists them; where it does not (CONFIG_PROC_CHILDREN), /proc has
 * those that are not hidden.
 */
static void kill_children(void)
{
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	FILE *children = fopen(path, "re");
	if (children != NULL) {
		while (fscanf(children, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		fclose(children);
		return;
	}
	DIR *processes = opendir("/proc");
	siginfo_t info;

	for (const struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;)
		if ((pid = atoi(entry->d_name)) > 0 &&
		    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0)
			kill(pid, SIGKILL);
	if (processes != NULL)
		closedir(processes);
}

/*
 * Kills every process of the call. In a domain of its own that is one call of the kernel, from
 * which no fork gets away. Otherwise a process that keeps forking may need several rounds.
 */
static void kill_all(void)
{
	int64_t end = now() + PATIENCE;
	int status;

	for (reap(&status); has_children() && now() < end; reap(&status)) {
		if (call.scoped)
			kill(-1, SIGKILL);
		else
			kill_children();
		next_signal(PAUSE);
	}
}

/* Ends this process as the program has ended. */
static _Noreturn void end_like(int status)
{
	if (WIFSIGNALED(status)) {
		int cause = WTERMSIG(status);
		sigset_t one;

		signal(cause, SIG_DFL);
		sigemptyset(&one);
		sigaddset(&one, cause);
		kill(getpid(), cause);
		sigprocmask(SIG_UNBLOCK, &one, NULL);
	}
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

static _Noreturn void keep(void)
{
	int64_t deadline = -1;

	for (;;) {
		int status = SIGKILL;
		int signal = next_signal(deadline < 0        ? -1
		                         : deadline <= now() ? 0
		                                             : deadline - now());

		if (signal == SIGTERM && deadline < 0) {
			deadline = now() + call.grace;
			kill(call.program, SIGTERM);
		}
		if (signal == SIGTERM || signal == SIGUSR1)
			signal_session(SIGTERM);
		/* The program's own end comes with a signal, as that of each of its orphans. */
		if (reap(&status)) {
			if (!call.leaves || deadline >= 0)
				kill_all();
			end_like(status);
		}
		if (signal == 0) {
			call.leaves = false;
			if (call.scoped)
				kill(-1, SIGKILL);
			else
				kill_children();
			deadline = now() + PATIENCE;
		}
	}
}

void step_call(struct payload *payload)
{
	uint32_t flags = read_u32(payload);
	sigset_t before;

	call.grace = read_u32(payload);
	read_end(payload);
	call.scoped = (flags & CALL_SCOPED) != 0;
	call.leaves = (flags & CALL_LEAVES) != 0;
	if ((flags & ~(CALL_SCOPED | CALL_LEAVES)) != 0 || call.grace > GRACE_MAX)
		fail(EINVAL, "flags %x, %u ms", flags, call.grace);
	sigemptyset(&call.awaited);
	sigaddset(&call.awaited, SIGCHLD);
	sigaddset(&call.awaited, SIGTERM);
	sigaddset(&call.awaited, SIGUSR1);
	sigprocmask(SIG_BLOCK, &call.awaited, &before);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		fail(errno, "PR_SET_CHILD_SUBREAPER");
	if (call.scoped) {
		struct payload rules = specification[STEP_LANDLOCK];

		if (rules.at == NULL)
			fail(EINVAL, "no rules are given");
		step_landlock(&rules);
	}
	pid_t keeper = getpid();
	call.program = fork();
	if (call.program < 0)
		fail(errno, "fork");
	if (call.program > 0) {
		/* The readers of the handler's output and of the report see the end of file. */
		close_range(0, ~0u, 0);
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
		keep();
	}
	end_with(keeper, SIGKILL);
	if (setpgid(0, 0) != 0)
		fail(errno, "setpgid");
	sigprocmask(SIG_SETMASK, &before, NULL);
}
