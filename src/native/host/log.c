#include "host/log.h"

#include "host/handler-api.h"
#include "host/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <clsync/error.h>

#define RECORD_MAX 4096

/* Indexes of LEVELS in src/shared/report.ts; debug level n is INFO + n. */
enum level { LEVEL_ERROR = 0, LEVEL_WARNING = 1, LEVEL_INFO = 2 };
/* Higher debug levels count as this one. */
#define DEBUG_MAX 5

static int log_channel = -1;
static int log_debug;

void host_log_to(int channel, int debug)
{
	log_channel = channel;
	log_debug = debug < DEBUG_MAX ? debug : DEBUG_MAX;
}

static size_t bounded(int length, size_t most)
{
	return length < 0 ? 0 : (size_t)length < most ? (size_t)length : most - 1;
}

/* `function`: NULL for a record of the host itself. */
static void record(int level, const char *function, const char *format, va_list arguments)
{
	char text[RECORD_MAX];
	int error = errno;
	size_t length = function == NULL ? 0
	                                 : bounded(snprintf(text, sizeof(text), "%s(): ", function),
	                                           sizeof(text));

	length += bounded(vsnprintf(text + length, sizeof(text) - length, format, arguments),
	                  sizeof(text) - length);
	if (level == LEVEL_ERROR && error != 0)
		length += bounded(
		        snprintf(text + length, sizeof(text) - length, ": %s", strerror(error)),
		        sizeof(text) - length);
	send_answer(log_channel, ANSWER_LOG, level, text, length);
	errno = error;
}

#define RECORD(level)                                                                              \
	do {                                                                                       \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		record((level), function_name, format, arguments);                                 \
		va_end(arguments);                                                                 \
	} while (0)

EXPORTED void _critical(const char *const function_name, const char *format, ...)
{
	int error = errno;

	RECORD(LEVEL_ERROR);
	_exit(error);
}

EXPORTED void _error(const char *const function_name, const char *format, ...)
{
	RECORD(LEVEL_ERROR);
}

EXPORTED void _warning(const char *const function_name, const char *format, ...)
{
	RECORD(LEVEL_WARNING);
}

EXPORTED void _info(const char *const function_name, const char *format, ...)
{
	RECORD(LEVEL_INFO);
}

EXPORTED void _debug(int level, const char *const function_name, const char *format, ...)
{
	if (level <= log_debug)
		RECORD(LEVEL_INFO + (level > 1 ? level : 1));
}
