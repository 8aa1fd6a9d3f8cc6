/*
 * Namespaces, and the keeper: the process that stays behind so that nothing of the program outlives it.
 *
 * In a pid namespace that takes two processes: the keeper, whom the master waits for, and the namespace's init, which reaps. The
 * kernel ends everything in the namespace with its init, double-forked children included. Without a pid namespace the keeper adopts
 * orphans (PR_SET_CHILD_SUBREAPER) and kills what is left when the program or the master ends.
 */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

uint32_t launch_namespaces;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		fail(errno, "%s", path);
	close(fd);
}

/* Payload: CLONE_NEW* flags, and for CLONE_NEWUSER the lines of uid_map and gid_map. */
void step_namespaces(struct reader *reader)
{
	uint32_t flags = read_u32(reader);
	const char *uid_map = read_string(reader);
	const char *gid_map = read_string(reader);
	const uint32_t known = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET;

	read_end(reader);
	if ((flags & ~known) != 0)
		fail(EINVAL, "flags %x", flags);
	if (unshare((int)flags) != 0)
		fail(errno, "unshare %x", flags);
	launch_namespaces = flags;
	if ((flags & CLONE_NEWUSER) == 0)
		return;
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", uid_map);
	write_file("/proc/self/gid_map", gid_map);
}

/* Only the descriptors of this list stay, so that the end of a channel or of the launcher's report is seen by its reader. */
static void close_all_but(int kept)
{
	if (kept > 0)
		close_range(0, (unsigned)kept - 1, 0);
	close_range((unsigned)kept + 1, ~0u, 0);
	launch_descriptor = -1;
}

/* A child that was created before its parent set anything up ends with it, however early that was. */
static void end_with_parent(int alive, int signal)
{
	struct pollfd parent = { .fd = alive, .events = 0 };

	if (prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0)
		fail(errno, "PR_SET_PDEATHSIG");
	if (poll(&parent, 1, 0) != 0)
		_exit(1); /* the other end of the pipe is closed: the parent has ended */
}

static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Waits for `program`, reaping whatever else ends; returns its exit code. */
static int reap_until(pid_t program)
{
	for (;;) {
		int status;
		pid_t ended = wait(&status);

		if (ended == program)
			return exit_code(status);
		if (ended < 0 && errno != EINTR)
			return 1;
	}
}

/* Kills children until there is none: those of a killed child become ours. */
static void kill_descendants(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getpid(), getpid());
	for (;;) {
		FILE *children = fopen(path, "re");
		int pid;

		while (children != NULL && fscanf(children, "%d", &pid) == 1)
			kill(pid, SIGKILL);
		if (children != NULL)
			fclose(children);
		if (wait(NULL) < 0 && errno == ECHILD)
			return;
	}
}

/* The keeper without a pid namespace: never returns. The signals it waits for were blocked before the program was forked. */
static _Noreturn void keep(pid_t program, const sigset_t *awaited)
{
	for (;;) {
		siginfo_t info;
		int status;

		if (sigwaitinfo(awaited, &info) < 0)
			continue;
		if (info.si_signo != SIGCHLD) {
			kill_descendants();
			_exit(128 + info.si_signo);
		}
		for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
			if (ended == program) {
				kill_descendants();
				_exit(exit_code(status));
			}
	}
}

/* Forks; in the child `*alive` is the read end of a pipe whose write end only the parent holds. */
static pid_t fork_tied(int *alive)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		fail(errno, "pipe2");
	pid_t child = fork();
	if (child < 0)
		fail(errno, "fork");
	close(ends[child == 0 ? 1 : 0]);
	*alive = ends[child == 0 ? 0 : 1];
	return child;
}

/* What the program may not do, the process that waits for it may not do either. */
static void stay_behind(int alive)
{
	drop_like_program();
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		fail(errno, "PR_SET_DUMPABLE");
	close_all_but(alive);
}

static void keep_by_adoption(void)
{
	sigset_t awaited, before;
	int alive;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGHUP);
	sigprocmask(SIG_BLOCK, &awaited, &before);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		fail(errno, "PR_SET_CHILD_SUBREAPER");
	pid_t program = fork_tied(&alive);
	if (program > 0) {
		stay_behind(alive);
		watch_parent(SIGTERM);
		keep(program, &awaited);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	launch_parent = getppid();
	end_with_parent(alive, SIGKILL);
	close(alive);
}

static void keep_by_namespace(void)
{
	int alive, inner;

	if ((launch_namespaces & CLONE_NEWPID) == 0)
		fail(EINVAL, "no pid namespace was asked for");
	pid_t init = fork_tied(&alive);

	if (init > 0) {
		stay_behind(alive);
		watch_parent(SIGKILL);
		_exit(reap_until(init));
	}
	pid_t program = fork_tied(&inner);
	if (program > 0) {
		drop_like_program();
		end_with_parent(alive, SIGKILL);
		if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
			fail(errno, "PR_SET_DUMPABLE");
		close_all_but(inner);
		_exit(reap_until(program));
	}
	close(alive);
	launch_parent = 1;
	end_with_parent(inner, SIGKILL);
	close(inner);
}

/* Payload: 1 adoption, 2 pid namespace. Returns in the child that goes on to become the program. */
void step_keeper(struct reader *reader)
{
	uint32_t kind = read_u32(reader);

	read_end(reader);
	if (kind == 1)
		keep_by_adoption();
	else if (kind == 2)
		keep_by_namespace();
	else
		fail(EINVAL, "kind %u", kind);
	if (setsid() < 0)
		fail(errno, "setsid");
}
