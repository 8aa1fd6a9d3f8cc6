/*
 * clsync-launch DESCRIPTOR: reads one specification from DESCRIPTOR, applies its steps in their
 * order and executes the program. It has one thread only, so credentials and filters hold for the
 * whole process.
 *
 * The specification may come in parts, each of which is applied before the next one is read: what
 * is known before the program is need not wait for it.
 *
 * Each step is applied or fails; its effect is read back where the kernel offers that. On failure
 * the launcher writes "STATUS ERRNO STEP: words" and a NUL to DESCRIPTOR and exits with STATUS. The
 * keeper and init may fail too; the first report counts. End of file on DESCRIPTOR without a report
 * means that the program was executed.
 */
#include "launch/call.h"
#include "launch/credentials.h"
#include "launch/events.h"
#include "launch/failure.h"
#include "launch/keeper.h"
#include "launch/mounts.h"
#include "launch/namespaces.h"
#include "launch/process.h"
#include "launch/resolver.h"
#include "launch/restrictions.h"
#include "launch/specification.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

static const struct {
	const char *name;
	void (*apply)(struct payload *payload);
} steps[STEPS] = {
	[STEP_SPECIFICATION] = { "specification", NULL },
	[STEP_CGROUP] = { "cgroup", step_cgroup },
	[STEP_DESCRIPTORS] = { "descriptors", step_descriptors },
	[STEP_SESSION] = { "session", step_session },
	[STEP_EVENTS] = { "events", step_events },
	[STEP_NAMESPACES] = { "namespaces", step_namespaces },
	[STEP_KEEPER] = { "keeper", step_keeper },
	[STEP_MOUNTS] = { "mounts", step_mounts },
	[STEP_LIMITS] = { "limits", step_limits },
	[STEP_UMASK] = { "umask", step_umask },
	[STEP_DIRECTORY] = { "directory", step_directory },
	[STEP_BOUNDING] = { "bounding", step_bounding },
	[STEP_IDENTITY] = { "identity", step_identity },
	[STEP_CAPABILITIES] = { "capabilities", step_capabilities },
	[STEP_PARENT] = { "parent", step_parent },
	[STEP_PRIVILEGES] = { "privileges", step_privileges },
	[STEP_MEMORY] = { "memory", step_memory },
	[STEP_CALL] = { "call", step_call },
	[STEP_LANDLOCK] = { "landlock", step_landlock },
	[STEP_RESOLVER] = { "resolver", step_resolver },
	[STEP_SECCOMP] = { "seccomp", step_seccomp },
	[STEP_PROGRAM] = { "program", step_program },
};

static void begin(enum launch_step step)
{
	failure_context.step = steps[step].name;
	failure_context.status = FIRST_STATUS + (int)step;
}

/* The program does not inherit blocked or ignored signals. */
static void reset_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	/* It fails for KILL, STOP and signals that libc reserves; these need no reset. */
	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &standard, NULL);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		fail(errno, "sigprocmask");
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long number = argc == 2 ? strtol(argv[1], &end, 10) : -1;

	begin(STEP_SPECIFICATION);
	if (number < 0 || number > 1 << 20 || end == argv[1] || *end != '\0' ||
	    fcntl((int)number, F_SETFD, FD_CLOEXEC) != 0)
		fail(EBADF, "usage: clsync-launch DESCRIPTOR");
	failure_context.descriptor = (int)number;
	reset_signals();

	for (enum launch_step step = STEP_SPECIFICATION;;) {
		begin(STEP_SPECIFICATION);
		enum launch_step last = read_specification(failure_context.descriptor, step);

		/* The last one of all executes the program. */
		while (step < last) {
			struct payload payload = specification[++step];

			if (payload.at == NULL)
				continue;
			begin(step);
			steps[step].apply(&payload);
		}
	}
}
