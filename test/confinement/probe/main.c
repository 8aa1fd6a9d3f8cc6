/*
 * A hostile program: tries what a handler must not be able to do, each in a process of its own, and
 * prints "NAME open" where it succeeded and "NAME ERRNO" or "NAME killed" where it did not.
 *
 * probe DIRECTORY VICTIM PORT ABSTRACT NAMESPACES the arena, see probe.h and arena.ts probe --list
 * names and words probe --executor LAUNCHER DESCRIPTOR starts what the specification on the
 * descriptor says, as the executor would probe --make PORT, probe --unmake PORT what host_queue and
 * host_segment look for
 *
 * Where its arguments are another's (a hook, a plug-in, in rsync's place), those above are compiled
 * in as PROBE_ARGUMENTS, and the verdicts go to the file PROBE_RESULT.
 */
#include "probe.h"

#include <linux/capability.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static int try_all(char *const *words)
{
	describe(words);
	for (const struct probe *const *probe = __start_probes; probe < __stop_probes; probe++) {
		int status;

		fflush(stdout);
		pid_t child = fork();
		if (child < 0) {
			perror("fork");
			return 3;
		}
		if (child == 0) {
			setpgid(0, 0);
			_exit(attempt(*probe));
		}
		waitpid(child, &status, 0);
		const char *ended = WTERMSIG(status) == SIGALRM ? "waits" : "killed";
		printf("%s %s\n", (*probe)->name,
		       WIFSIGNALED(status) ? ended : verdict_of(WEXITSTATUS(status)));
	}
	return 0;
}

#ifdef PROBE_ARGUMENTS
static char *const given[] = { PROBE_ARGUMENTS };

/* The entry of a plug-in of mode rsyncso. */
__attribute__((visibility("default"))) int clsyncapi_rsync(const char *included,
                                                           const char *excluded)
{
	(void)included;
	(void)excluded;
	if (freopen(PROBE_RESULT, "w", stdout) == NULL)
		return 4;
	int status = try_all(given);
	return fflush(stdout) != 0 ? 4 : status;
}
#endif

static int list(void)
{
	for (const struct probe *const *probe = __start_probes; probe < __stop_probes; probe++)
		printf("%s %s\n", (*probe)->name, (*probe)->words);
	return 0;
}

static int make_queues(int port, int wanted)
{
	const char *name = numbered("/clsync-arena-%d", port);

	if (wanted)
		return mq_open(name, O_RDONLY | O_CREAT, 0666, NULL) < 0 ||
		       msgget(port, IPC_CREAT | 0666) < 0;
	return mq_unlink(name) != 0 || msgctl(msgget(port, 0), IPC_RMID, NULL) != 0;
}

/*
 * Takes the executor's place: the parent of the program it starts, with the same ids, sealed like
 * the executor.
 */
static int stand_in(const char *launcher, char *descriptor)
{
	int status;
	pid_t child = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? fork() : -1;

	if (child == 0) {
		execl(launcher, "clsync-launch", descriptor, NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
	               ? WEXITSTATUS(status)
	               : 3;
}

static int has_admin(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].effective >> CAP_SYS_ADMIN & 1) != 0;
}

/* Answers a probe that has executed this program: 0 means success. */
static int answer(const char *question)
{
	if (strcmp(question, "--root") == 0)
		return geteuid() == 0 ? 0 : 1;
	if (strcmp(question, "--group") == 0)
		return getegid() == 0 ? 0 : 1;
	if (strcmp(question, "--admin") == 0)
		return has_admin() ? 0 : 1;
	return strcmp(question, "--runs") == 0 ? 0 : 2;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	if (argc == 4 && strcmp(argv[1], "--executor") == 0)
		return stand_in(argv[2], argv[3]);
	if (argc == 3 && (strcmp(argv[1], "--make") == 0 || strcmp(argv[1], "--unmake") == 0))
		return make_queues(atoi(argv[2]), argv[1][2] == 'm');
#ifdef PROBE_ARGUMENTS
	/* As rsync, it is asked for its version. */
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return 0;
#endif
	if (argc == 2 && argv[1][0] == '-' && answer(argv[1]) != 2)
		return answer(argv[1]);
#ifdef PROBE_ARGUMENTS
	return clsyncapi_rsync(NULL, NULL);
#else
	return argc == 6 ? try_all(argv + 1) : 2;
#endif
}
