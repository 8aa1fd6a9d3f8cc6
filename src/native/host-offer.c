/* What include/clsync promises to a handler. */
#include "host.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include <clsync/clsync.h>
#include <clsync/error.h>
#include <clsync/malloc.h>

#define RECORD_MAX 4096

static int log_channel = -1;
static int log_level;

void host_log_to(int channel, int level)
{
	log_channel = channel;
	log_level = level;
}

EXPORTED void clsync_log(int level, const char *format, ...)
{
	char record[RECORD_MAX];
	int error = errno;
	va_list arguments;

	if (level > log_level)
		return;
	va_start(arguments, format);
	int length = vsnprintf(record, sizeof(record), format, arguments);
	va_end(arguments);
	if (length < 0)
		return;
	if (level == CLSYNC_LOG_ERROR && error != 0 && (size_t)length < sizeof(record))
		length += snprintf(record + length, sizeof(record) - (size_t)length, ": %s", strerror(error));
	send_answer(log_channel, ANSWER_LOG, level, record, (size_t)length < sizeof(record) ? (size_t)length : sizeof(record) - 1);
	errno = error;
}

EXPORTED int clsyncapi_getapiversion(void)
{
	return CLSYNC_API_VERSION;
}

EXPORTED pid_t clsyncapi_fork(struct ctx *ctx_p)
{
	(void)ctx_p; /* the child is in our session, and ends with it */
	return fork();
}

static void *or_die(void *memory, size_t size)
{
	if (memory == NULL && size > 0) {
		clsync_log(CLSYNC_LOG_ERROR, "no memory for %zu bytes", size);
		abort();
	}
	return memory;
}

EXPORTED void *xmalloc(size_t size)
{
	return or_die(malloc(size), size);
}

EXPORTED void *xcalloc(size_t count, size_t size)
{
	return or_die(calloc(count, size), count * size);
}

EXPORTED void *xrealloc(void *memory, size_t size)
{
	return or_die(realloc(memory, size), size);
}

/*
 * rsync(1): a backslash escapes only in patterns that hold a wildcard, as `suffix` does if there is one. A line end would begin another
 * pattern: it is matched as a control character.
 */
static void write_pattern(FILE *file, const char *path, size_t length, const char *suffix)
{
	int is_wild = suffix[0] != '\0';

	for (size_t i = 0; i < length; i++)
		is_wild |= strchr("*?[\r\n", path[i]) != NULL;
	fputc('/', file);
	for (size_t i = 0; i < length; i++) {
		if (path[i] == '\r' || path[i] == '\n') {
			fputs("[[:cntrl:]]", file);
			continue;
		}
		if (is_wild && strchr("*?[\\", path[i]) != NULL)
			fputc('\\', file);
		fputc(path[i], file);
	}
	fprintf(file, "%s\n", suffix);
}

EXPORTED int apievinfo2rsynclist(struct indexes *indexes_p, FILE *listfile, int n, api_eventinfo_t *apievinfo)
{
	(void)indexes_p;
	for (int i = 0; i < n; i++) {
		const api_eventinfo_t *event = &apievinfo[i];
		int whole = (event->flags & EVIF_RECURSIVELY) != 0;

		for (size_t end = 1; end < event->path_len; end++) {
			if (event->path[end] != '/')
				continue;
			write_pattern(listfile, event->path, end, "");
		}
		if (event->path_len == 0) {
			fputs(whole ? "/***\n" : "", listfile);
			continue;
		}
		if (!whole)
			write_pattern(listfile, event->path, event->path_len, "");
		/* The copy of a directory that is gone is deleted only if its content is listed too. */
		if (whole || event->objtype_new == EOT_DOESNTEXIST)
			write_pattern(listfile, event->path, event->path_len, "/***");
	}
	return ferror(listfile) ? EIO : 0;
}
