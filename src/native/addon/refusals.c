/*
 * Counts the system calls that the filter of the seal refuses. The filter has the kernel send
 * SIGSYS in their place (SECCOMP_RET_TRAP); the handler counts the call and lets it answer the
 * errno that the filter names.
 */
#include "addon/module.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ucontext.h>
#include <unistd.h>

/* Numbers of system calls are below. */
#define CALLS 512
/* si_code of SIGSYS, <asm-generic/siginfo.h>: a filter refuses a call. */
#define OF_FILTER 1

static _Atomic uint32_t counts[CALLS];
/* Somebody has been told that there is something to read. */
static atomic_bool told;
static int bell = -1;

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
	if (information->si_syscall >= 0 && information->si_syscall < CALLS)
		atomic_fetch_add(&counts[information->si_syscall], 1);
	/* A full pipe is as good. */
	if (!atomic_exchange(&told, true) && write(bell, "", 1) < 0)
		atomic_store(&told, false);
	errno = before;
}

/*
 * countRefusals(pipe): from now on a refused call is counted, and a byte is written to the pipe
 * once there is something to take.
 */
static napi_value js_count_refusals(napi_env env, napi_callback_info info)
{
	struct sigaction action = { .sa_sigaction = on_refusal,
		                    .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART };
	napi_value argument;

	if (!addon_arguments(env, info, 1, &argument) || !addon_int32(env, argument, &bell))
		return NULL;
	if (fcntl(bell, F_SETFL, O_NONBLOCK) != 0 || sigaction(SIGSYS, &action, NULL) != 0)
		return addon_throw_errno(env, "sigaction", errno);
	return NULL;
}

/*
 * takeRefusals(): numbers of system calls, each followed by how often it was refused since the last
 * time.
 */
static napi_value js_take_refusals(napi_env env, napi_callback_info info)
{
	napi_value array, value;
	uint32_t length = 0;

	(void)info;
	atomic_store(&told, false);
	NAPI_TRY(env, napi_create_array(env, &array));
	for (uint32_t call = 0; call < CALLS; call++) {
		const uint32_t row[] = { call, atomic_exchange(&counts[call], 0) };

		for (size_t i = 0; row[1] != 0 && i < 2; i++) {
			NAPI_TRY(env, napi_create_uint32(env, row[i], &value));
			NAPI_TRY(env, napi_set_element(env, array, length++, value));
		}
	}
	return array;
}

const struct addon_function refusals_functions[] = {
	{ "countRefusals", js_count_refusals },
	{ "takeRefusals", js_take_refusals },
	{ NULL, NULL },
};
