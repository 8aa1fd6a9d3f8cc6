/*
 * clsync-launch DESCRIPTOR: reads one specification (src/shared/specification-wire.ts) from
 * DESCRIPTOR, applies its steps in their order, checks each, and executes the program. One thread,
 * so that credentials and filters cannot be left behind on another.
 *
 * On failure it writes "STATUS ERRNO STEP: words" and a NUL to DESCRIPTOR and exits with STATUS;
 * processes that stay behind may fail too, and the first report counts. End of file on DESCRIPTOR
 * without a report means that the program was executed.
 */
#include "launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x31534c43u /* "CLS1" */
#define HEADER 8
#define SPECIFICATION_MAX (8u << 20)

struct step {
	const char *name;
	void (*apply)(struct reader *reader);
};

/*
 * In the order of STEP in specification-wire.ts; the exit status of a step is FIRST_STATUS plus its
 * number.
 */
static const struct step steps[] = {
	{ "specification", NULL },
	{ "cgroup", step_cgroup },
	{ "descriptors", step_descriptors },
	{ "session", step_session },
	{ "namespaces", step_namespaces },
	{ "keeper", step_keeper },
	{ "mounts", step_mounts },
	{ "limits", step_limits },
	{ "umask", step_umask },
	{ "directory", step_directory },
	{ "bounding", step_bounding },
	{ "identity", step_identity },
	{ "capabilities", step_capabilities },
	{ "parent", step_parent },
	{ "privileges", step_privileges },
	{ "memory", step_memory },
	{ "landlock", step_landlock },
	{ "seccomp", step_seccomp },
	{ "program", step_program },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))
#define FIRST_STATUS 200

/* The steps that other steps look at. */
enum { IDENTITY = 11, PARENT = 13 };

int launch_descriptor = -1;
pid_t launch_parent;
static size_t current;
static struct reader parts[STEPS];

_Noreturn void fail(int error, const char *format, ...)
{
	char words[1024], line[1280];
	va_list arguments;
	int status = FIRST_STATUS + (int)current;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	int length = snprintf(line, sizeof(line), "%d %d %s: %s: %s", status, error,
	                      steps[current].name, words, strerror(error));
	int to = launch_descriptor < 0 ? STDERR_FILENO : launch_descriptor;
	/* With the NUL; on a terminal, a line. */
	if (launch_descriptor < 0)
		line[length] = '\n';
	if (write(to, line, (size_t)length + 1) < 0)
		_exit(status);
	_exit(status);
}

static void read_fully(uint8_t *into, size_t length)
{
	while (length > 0) {
		ssize_t got = read(launch_descriptor, into, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			fail(errno, "read");
		if (got == 0)
			fail(EPIPE, "it ends too early");
		into += got;
		length -= (size_t)got;
	}
}

static struct reader read_specification(void)
{
	uint8_t header[HEADER];
	struct reader reader = { header, header + sizeof(header) };

	read_fully(header, sizeof(header));
	if (read_u32(&reader) != MAGIC)
		fail(EBADMSG, "it does not begin with the launcher's mark");
	uint32_t length = read_u32(&reader);
	if (length < HEADER || length > SPECIFICATION_MAX)
		fail(EMSGSIZE, "%u bytes", length);
	size_t rest = length - HEADER;
	uint8_t *body = malloc(
	        rest > 0 ? rest : 1); /* no more, so that a sanitizer sees what is read behind it */
	if (body == NULL)
		fail(ENOMEM, "%zu bytes", rest);
	read_fully(body, rest);
	return (struct reader){ body, body + rest };
}

/* Whatever the caller blocked or ignored is no business of the program. */
static void reset_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &standard,
		          NULL); /* KILL, STOP and libc's own refuse; they need no reset */
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		fail(errno, "sigprocmask");
}

static void split(struct reader all)
{
	size_t last = 0;

	while (all.at < all.end) {
		uint32_t id = read_u32(&all);
		size_t length;
		const uint8_t *payload = read_bytes(&all, &length);

		if (id <= last || id >= STEPS)
			fail(EBADMSG, "step %u after step %zu", id, last);
		last = id;
		parts[id] = (struct reader){ payload, payload + length };
	}
}

void drop_like_program(uint64_t kept)
{
	struct reader identity = parts[IDENTITY];

	drop_bounding();
	if (identity.at != NULL)
		step_identity(&identity);
	drop_capabilities(kept);
	step_privileges(&(struct reader){ 0 });
}

void watch_parent(int signal)
{
	struct reader parent = parts[PARENT];

	if (parent.at == NULL)
		fail(EBADMSG, "no parent is named");
	end_with((pid_t)read_u32(&parent), signal);
}

int main(int argc, char **argv)
{
	char *end = NULL;
	long number = argc == 2 ? strtol(argv[1], &end, 10) : -1;

	if (number < 0 || number > 1 << 20 || end == argv[1] || *end != '\0' ||
	    fcntl((int)number, F_SETFD, FD_CLOEXEC) != 0)
		fail(EBADF, "usage: clsync-launch DESCRIPTOR");
	launch_descriptor = (int)number;
	reset_signals();

	split(read_specification());
	for (size_t id = 1; id < STEPS; id++) {
		if (parts[id].at == NULL)
			continue;
		current = id;
		struct reader part = parts[id];
		steps[id].apply(&part);
	}
	current = 0;
	fail(EBADMSG, "no program");
}
