/* The functions that include/clsync declares for a handler. */
#include "host/handler-api.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <clsync/clsync.h>
#include <clsync/error.h>
#include <clsync/malloc.h>

EXPORTED int clsyncapi_getapiversion(void)
{
	return CLSYNC_API_VERSION;
}

EXPORTED pid_t clsyncapi_fork(struct ctx *ctx_p)
{
	(void)ctx_p; /* the child is in our session and is killed with it */
	return fork();
}

static void *or_die(void *memory, size_t size)
{
	if (memory == NULL && size > 0) {
		_error(NULL, "no memory for %zu bytes", size);
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

EXPORTED char *xstrncpy(char *into, const char *from, size_t size)
{
	size_t length = strnlen(from, size > 0 ? size - 1 : 0);

	memcpy(into, from, length);
	if (size > 0)
		into[length] = '\0';
	return into;
}

EXPORTED void *shm_malloc(size_t size)
{
	return xmalloc(size);
}

EXPORTED void *shm_malloc_try(size_t size)
{
	return malloc(size);
}

EXPORTED void *shm_calloc(size_t count, size_t size)
{
	return xcalloc(count, size);
}

EXPORTED void shm_free(void *memory)
{
	free(memory);
}

/*
 * rsync(1): a backslash is an escape only in patterns with a wildcard; `suffix` is one unless it is
 * empty. A newline or carriage return would end the pattern, so it becomes a pattern for any
 * control character.
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

EXPORTED int apievinfo2rsynclist(struct indexes *indexes_p, FILE *listfile, int n,
                                 api_eventinfo_t *apievinfo)
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
		/*
		 * rsync deletes the copy of an absent directory only if its content is listed, too.
		 */
		if (whole || event->objtype_new == EOT_DOESNTEXIST)
			write_pattern(listfile, event->path, event->path_len, "/***");
	}
	return ferror(listfile) ? EIO : 0;
}
