#include "host/context.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Measured with the headers of libclsync-dev 0.4.5; see
 * test/component/executor/plugin-layout.test.ts.
 */
#define CHECK_OFFSET(member, offset)                                                               \
	_Static_assert(offsetof(struct ctx, member) == (offset), #member)
CHECK_OFFSET(iteration_num, 1140);
CHECK_OFFSET(flags, 31880);
CHECK_OFFSET(label, 44192);
CHECK_OFFSET(destdir, 44240);
CHECK_OFFSET(watchdirwslash, 44256);
CHECK_OFFSET(watchdirlen, 44312);
CHECK_OFFSET(handlerfpath, 44368);
_Static_assert(sizeof(struct ctx) == 49632, "struct ctx");

struct ctx context;

static char *copy_string(struct message *message, size_t *length)
{
	const char *string = take_string(message, length);
	char *copy = string == NULL ? NULL : strdup(string);

	if (string != NULL && copy == NULL)
		abort();
	return copy;
}

/* `size`: bytes of the result, the NUL included. */
static char *with_slash(const char *path, size_t length, size_t *size)
{
	if (path == NULL)
		return NULL;
	char *result = malloc(length + 2);
	if (result == NULL)
		abort();
	memcpy(result, path, length);
	strcpy(result + length, length > 0 && path[length - 1] == '/' ? "" : "/");
	*size = strlen(result) + 1;
	return result;
}

void take_context(struct message *message, char *handler)
{
	size_t length;

	if (context.label != NULL)
		abort();
	for (uint32_t left = take_u32(message); left > 0; left--) {
		uint32_t flag = take_u32(message);

		if (flag >= FLAGS_COUNT)
			abort();
		context.flags[flag] = (int)take_u32(message);
	}
	context.state = STATE_BEGINNING;
	context.pid = getpid();
	context.handlerfpath = handler;
	context.label = copy_string(message, &length);
	context.watchdir = copy_string(message, &context.watchdirlen);
	context.watchdirwslash = with_slash(context.watchdir, context.watchdirlen,
	                                    &context.watchdirwslashsize);
	context.destdir = copy_string(message, &context.destdirlen);
	context.destdirwslash = with_slash(context.destdir, context.destdirlen,
	                                   &context.destdirwslashsize);
	context.watchdirsize = context.watchdirlen;
	context.destdirsize = context.destdirlen;
	if (context.label == NULL || context.watchdir == NULL)
		abort();
}
