/*
 * inject PID NUMBER: has process PID, as who has taken it over could, make the system call NUMBER
 * with arguments of 0; prints what it answers. It does so where the process waits in a call of its
 * own, whose instruction is made again. For x86-64.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* The errno values of calls that are to be made again after a signal, <linux/errno.h>. */
#define RESTART_FIRST 512
#define RESTART_LAST 516
/* Bytes of the instruction that makes a system call. */
#define INSTRUCTION 2
/* Microseconds between two looks at a process that is busy. */
#define PAUSE 1000

static void check(long result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(2);
}

/* Lets it run to the next stop; returns the signal that stopped it. */
static int run(pid_t pid, int signal)
{
	int status;

	check(ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal), "run");
	check(waitpid(pid, &status, 0), "wait");
	if (WIFSTOPPED(status))
		return WSTOPSIG(status);
	printf("ended by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	exit(0);
}

static struct user_regs_struct registers_of(pid_t pid)
{
	struct user_regs_struct registers;

	check(ptrace(PTRACE_GETREGS, pid, NULL, &registers), "registers");
	return registers;
}

/* What the call answers, also when the handler of SIGSYS does so in the kernel's place. */
static long long answer(pid_t pid)
{
	run(pid, 0);
	run(pid, 0);
	const struct user_regs_struct now = registers_of(pid);

	/* It would begin again, but for the signal. */
	if (now.rax != now.orig_rax)
		return (long long)now.rax;
	for (int signal = run(pid, 0); registers_of(pid).orig_rax != SYS_rt_sigreturn;)
		signal = run(pid, signal == SIGSYS ? SIGSYS : 0);
	run(pid, 0);
	return (long long)registers_of(pid).rax;
}

/* Stops it in a system call; one that is busy has none, and no instruction for it either. */
static struct user_regs_struct stop(pid_t pid)
{
	int status;

	for (;; usleep(PAUSE)) {
		check(ptrace(PTRACE_ATTACH, pid, NULL, NULL), "attach");
		check(waitpid(pid, &status, 0), "wait");
		const struct user_regs_struct registers = registers_of(pid);

		if ((long long)registers.orig_rax >= 0)
			return registers;
		check(ptrace(PTRACE_DETACH, pid, NULL, NULL), "detach");
	}
}

int main(int argc, char **argv)
{
	const pid_t pid = argc == 3 ? atoi(argv[1]) : -1;
	struct user_regs_struct before = stop(pid), call = before;

	call.rip -= INSTRUCTION;
	call.rax = (unsigned long long)atoi(argv[2]);
	call.orig_rax = (unsigned long long)-1;
	call.rdi = call.rsi = call.rdx = call.r10 = call.r8 = call.r9 = 0;
	check(ptrace(PTRACE_SETREGS, pid, NULL, &call), "call");
	printf("%lld\n", answer(pid));
	/* The call that was interrupted is made again. */
	if (-(long long)before.rax >= RESTART_FIRST && -(long long)before.rax <= RESTART_LAST) {
		before.rip -= INSTRUCTION;
		before.rax = before.orig_rax;
		before.orig_rax = (unsigned long long)-1;
	}
	check(ptrace(PTRACE_SETREGS, pid, NULL, &before), "back");
	check(ptrace(PTRACE_DETACH, pid, NULL, NULL), "detach");
}
