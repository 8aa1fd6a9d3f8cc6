/* Other processes: those of the host, and its ancestors in its own sandbox. */
#include "probe.h"

#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define VICTIM(name) numbered("/proc/%d/" name, arena.victim)

/* The parent of the program that runs the probes: the executor, or process 1. */
static pid_t above;

__attribute__((constructor)) static void remember(void)
{
	above = getppid();
}

PROBE(signal_victim, "signals a process outside with its uid")
{
	return kill(arena.victim, 0);
}
PROBE(signal_thread_of_victim, "does so by tgkill")
{
	return (int)syscall(SYS_tgkill, arena.victim, arena.victim, 0);
}
PROBE(signal_by_descriptor, "does so by a descriptor")
{
	int fd = (int)syscall(SYS_pidfd_open, arena.victim, 0);

	return fd < 0 ? -1 : (int)syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0);
}
PROBE(signal_above, "signals what started it")
{
	return kill(above, 0);
}
PROBE(signal_thread_above, "does so by tgkill")
{
	return (int)syscall(SYS_tgkill, above, above, 0);
}
PROBE(open_inspector, "sends Node the signal that opens its inspector")
{
	return kill(above, SIGURG /* ignored; as much of a right as USR1 */);
}
PROBE(trace_victim, "traces a process outside")
{
	if (ptrace(PTRACE_SEIZE, arena.victim, 0, 0) != 0)
		return -1;
	ptrace(PTRACE_DETACH, arena.victim, 0, 0);
	return 0;
}
PROBE(trace_above, "traces what started it")
{
	return (int)ptrace(PTRACE_SEIZE, above, 0, 0);
}
PROBE(trace_itself_traced, "lets itself be traced")
{
	return (int)ptrace(PTRACE_TRACEME, 0, 0, 0);
}
PROBE(let_anyone_trace, "lets any process trace it")
{
	return prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
}

static int transfers(long call, pid_t pid)
{
	char there = 0;
	struct iovec local = { &there, 1 }, remote = { (void *)16, 1 };

	/* EFAULT: the access is allowed, and only the address does not exist. */
	return syscall(call, pid, &local, 1, &remote, 1, 0) < 0 && errno != EFAULT ? -1 : 0;
}
PROBE(read_memory_of_victim, "reads its memory")
{
	return transfers(SYS_process_vm_readv, arena.victim);
}
PROBE(write_memory_of_victim, "writes its memory")
{
	return transfers(SYS_process_vm_writev, arena.victim);
}
PROBE(read_memory_above, "reads the memory of what started it")
{
	return transfers(SYS_process_vm_readv, above);
}
PROBE(open_memory_of_victim, "opens its /proc/PID/mem")
{
	return opens(VICTIM("mem"), O_RDONLY);
}
PROBE(open_memory_above, "opens that of what started it")
{
	return opens(numbered("/proc/%d/mem", above), O_RDWR);
}
PROBE(environment_of_victim, "reads its environment")
{
	return opens(VICTIM("environ"), O_RDONLY);
}
PROBE(environment_above, "reads the environment of what started it")
{
	return reads(numbered("/proc/%d/environ", above));
}
PROBE(environment_of_first, "reads the environment of process 1")
{
	return reads("/proc/1/environ");
}
PROBE(arguments_of_victim, "reads its arguments")
{
	return reads(VICTIM("cmdline"));
}
PROBE(maps_of_victim, "reads where its memory is")
{
	return reads(VICTIM("maps"));
}
PROBE(directory_of_victim, "opens its working directory")
{
	return opens(VICTIM("cwd"), O_RDONLY);
}
PROBE(root_of_victim, "opens its root")
{
	return opens(VICTIM("root"), O_RDONLY);
}
PROBE(descriptors_of_victim, "lists its descriptors")
{
	return opendir(VICTIM("fd")) == NULL ? -1 : 0;
}
PROBE(descriptors_above, "lists the descriptors of what started it")
{
	return opendir(numbered("/proc/%d/fd", above)) == NULL ? -1 : 0;
}
PROBE(take_descriptor_of_victim, "takes a descriptor from it")
{
	int fd = (int)syscall(SYS_pidfd_open, arena.victim, 0);

	return fd < 0 ? -1 : (int)syscall(438 /* pidfd_getfd */, fd, 0, 0);
}
PROBE(take_descriptor_above, "takes a descriptor from what started it")
{
	int fd = (int)syscall(SYS_pidfd_open, above, 0);

	return fd < 0 ? -1 : (int)syscall(438, fd, 2, 0);
}
PROBE(see_victim, "sees that it is there")
{
	return access(VICTIM(""), F_OK);
}
PROBE(count_processes, "sees processes of other users")
{
	DIR *processes = opendir("/proc");
	struct stat stat;

	if (processes == NULL)
		return -1;
	for (const struct dirent *entry; (entry = readdir(processes)) != NULL;) {
		if (atoi(entry->d_name) <= 0 || lstat(in("/proc", entry->d_name), &stat) != 0)
			continue;
		/*
		 * Those that cannot be dumped are root's, too; in a view of its own there are only
		 * those above.
		 */
		if (atoi(entry->d_name) == arena.victim ||
		    (stat.st_uid != geteuid() && stat.st_uid != 0))
			return 0;
	}
	return denied(ENOENT);
}
PROBE(compare_with_victim, "compares its resources with its own")
{
	return (int)syscall(SYS_kcmp, getpid(), arena.victim, 0, 0, 0) < 0 ? -1 : 0;
}
PROBE(advise_victim, "gives advice about its memory")
{
	int fd = (int)syscall(SYS_pidfd_open, arena.victim, 0);
	struct iovec range = { NULL, 0 };

	return fd < 0 ? -1
	              : (int)syscall(440 /* process_madvise */, fd, &range, 1, 20 /* MADV_COLD */,
	                             0);
}
PROBE(move_victims_pages, "moves its memory")
{
	return (int)syscall(SYS_move_pages, arena.victim, 0, NULL, NULL, NULL, 0);
}
PROBE(limits_of_victim, "changes its limits")
{
	struct rlimit limit;

	return prlimit(arena.victim, RLIMIT_CORE, NULL, &limit) != 0
	               ? -1
	               : prlimit(arena.victim, RLIMIT_CORE, &limit, NULL);
}
PROBE(limits_above, "changes the limits of what started it")
{
	struct rlimit limit;

	return prlimit(above, RLIMIT_CORE, NULL, &limit) != 0
	               ? -1
	               : prlimit(above, RLIMIT_CORE, &limit, NULL);
}
PROBE(priority_of_victim, "changes its priority")
{
	return setpriority(PRIO_PROCESS, (id_t)arena.victim,
	                   getpriority(PRIO_PROCESS, (id_t)arena.victim));
}
PROBE(processors_of_victim, "changes on which processors it runs")
{
	cpu_set_t set;

	return sched_getaffinity(arena.victim, sizeof(set), &set) != 0
	               ? -1
	               : sched_setaffinity(arena.victim, sizeof(set), &set);
}
PROBE(fork_without_end, "forks without end")
{
	int made = 0;

	while (made < 200) {
		pid_t child = fork();
		if (child < 0)
			break;
		if (child == 0) {
			pause();
			_exit(0);
		}
		made++;
	}
	int error = errno;
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM); /* the group is this probe's own */
	while (wait(NULL) > 0)
		;
	errno = error;
	return made < 200 ? -1 : 0;
}
