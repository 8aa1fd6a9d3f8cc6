/* Helpers for probes, and the attempt of one. */
#include "probe.h"

#include <sys/wait.h>

/* Seconds a probe may take: a probe that blocks is neither open nor contained. */
#define PATIENCE 20

struct arena arena;

static char *next_buffer(void)
{
	static char buffers[4][2048];
	static unsigned turn;

	return buffers[turn++ % 4];
}

const char *in(const char *directory, const char *name)
{
	char *buffer = next_buffer();

	snprintf(buffer, 2048, "%s/%s", directory, name);
	return buffer;
}

const char *numbered(const char *format, int number)
{
	char *buffer = next_buffer();

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(buffer, 2048, format, number);
	return buffer;
}

int denied(int error)
{
	errno = error;
	return -1;
}

int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

int reads(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, &byte, 1);

	return got > 0 ? 0 : got < 0 ? -1 : denied(ENODATA);
}

int runs(const char *path, char *const *arguments)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		close(STDERR_FILENO); /* where the dynamic loader says what is wrong */
		execv(path, arguments);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

int copy_of_this(const char *path, mode_t mode)
{
	char buffer[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC),
	    to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	if (from < 0 || to < 0)
		return -1;
	for (ssize_t got; (got = read(from, buffer, sizeof(buffer))) > 0;)
		if (write(to, buffer, (size_t)got) != got)
			return -1;
	close(from);
	return fchmod(to, mode) == 0 ? close(to) : -1;
}

int creates_in(const char *directory)
{
	const char *path = in(directory, ".clsync-probe");

	return opens(path, O_WRONLY | O_CREAT | O_EXCL) == 0 ? unlink(path) : -1;
}

void describe(char *const *words)
{
	snprintf(arena.outside, sizeof(arena.outside), "%s/outside", words[0]);
	snprintf(arena.source, sizeof(arena.source), "%s/watched", words[0]);
	snprintf(arena.copy, sizeof(arena.copy), "%s/copy", words[0]);
	arena.victim = atoi(words[1]);
	arena.port = atoi(words[2]);
	arena.abstract = words[3];
	arena.namespaces = words[4];
}

int attempt(const struct probe *probe)
{
	alarm(PATIENCE);
	errno = 0;
	if (probe->attempt() >= 0)
		return 0;
	return errno > 0 && errno < 255 ? errno : 255;
}

const char *verdict_of(int error)
{
	const char *name = error == 0 ? "open" : strerrorname_np(error);

	return name == NULL ? "refused" : name;
}
