#include "common/refused-calls.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ucontext.h>

/* si_code of SIGSYS, <asm-generic/siginfo.h>: a filter refuses a call. */
#define OF_FILTER 1

static _Atomic uint32_t *refused;
static void (*tell)(void);

/* What the call returns. */
static void answer(ucontext_t *context, long value)
{
#if defined(__x86_64__)
	context->uc_mcontext.gregs[REG_RAX] = value;
#elif defined(__aarch64__)
	context->uc_mcontext.regs[0] = (unsigned long long)value;
#else
	(void)context; /* there is no table of system calls, and so no filter */
	(void)value;
#endif
}

static void on_refusal(int signal, siginfo_t *information, void *context)
{
	const int before = errno;

	(void)signal;
	if (information->si_code != OF_FILTER)
		return; /* somebody has sent the signal */
	answer(context, -(long)information->si_errno);
	if (information->si_syscall >= 0 && information->si_syscall < CALLS_MAX)
		atomic_fetch_add(&refused[information->si_syscall], 1);
	if (tell != NULL)
		tell();
	errno = before;
}

bool count_refused_calls(_Atomic uint32_t counts[CALLS_MAX], void (*told)(void))
{
	struct sigaction action = { .sa_sigaction = on_refusal,
		                    .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART };

	refused = counts;
	tell = told;
	return sigaction(SIGSYS, &action, NULL) == 0;
}
