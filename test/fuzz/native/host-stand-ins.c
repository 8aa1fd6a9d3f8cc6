/*
 * The surroundings of the plug-in host: its channel, which is the input, and the loader, which
 * loads the handler of handler.c.
 */
#include "host.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* Bytes of an answer, see LONGEST in src/shared/plugin-protocol.ts. */
#define ANSWER_MAX (64u << 10)
/* RESULT: kind of the answer that ends a call. */
enum { VARIABLES = 2, RESULT = 1 };

static uint8_t settings;
static pid_t pid;
static char *variables[VARIABLES];

void host_begin(const uint8_t *input, size_t size)
{
	input_at = input;
	input_end = input + size;
	settings = size > 0 ? *input_at++ : 0;
	pid = 2;
	memset(variables, 0, sizeof(variables));
}

STAND_IN(void, _exit, int status)
{
	(void)status;
	longjmp(program_ended, 1);
}

/* The host's way to reject a message: the executor starts another one. */
STAND_IN(void, abort, void)
{
	longjmp(program_ended, 1);
}

STAND_IN(ssize_t, read, int fd, void *into, size_t length)
{
	size_t left = (size_t)(input_end - input_at);

	CHECK(fd == CHANNEL && length > 0);
	if (settings & BYTE_BY_BYTE)
		length = 1;
	if (length > left)
		length = left;
	memcpy(into, input_at, length);
	input_at += length;
	return (ssize_t)length;
}

/* An answer is written as a whole. */
STAND_IN(ssize_t, writev, int fd, const struct iovec *parts, int count)
{
	uint32_t head[2];
	size_t length = 0;

	CHECK(fd == CHANNEL && count > 0 && parts[0].iov_len >= sizeof(head));
	memcpy(head, parts[0].iov_base, sizeof(head));
	for (int i = 0; i < count; i++) {
		touch(parts[i].iov_base, parts[i].iov_len);
		length += parts[i].iov_len;
	}
	CHECK(length == head[0] + sizeof(head[0]) && head[0] <= ANSWER_MAX);
	CHECK(head[1] != RESULT || memory_pieces() == host_pieces());
	if ((settings & DEAF) == 0)
		return (ssize_t)length;
	errno = EPIPE;
	return -1;
}

/* Offered to handlers; handler.c does not use it. */
STAND_IN(void *, realloc, void *memory, size_t size)
{
	CHECK(memory != NULL && size == 0);
	return NULL;
}

STAND_IN(int, fcntl, int fd, int command, ...)
{
	CHECK(fd == CHANNEL && command == F_SETFD);
	return 0;
}

STAND_IN(pid_t, getpid, void)
{
	return pid;
}

/* Goes on as the child. */
STAND_IN(pid_t, fork, void)
{
	pid++;
	return 0;
}

/*
 * The environment holds the strings themselves: those of earlier calls must be there until they are
 * replaced.
 */
STAND_IN(int, putenv, char *assignment)
{
	size_t name = strcspn(assignment, "=") + 1, i = 0;

	for (size_t held = 0; held < VARIABLES; held++)
		if (variables[held] != NULL)
			touch_string(variables[held]);
	while (i < VARIABLES && variables[i] != NULL &&
	       strncmp(variables[i], assignment, name) != 0)
		i++;
	CHECK(i < VARIABLES);
	variables[i] = assignment;
	return 0;
}

STAND_IN(void *, dlopen, const char *file, int mode)
{
	static char object;

	touch_string(file);
	CHECK(mode == (RTLD_NOW | RTLD_LOCAL));
	return settings & UNLOADABLE ? NULL : &object;
}

STAND_IN(char *, dlerror, void)
{
	static char words[] = "no such object";

	return words;
}

STAND_IN(void *, dlsym, void *object, const char *name)
{
	(void)object;
	for (size_t i = 0; handler[i].name != NULL; i++)
		if (strcmp(handler[i].name, name) == 0)
			return settings & handler[i].setting ? handler[i].function : NULL;
	CHECK(!"a function that no handler has");
	return NULL;
}
