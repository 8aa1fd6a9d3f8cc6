#include "monitor/refused.h"

#include "common/refused-calls.h"
#include "launch/failure.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

/* Shared by all of them. */
static _Atomic uint32_t *counts;

/* All other signals stay blocked. */
void refused_begin(void)
{
	void *shared = mmap(NULL, CALLS_MAX * sizeof(*counts), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigset_t signal;

	if (shared == MAP_FAILED)
		fail(errno, "mmap");
	counts = shared;
	sigemptyset(&signal);
	sigaddset(&signal, SIGSYS);
	if (!count_refused_calls(counts, NULL) || sigprocmask(SIG_UNBLOCK, &signal, NULL) != 0)
		fail(errno, "SIGSYS");
}

void refused_tell(struct answer *answer)
{
	if (counts == NULL)
		return;
	answer->refused.clerk = getpid();
	for (uint32_t call = 0; call < CALLS_MAX && answer->refused.times == 0; call++) {
		answer->refused.call = call;
		answer->refused.times = atomic_exchange(&counts[call], 0);
	}
}
