#include "launch/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct failure_context failure_context = { .descriptor = -1 };

_Noreturn void fail(int error, const char *format, ...)
{
	const struct failure_context *context = &failure_context;
	char words[1024], line[1280];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	int length = snprintf(line, sizeof(line), "%d %d %s: %s: %s", context->status, error,
	                      context->step, words, strerror(error));
	int to = context->descriptor < 0 ? STDERR_FILENO : context->descriptor;
	/* Ends with a NUL; on standard error with a newline instead. */
	if (context->descriptor < 0)
		line[length] = '\n';
	if (write(to, line, (size_t)length + 1) < 0)
		_exit(context->status);
	_exit(context->status);
}
