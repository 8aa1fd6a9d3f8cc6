#include "launch/keeper.h"

#include "launch/credentials.h"
#include "launch/failure.h"
#include "launch/namespaces.h"
#include "launch/specification.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum keeper_kind { KEEPER_ADOPTS = 1, KEEPER_OF_NAMESPACE = 2 };

/*
 * Closes all descriptors except these two (-1: none), so that readers of a channel or of the
 * launcher's report see end of file.
 */
static void close_all_but(int one, int other)
{
	int first = one < other ? one : other, last = one < other ? other : one;

	if (first > 0)
		close_range(0, (unsigned)first - 1, 0);
	if (last - first > 1)
		close_range((unsigned)first + 1, (unsigned)last - 1, 0);
	close_range((unsigned)last + 1, ~0u, 0);
	failure_context.descriptor = -1;
}

/* Ends the process when its parent ends, or at once if the parent has ended already. */
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

/* Waits for `program` and reaps all other children; returns its exit code. */
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

/*
 * Kills every child found in /proc; returns their number. waitid(2) decides whether a process is a
 * child: not every kernel lists children, and the numbers in /proc may belong to another pid
 * namespace.
 */
static int kill_each(void)
{
	DIR *processes = opendir("/proc");
	int killed = 0;

	if (processes == NULL)
		return 0;
	for (const struct dirent *entry; (entry = readdir(processes)) != NULL;) {
		pid_t pid = (pid_t)atoi(entry->d_name);
		siginfo_t info;

		if (pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    kill(pid, SIGKILL) == 0)
			killed++;
	}
	closedir(processes);
	return killed;
}

/*
 * Kills children until there are none, as this process adopts the children of a killed child. With
 * a pid namespace, init was the only child, and every process in it ended with init. Does not wait
 * for children that it has no permission to kill.
 */
static void kill_children(void)
{
	do {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	} while (kill_each() > 0 && wait(NULL) > 0);
}

/*
 * Waits for one of the blocked signals and returns it; returns 0 when the other end of the leash
 * was closed.
 */
static int wait_for_news(int leash, const sigset_t *awaited)
{
	int news = signalfd(-1, awaited, SFD_CLOEXEC);
	struct pollfd sources[] = { { .fd = news, .events = POLLIN },
		                    { .fd = leash, .events = 0 } };
	struct signalfd_siginfo info;

	if (news < 0)
		return 0;
	while (poll(sources, 2, -1) < 0 && errno == EINTR)
		;
	if (sources[1].revents != 0 || read(news, &info, sizeof(info)) != sizeof(info))
		return 0;
	close(news);
	return (int)info.ssi_signo;
}

/*
 * Waits until `child` ends, or until the master or a signal asks for its end. Reaps all other
 * children.
 */
static _Noreturn void keep(pid_t child, int leash, const sigset_t *awaited)
{
	for (;;) {
		int status, signal = wait_for_news(leash, awaited);

		if (signal != SIGCHLD) {
			/*
			 * A child that still has the starter's ids cannot be killed; it ends with
			 * this process.
			 */
			if (kill(child, SIGKILL) == 0)
				waitpid(child, NULL, 0);
			kill_children();
			_exit(128 + (signal != 0 ? signal : SIGKILL));
		}
		for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
			if (ended == child) {
				kill_children();
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

/*
 * For a process that only waits for the program: takes the program's ids, and keeps no capabilities
 * except those in the mask, with no new privileges.
 */
static void drop_like_program(uint64_t kept)
{
	struct payload identity = specification[STEP_IDENTITY];

	drop_bounding();
	if (identity.at != NULL)
		step_identity(&identity);
	drop_capabilities(kept);
	step_privileges(&(struct payload){ 0 });
}

/*
 * Has `signal` sent when the parent named in the specification ends. Fails if it has ended already.
 */
static void watch_parent(int signal)
{
	struct payload parent = specification[STEP_PARENT];

	if (parent.at == NULL)
		fail(EBADMSG, "no parent is named");
	end_with((pid_t)read_u32(&parent), signal);
}

/*
 * Restricts the waiting process like the program. `kept`: capabilities that it needs to kill the
 * processes that the program started.
 */
static void stay_behind(int alive, int leash, uint64_t kept)
{
	drop_like_program(kept);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		fail(errno, "PR_SET_DUMPABLE");
	close_all_but(alive, leash);
}

/*
 * The first fork: the parent becomes the keeper, the child returns. `*alive` is a pipe on which the
 * child sees end of file when the keeper has ended.
 */
static void leave_keeper(int leash, uint64_t kept, int *alive)
{
	sigset_t awaited, before;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGHUP);
	sigprocmask(SIG_BLOCK, &awaited, &before);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
		fail(errno, "PR_SET_CHILD_SUBREAPER");
	pid_t child = fork_tied(alive);
	if (child > 0) {
		stay_behind(*alive, leash, kept);
		watch_parent(SIGTERM);
		keep(child, leash, &awaited);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(leash);
}

/* The second fork: process 1 of the namespace waits, its child returns. */
static void leave_init(int keeper)
{
	int alive;
	pid_t program = fork_tied(&alive);

	if (program > 0) {
		stay_behind(keeper, alive, 0);
		end_with_parent(keeper, SIGKILL);
		_exit(reap_until(program));
	}
	close(keeper);
	launch_parent = 1;
	end_with_parent(alive, SIGKILL);
	close(alive);
}

#define NO_LEASH UINT32_MAX

void step_keeper(struct payload *payload)
{
	uint32_t kind = read_u32(payload), leash = read_u32(payload);
	uint64_t kept = read_u64(payload);
	int keeper;

	read_end(payload);
	if (kind != KEEPER_ADOPTS && kind != KEEPER_OF_NAMESPACE)
		fail(EINVAL, "kind %u", kind);
	if (kind == KEEPER_OF_NAMESPACE && (launch_namespaces & CLONE_NEWPID) == 0)
		fail(EINVAL, "no pid namespace was asked for");
	if (leash != NO_LEASH &&
	    ((int)leash == failure_context.descriptor || fcntl((int)leash, F_GETFD) < 0))
		fail(EBADF, "leash %u", leash);
	leave_keeper((int)leash, kept, &keeper);
	if (kind == KEEPER_OF_NAMESPACE) {
		leave_init(keeper);
	} else {
		launch_parent = getppid();
		end_with_parent(keeper, SIGKILL);
		close(keeper);
	}
	if (setsid() < 0)
		fail(errno, "setsid");
}
